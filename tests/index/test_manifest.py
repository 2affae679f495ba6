from __future__ import annotations

import dataclasses
import json
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavvy.errors import DamagedIndex, IncompatibleStore
from wavvy.index.format import VERSION
from wavvy.index.manifest import FILE_NAME, Manifest

SOME = Manifest("0123456789abcdef", "a catalogue", ("one.seg", "two.seg"), np.array([3, 5]))


def content(manifest: Manifest) -> tuple[object, ...]:
    fields = (getattr(manifest, field.name) for field in dataclasses.fields(Manifest))
    return tuple(f.tolist() if isinstance(f, np.ndarray) else f for f in fields)


def write(folder: Path, fields: dict[str, object]) -> None:
    text = json.dumps(fields).encode()
    (folder / FILE_NAME).write_bytes(b"%08x " % zlib.crc32(text) + text + b"\n")


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    catalog=st.text(max_size=20),
    segments=st.lists(st.text(max_size=20), max_size=5).map(tuple),
    tombstones=st.lists(st.integers(0, 2**63 - 1), max_size=9).map(tuple),
)
@pytest.mark.usefixtures("without_sync")
def test_a_manifest_comes_back_as_it_was(
    tmp_path: Path, catalog: str, segments: tuple[str, ...], tombstones: tuple[int, ...]
) -> None:
    manifest = Manifest("0123456789abcdef", catalog, segments, np.array(tombstones, np.int64))
    manifest.save(tmp_path)

    loaded = Manifest.load(tmp_path)
    assert content(loaded) == content(manifest)
    assert loaded.tombstones.dtype == np.int64


def test_saving_replaces_and_leaves_no_other_file(tmp_path: Path) -> None:
    Manifest("0123456789abcdef", "another catalogue").save(tmp_path)
    SOME.save(tmp_path)

    assert content(Manifest.load(tmp_path)) == content(SOME)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_damage_to_any_byte_is_noticed(tmp_path: Path) -> None:
    SOME.save(tmp_path)
    path = tmp_path / FILE_NAME
    data = path.read_bytes()
    for position in range(len(data)):
        for flip in (0x01, 0x20, 0xFF):
            bad = bytearray(data)
            bad[position] ^= flip
            path.write_bytes(bytes(bad))
            with pytest.raises(DamagedIndex, match="fails its checksum"):
                Manifest.load(tmp_path)


def test_a_manifest_cut_short_is_noticed(tmp_path: Path) -> None:
    SOME.save(tmp_path)
    path = tmp_path / FILE_NAME
    data = path.read_bytes()
    for length in range(len(data) - 1):  # the line's end is no loss
        path.write_bytes(data[:length])
        with pytest.raises(DamagedIndex):
            Manifest.load(tmp_path)


def test_a_newer_version_is_refused_by_name_whatever_it_holds(tmp_path: Path) -> None:
    write(tmp_path, {"version": VERSION + 1, "shards": []})

    with pytest.raises(IncompatibleStore, match=f"version {VERSION + 1}"):
        Manifest.load(tmp_path)


def test_what_an_older_version_listed_reads_as_empty(tmp_path: Path) -> None:
    replace(SOME, version=VERSION - 1).save(tmp_path)

    assert content(Manifest.load(tmp_path)) == content(Manifest(SOME.params_digest, ""))


def test_a_manifest_that_names_no_catalogue_reads_as_empty(tmp_path: Path) -> None:
    write(tmp_path, {"params_digest": "x", "segments": ["s"], "tombstones": [], "version": VERSION})

    assert content(Manifest.load(tmp_path)) == content(Manifest("x", ""))


@pytest.mark.usefixtures("without_sync")
def test_no_two_commits_look_alike_to_readers_however_fast_they_follow(tmp_path: Path) -> None:
    seen = set()
    for _ in range(200):
        SOME.save(tmp_path)
        status = (tmp_path / FILE_NAME).stat()
        seen.add((status.st_ino, status.st_mtime_ns, status.st_size))

    assert len(seen) == 200


def test_a_missing_manifest_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Manifest.load(tmp_path)
