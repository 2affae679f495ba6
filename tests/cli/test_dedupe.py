"""``wavvy dedupe``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import wavvy as wavvy_library

Wavvy = Any
Studio = Any


@pytest.fixture
def data(library: Path, studio: Studio, tmp_path: Path) -> Path:
    """Give a data folder that holds `music`, and one of its tracks again without its beginning."""
    folder = Path(shutil.copytree(library, tmp_path / "data"))
    with wavvy_library.open(folder) as opened:
        opened.add(studio.record(tmp_path / "aga\tin.wav", 1, start=1.5))
    return folder


def test_groups_are_printed(wavvy: Wavvy, data: Path) -> None:
    found = wavvy("--data-dir", data, "dedupe")
    assert (found.code, found.errors) == (0, [])
    title, header, *rows = found.lines
    with wavvy_library.open(data) as library:
        (group,) = library.catalog.duplicates.groups().groups
    best = group.tracks[0].track
    assert title.split(" - ")[0] == best.title
    assert header.split() == ["id", "format", "length", "alike", "added", "file"]
    assert [int(row.split()[0]) for row in rows] == [one.track.id for one in group.tracks]
    for row in rows:
        assert "wav 256 kbit/s" in row
        assert "%" in row
        assert ("plain.wav" in row) is not (r"aga\tin.wav" in row)
    assert found.err.startswith("4 new tracks compared, 1 recording held more than once: ")
    assert "'wavvy remove ID'" in found.err
    again = wavvy("--data-dir", data, "dedupe")
    assert again.lines == found.lines
    assert again.err.startswith("0 new tracks compared, 1 recording")


def test_groups_as_json(wavvy: Wavvy, data: Path) -> None:
    found = wavvy("--data-dir", data, "dedupe", "--json")
    assert found.code == 0
    (group,) = found.json
    ids = [track["id"] for track in group["tracks"]]
    assert group["id"] == "-".join(map(str, sorted(ids)))
    with wavvy_library.open(data) as library:
        again = max(ids)
        assert library.track(again).title.startswith("aga")
        for track in group["tracks"]:
            assert track["file"] == library.track(track["id"]).file
            assert (track["format"], track["bit_rate"] // 1000) == ("wav", 256)
            assert 0.8 < track["similarity"] <= 1
        library.remove(again)
    after = wavvy("--data-dir", data, "dedupe", "--json")
    assert (after.code, after.out) == (0, "")
    assert after.err.startswith("0 new tracks compared, no duplicates.")


def test_an_empty_library_says_what_to_do(wavvy: Wavvy, tmp_path: Path) -> None:
    for options in ((), ("--json",)):
        done = wavvy("--data-dir", tmp_path, "dedupe", *options)
        assert (done.code, done.out) == (0, "")
        assert "wavvy add" in done.err


def test_wrong_use(wavvy: Wavvy, tmp_path: Path) -> None:
    assert wavvy("--data-dir", tmp_path, "dedupe", "everything").code == 2
    (tmp_path / "file").touch()
    failed = wavvy("--data-dir", tmp_path / "file", "dedupe")
    assert failed.code == 1
    assert len(failed.errors) == 1
