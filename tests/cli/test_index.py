"""``wavvy index``: the index is derived, so damage is found and mended."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import wavvy as wavvy_library

Wavvy = Any
Studio = Any


def test_verify_finds_damage_and_rebuild_mends_it(
    wavvy: Wavvy, studio: Studio, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    tune = studio.record(tmp_path / "tune.wav", 3, seconds=12)
    with wavvy_library.open(data) as library:
        library.add(tune)
    sound = wavvy("--data-dir", data, "index", "verify")
    assert (sound.code, sound.out, sound.err) == (0, "The index is sound.\n", "")

    segment = max((data / "index").glob("*.seg"), key=lambda path: path.stat().st_size)
    content = bytearray(segment.read_bytes())
    content[-20] ^= 0xFF
    segment.write_bytes(content)
    damaged = wavvy("--data-dir", data, "index", "verify")
    assert (damaged.code, damaged.out) == (1, "")
    assert len(damaged.errors) == 1
    assert "wavvy index rebuild" in damaged.err

    rebuilt = wavvy("--data-dir", data, "index", "rebuild")
    assert (rebuilt.code, rebuilt.out) == (0, "The index is rebuilt: 1 track.\n")
    with wavvy_library.open(data) as library:
        assert library.verify_index() == []
        assert library.identify(tune).results


def test_an_index_that_is_lost_is_made_anew_and_said_to_be(
    wavvy: Wavvy, library: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(library, data)
    shutil.rmtree(data / "index")
    found = wavvy("--data-dir", data, "index", "verify")
    assert (found.code, found.out) == (0, "The index is sound.\n")
    assert found.err.count("the index is made anew from the catalogue") == 1
    assert wavvy("--data-dir", data, "index", "verify").err == ""


def test_merge(wavvy: Wavvy, studio: Studio, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with wavvy_library.open(data) as library:
        for seed in (1, 2):
            library.add(studio.record(tmp_path / f"{seed}.wav", seed, seconds=6))
        assert library.stats().index.segments == 2
    merged = wavvy("--data-dir", data, "index", "merge")
    assert (merged.code, merged.out) == (0, "Merged: 1 segment fewer.\n")
    assert wavvy("--data-dir", data, "index", "merge").out == "Nothing to merge.\n"
