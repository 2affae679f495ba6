from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bench.scale.library import build, members
from bench.scale.sources import Sources
from bench.scale.synthesis import Synthesiser

import wavvy
from bench.scale import library
from wavvy.dsp.fingerprint import Fingerprint

Play = Callable[..., Fingerprint]


def test_real_tracks_lie_evenly_among_the_others(tune: Play) -> None:
    synthesiser = Synthesiser(Sources.of(tune(seed) for seed in range(3)))
    real = [(Path(f"{seed}.ogg"), tune(seed)) for seed in range(4)]
    found = members(20, real, synthesiser, 1)
    assert [member.track_id for member in found] == list(range(1, 21))
    assert [(m.track_id, m.file) for m in found if m.file] == [
        (1, Path("0.ogg")), (6, Path("1.ogg")), (11, Path("2.ogg")), (16, Path("3.ogg")),
    ]  # fmt: skip


def test_what_is_built_is_a_library(
    tmp_path: Path, tune: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "BATCH", 4)
    files = [tmp_path / "a.ogg", tmp_path / "b.ogg"]
    real = [tune(10), tune(11)]
    build(tmp_path / "data", 9, files, real, [tune(seed) for seed in range(3)])
    segments = list((tmp_path / "data").glob("index/*.seg"))
    with wavvy.open(tmp_path / "data") as opened:
        assert opened.verify_index() == []
        assert opened.stats().tracks == opened.stats().index.tracks == 9
        held = {track.file for track in opened.tracks() if track.file}
        assert held == {str(file) for file in files}
        blobs = dict(opened.catalog.fingerprints([1, 5]))
    assert list((tmp_path / "data").glob("index/*.seg")) == segments  # not made anew
    assert [blobs[1], blobs[5]] == [track.to_bytes() for track in real]
