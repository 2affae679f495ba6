from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from wavvy.catalog.track import Track
from wavvy.explain.explanation import Candidate, Reason
from wavvy.explain.verdict import Case, judge

TRACK = Track(
    id=1, title="Überall", artists=("One", "Two"), album=None, release_date=None,
    duration_ms=200_000, genres=(), isrc=(), track_number=None, file=None,
    added_at=datetime(2026, 1, 2, tzinfo=UTC), has_artwork=False,
)  # fmt: skip
REFUSED = Candidate(TRACK, 0.1, False, 0, 0.0, 0.0)
ACCEPTED = REFUSED._replace(score=0.99, accepted=True)
USUAL = Case(5000, 256, 600, 160, 40, 23.6, 12, REFUSED)

CASES: list[tuple[dict[str, Any], Reason, str]] = [
    (
        {"candidate": ACCEPTED, "matched": 131},
        "matched",
        "131 of 160 peaks of the track are in the clip; luck would give 24.",
    ),
    (
        {},
        "luck_as_likely",
        'No track is likely enough. The best guess is "Überall" by One, Two: 40 of 160 peaks of '
        "the track are in the clip, where luck would give 24.",
    ),
    ({"candidate": None}, "nothing_in_common", "No track of the library has a landmark in common"),
    ({"candidate": None, "tracks": 0}, "empty_library", "The library is empty"),
    ({"clip_peaks": 3}, "silent", "There is hardly a sound in the clip"),
    ({"clip_peaks": 0, "tracks": 0, "candidate": None}, "silent", "There is hardly a sound"),
    (
        {"length_ms": 100, "clip_peaks": 0, "candidate": None},
        "too_short",
        "The clip is 100 ms long: at least 256 ms are needed",
    ),
    (
        {"length_ms": 1400},
        "too_short",
        "The clip is 1.4 s long, which is not enough to be sure: some seconds are needed. "
        'The best guess is "Überall"',
    ),
    ({"length_ms": 1400, "candidate": ACCEPTED}, "matched", "40 of 160"),
    ({"length_ms": 1400, "candidate": None, "tracks": 0}, "empty_library", "The library is empty"),
]


@pytest.mark.parametrize(("change", "reason", "sentence"), CASES)
def test_each_case_has_its_reason(change: dict[str, Any], reason: Reason, sentence: str) -> None:
    told, summary = judge(USUAL._replace(**change))
    assert told == reason
    assert summary.startswith(sentence)
    assert summary.endswith(".")


def test_every_reason_comes_up() -> None:
    assert {reason for _, reason, _ in CASES} == set(get_args(Reason))


def test_a_track_without_an_artist_is_named_by_its_title() -> None:
    anonymous = REFUSED._replace(track=replace(TRACK, artists=()))
    assert '"Überall": 40 of 160' in judge(USUAL._replace(candidate=anonymous))[1]
