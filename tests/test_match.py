from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.params import DEFAULT
from wavvy.index.found import Found
from wavvy.library import Wavvy
from wavvy.match import Match, judged
from wavvy.query import GrowingQuery, Query

RATE = DEFAULT.sample_rate
Place = tuple[float, float, float, int]
Judge = Callable[..., Match]


@pytest.fixture(scope="module")
def two_seconds() -> Query:
    growing = GrowingQuery(DEFAULT)
    growing.push(np.random.default_rng(2).normal(size=2 * RATE).astype(np.float32))
    return growing.query()


@pytest.fixture
def judge(shared: Wavvy, two_seconds: Query) -> Judge:
    """Give a function that judges places of one track: offset, tempo, evidence, matched peaks."""
    calibration = shared.recognizer.calibration

    def judge(*places: Place, streaming: bool = False) -> Match:
        offsets, times, evidence, matched = np.array(places).T
        peaks, track = np.full(len(places), 60), np.full(len(places), 3)
        found = Found(
            track, offsets, peaks, evidence, peaks, matched.astype(int), times, np.ones(len(places))
        )
        margin = calibration.stream_margin if streaming else 0.0
        (match,) = judged(two_seconds, found, calibration, DEFAULT, margin)
        return match

    return judge


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([(350.0, 1.0, 60.0, 40), (500.0, 1.0, 55.0, 48)], (500, 1.0)),
        ([(350.0, 1.0, 60.0, 40), (340.0, 1.08, 55.0, 48)], (350, 1.0)),
        ([(350.0, 1.0, 60.0, 40), (340.0, 1.08, 65.0, 30)], (340, 1.08)),
        ([(350.0, 1.04, 60.0, 40), (340.0, 1.12, 55.0, 48)], (350, 1.04)),
        ([(350.0, 1.04, 60.0, 40), (500.0, 1.045, 55.0, 48)], (500, 1.045)),
        ([(350.0, 1.0, 100.0, 40), (500.0, 1.0, 82.0, 41), (650.0, 1.0, 66.0, 42)], (500, 1.0)),
    ],
)
def test_evidence_decides_between_tempos_and_peaks_between_repeats(
    judge: Judge, places: list[Place], expected: tuple[int, float]
) -> None:
    match = judge(*places)

    assert match.track_begin_ms == 20 * expected[0]
    assert match.time_skew == pytest.approx(expected[1] - 1)


def test_a_repeat_whose_evidence_would_not_do_is_not_taken(judge: Judge, shared: Wavvy) -> None:
    needed = float(shared.recognizer.calibration.needed(2.0))
    match = judge((350.0, 1.0, needed + 1, 40), (500.0, 1.0, needed - 1, 48))

    assert match.accepted
    assert match.track_begin_ms == 20 * 350


@pytest.mark.parametrize("tempo", [0.88, 1.12])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_in_a_stream_another_place_makes_it_wait_and_another_tempo_does_not(
    judge: Judge, two_seconds: Query, tempo: float, share: float
) -> None:
    """Whichever moment it is at which both tempos are at one place."""
    meet = share * two_seconds.half_frames
    found = (350.0, 1.0, 60.0, 40)
    skewed = (350.0 + meet * (1 - tempo), tempo, 62.0, 45)
    elsewhere = (500.0, 1.0, 55.0, 40)

    assert judge(found, skewed, streaming=True).accepted
    assert not judge(found, elsewhere, streaming=True).accepted
