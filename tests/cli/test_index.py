"""``wavvy index``: the index is derived, so damage is found and mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

Wavvy = Any
Studio = Any


def test_verify_finds_damage_and_rebuild_mends_it(
    wavvy: Wavvy, studio: Studio, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    tune = studio.record(tmp_path / "tune.wav", 3, seconds=12)
    assert wavvy("--data-dir", data, "add", tune).code == 0
    sound = wavvy("--data-dir", data, "index", "verify")
    assert (sound.code, sound.out, sound.err) == (0, "The index is sound.\n", "")

    segment = max((data / "index").rglob("*.*"), key=lambda path: path.stat().st_size)
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 0xFF
    segment.write_bytes(content)
    damaged = wavvy("--data-dir", data, "index", "verify")
    assert (damaged.code, damaged.out) == (1, "")
    assert len(damaged.errors) == 1
    assert "wavvy index rebuild" in damaged.err

    rebuilt = wavvy("--data-dir", data, "index", "rebuild")
    assert (rebuilt.code, rebuilt.out) == (0, "The index is rebuilt: 1 track.\n")
    assert wavvy("--data-dir", data, "index", "verify").code == 0
    assert wavvy("--data-dir", data, "identify", "--json", tune).json[0]["results"]


def test_merge(wavvy: Wavvy, studio: Studio, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for seed in (1, 2):
        tune = studio.record(tmp_path / f"{seed}.wav", seed, seconds=6)
        assert wavvy("--data-dir", data, "add", tune).code == 0
    before = wavvy("--data-dir", data, "stats", "--json").json[0]["index"]["segments"]
    merged = wavvy("--data-dir", data, "index", "merge")
    after = wavvy("--data-dir", data, "stats", "--json").json[0]["index"]["segments"]
    assert merged.code == 0
    assert after == 1
    assert merged.out.startswith("Merged: " if before > 1 else "Nothing to merge.")
    assert wavvy("--data-dir", data, "index", "merge").out == "Nothing to merge.\n"
