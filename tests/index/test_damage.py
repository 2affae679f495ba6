"""What is damaged is set aside and named; what is of no use any more counts as lost."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.errors import IncompatibleStore, StoreError
from wavvy.index.format import VERSION
from wavvy.index.manifest import FILE_NAME, Manifest
from wavvy.index.store import Index

MakeFingerprint = Callable[..., Fingerprint]
OpenIndex = Callable[[], Index]


def ids(index: Index) -> set[int]:
    return set(index.track_ids().tolist())


def files(index: Index) -> set[str]:
    return {path.name for path in index.folder.iterdir()}


def segment_paths(index: Index) -> list[Path]:
    return sorted(index.folder.glob("*.seg"))


def damage(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0xFF
    path.write_bytes(bytes(data))


@pytest.fixture
def filled(open_index: OpenIndex, fingerprint: MakeFingerprint) -> Index:
    """An index of three segments: tracks 1 to 3, 4 and 5, and 6."""
    index = open_index()
    for group in ([1, 2, 3], [4, 5], [6]):
        index.add((i, fingerprint(i)) for i in group)
    return index


def test_a_damaged_segment_is_set_aside_and_named(
    filled: Index, open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    first, second, third = (segment.path for segment in filled.snapshot().segments)
    damage(first, 20)
    third.write_bytes(third.read_bytes()[:-100])
    index = open_index()

    assert ids(index) == {4, 5}
    assert len(index.damaged) == 2
    for sentence, path in zip(index.damaged, (first, third), strict=True):
        assert path.name in sentence
        assert path.with_name(path.name + ".damaged").exists()
    assert segment_paths(index) == [second]
    assert index.verify() == []

    index.add((i, fingerprint(i)) for i in range(1, 7))
    assert ids(index) == ids(filled) == {1, 2, 3, 4, 5, 6}
    assert open_index().damaged == []


def test_a_segment_that_vanished_is_named(filled: Index, open_index: OpenIndex) -> None:
    path = filled.snapshot().segments[1].path
    path.unlink()
    index = open_index()

    assert ids(index) == {1, 2, 3, 6}
    (sentence,) = index.damaged
    assert path.name in sentence
    assert open_index().damaged == []


def test_damage_that_only_verify_sees_is_named_by_it(filled: Index) -> None:
    path = filled.snapshot().segments[0].path
    damage(path, -1)

    (sentence,) = filled.verify()
    assert path.name in sentence


@pytest.mark.skipif(os.name != "posix", reason="Windows cuts no file short that is mapped")
def test_a_segment_cut_short_while_it_is_open_is_named(filled: Index) -> None:
    segment, *_ = filled.snapshot().segments
    os.truncate(segment.path, segment.header.sections["postings"].offset)
    (problem,) = filled.verify()
    assert segment.path.name in problem
    assert "cut short" in problem
    filled.merge()
    assert ids(filled) == {4, 5, 6}
    assert filled.damaged == [problem]


def test_a_merge_does_not_pass_damage_on(filled: Index, open_index: OpenIndex) -> None:
    path = filled.snapshot().segments[0].path
    damage(path, filled.snapshot().segments[0].header.sections["marks"].offset + 5)
    filled.merge()

    assert ids(filled) == {4, 5, 6}
    assert filled.verify() == []
    assert filled.stats().segments == 1
    (sentence,) = filled.damaged
    assert path.name in sentence
    assert ids(open_index()) == {4, 5, 6}


def test_a_segment_may_be_set_aside(filled: Index, open_index: OpenIndex) -> None:
    path = filled.snapshot().segments[0].path
    filled.set_aside([path.name], "it looked odd")

    assert ids(filled) == ids(open_index()) == {4, 5, 6}
    assert filled.damaged == ["it looked odd"]
    assert path.with_name(path.name + ".damaged").exists()


def test_a_track_of_a_lost_segment_may_return_though_it_had_been_removed(
    filled: Index, open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    filled.remove([6])
    damage(filled.snapshot().segments[2].path, 20)
    index = open_index()
    index.add([(6, fingerprint(6))])

    assert ids(index) == {1, 2, 3, 4, 5, 6}


def test_a_damaged_manifest_starts_an_empty_index_and_is_named(
    filled: Index, open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    damage(filled.folder / FILE_NAME, 30)
    index = open_index()

    assert ids(index) == set()
    (sentence,) = index.damaged
    assert FILE_NAME in sentence
    index.add([(1, fingerprint(1))])
    assert len(segment_paths(index)) == 1  # what the damaged manifest listed is gone
    assert ids(filled) == {1}


def test_a_missing_manifest_is_an_empty_index_to_whoever_opens_it(
    filled: Index, open_index: OpenIndex
) -> None:
    (filled.folder / FILE_NAME).unlink()
    index = open_index()

    assert (index.lost, ids(index), index.damaged) == (True, set(), [])
    assert not (filled.folder / FILE_NAME).exists()


@pytest.mark.parametrize("loss", ["manifest missing", "manifest damaged", "folder missing"])
def test_what_is_open_is_still_searched_when_the_index_is_lost(
    filled: Index, open_index: OpenIndex, fingerprint: MakeFingerprint, loss: str
) -> None:
    if loss == "folder missing":
        shutil.rmtree(filled.folder)
    elif loss == "manifest missing":
        (filled.folder / FILE_NAME).unlink()
    else:
        damage(filled.folder / FILE_NAME, 30)

    assert ids(filled) == {1, 2, 3, 4, 5, 6}
    assert filled.lost
    (sentence,) = filled.damaged
    assert str(filled.folder / FILE_NAME) in sentence
    filled.add([(9, fingerprint(9))])
    left = set() if loss == "folder missing" else {1, 2, 3, 4, 5, 6}
    assert ids(filled) == ids(open_index()) == left | {9}
    assert not filled.lost


def test_an_index_of_another_catalogue_is_lost(
    tmp_path: Path, fingerprint: MakeFingerprint
) -> None:
    lock = threading.RLock()
    one = Index(tmp_path, DEFAULT, lock, catalog="one")
    one.add([(1, fingerprint(1))])
    other = Index(tmp_path, DEFAULT, lock, catalog="other")

    assert (other.lost, ids(other), other.damaged) == (True, set(), [])
    assert ids(one) == {1}
    other.add([(2, fingerprint(2))])
    assert ids(other) == {2}
    with pytest.raises(StoreError, match="another catalogue"):
        one.snapshot()
    with pytest.raises(StoreError, match="another catalogue"):
        one.add([(3, fingerprint(3))])
    assert ids(other) == {2}


def test_an_index_made_beside_takes_the_place_of_another_in_one_commit(
    filled: Index, fingerprint: MakeFingerprint
) -> None:
    lock = threading.RLock()
    beside = Index(filled.folder / "beside", DEFAULT, lock)
    beside.add([(1, fingerprint(1)), (7, fingerprint(7))])
    beside.add([(8, fingerprint(8))])
    beside.remove([1])
    del beside
    before = filled.snapshot()
    Index.supersede(filled.folder, filled.folder / "beside", lock)

    assert [segment.tracks.tolist() for segment in before.segments] == [[1, 2, 3], [4, 5], [6]]
    assert ids(filled) == {7, 8}
    assert filled.verify() == filled.damaged == []
    assert len(files(filled)) == 3


def test_another_thread_may_read_while_one_opens_a_commit(
    filled: Index, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening, go_on = threading.Event(), threading.Event()

    def slow(folder: Path) -> Manifest:
        manifest = real(folder)
        opening.set()
        assert go_on.wait(20)
        return manifest

    real = Manifest.load
    Index(filled.folder, DEFAULT, threading.RLock()).add([(7, fingerprint(7))])
    monkeypatch.setattr(Manifest, "load", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ids, filled)
        assert opening.wait(20)
        assert ids(filled) == {1, 2, 3, 4, 5, 6}
        go_on.set()
        assert first.result() == ids(filled) == {1, 2, 3, 4, 5, 6, 7}


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EMFILE])
def test_failures_of_the_disk_are_named(
    filled: Index, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    Manifest.load(filled.folder).save(filled.folder)

    def fail(_: Path) -> bytes:
        raise OSError(number, os.strerror(number), str(filled.folder / FILE_NAME))

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(StoreError, match=f"{FILE_NAME}: {os.strerror(number)}"):
        filled.snapshot()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file")

    with pytest.raises(StoreError, match="index"):
        Index(tmp_path / "index", DEFAULT, threading.RLock())


def test_a_newer_version_is_refused_and_left_as_it_is(filled: Index) -> None:
    manifest = replace(Manifest.load(filled.folder), version=VERSION + 1)
    manifest.save(filled.folder)
    before = files(filled)
    with pytest.raises(IncompatibleStore, match=f"version {VERSION + 1}"):
        Index(filled.folder, DEFAULT, threading.RLock())

    assert files(filled) == before


def test_an_older_version_is_an_empty_index_whose_files_the_next_commit_drops(
    filled: Index, open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    old = segment_paths(filled)
    for path in old:
        path.write_bytes(b"in another layout")
    replace(Manifest.load(filled.folder), tombstones=np.array([2]), version=VERSION - 1).save(
        filled.folder
    )
    index = open_index()

    assert ids(index) == set()
    assert index.stats().tombstones == 0
    index.add((i, fingerprint(i)) for i in range(1, 7))
    assert ids(index) == ids(open_index()) == {1, 2, 3, 4, 5, 6}
    assert not set(old) & set(segment_paths(index))
    assert index.damaged == index.verify() == []
