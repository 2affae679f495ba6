"""``wavvy demo``: from nothing to a match."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import wavvy as wavvy_library

Wavvy = Any


@pytest.mark.slow
def test_from_nothing_to_a_match_and_again(wavvy: Wavvy, tmp_path: Path) -> None:
    data = tmp_path / "a new start"
    done = wavvy("--data-dir", data, "demo")
    assert (done.code, done.err) == (0, "")
    with wavvy_library.open(data) as library:
        tracks = library.tracks()
        answer = library.identify(data / "demo-clip.wav").to_dict()
    assert len(tracks) >= 12
    assert {Path(str(track.file)).parent for track in tracks} == {data / "demo"}
    match = answer["results"][0]
    assert match["title"] in done.out.split("3. ")[1]
    assert match["db_begin_time_offset_ms"] == pytest.approx(41_000, abs=60)
    for step in (" identify ", " add ", " serve"):
        assert step in done.out.split("What next:")[1]

    again = wavvy("--data-dir", data, "demo")
    assert again.code == 0
    assert f"{len(tracks)} known already" in again.out
