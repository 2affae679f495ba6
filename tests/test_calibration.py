from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.calibration import Calibration, default_calibration

TABLE = Calibration(np.array([1.0, 3.0]), np.array([10.0, 20.0]), np.array([0.5, 0.25]), 0.9, 5.0)
SECONDS = st.floats(0.0, 60.0)


def test_the_table_makes_sense() -> None:
    table = default_calibration()
    assert table.seconds.shape == table.even.shape == table.slope.shape
    assert table.seconds.size >= 3
    assert np.all(np.diff(table.seconds) > 0)
    assert np.all(table.slope > 0), "more evidence, more certainty"
    assert 0 < table.threshold < 1
    assert default_calibration() is table, "read once"


@given(SECONDS, st.lists(st.floats(-1e6, 1e6), min_size=2))
def test_the_score_is_a_probability_that_grows_with_the_evidence(
    seconds: float, evidence: list[float]
) -> None:
    scores = default_calibration().score(sorted(evidence), seconds)
    assert scores.shape == (len(evidence),)
    assert np.all((scores >= 0) & (scores <= 1))
    assert np.all(np.diff(scores) >= 0)


@given(SECONDS)
def test_the_threshold_can_be_reached_and_missed(seconds: float) -> None:
    table = default_calibration()
    low, high = table.score([0.0, 1000.0], seconds)
    assert low < table.threshold < high


@pytest.mark.parametrize(
    ("evidence", "seconds", "score"),
    [
        (10, 1, 0.5),
        (12, 1, 1 / (1 + np.exp(-1))),
        (20, 3, 0.5),
        (15, 2, 0.5),
        (19, 2, 1 / (1 + np.exp(-1.5))),
        (10, 0.2, 0.5),
        (20, 600, 0.5),
    ],
)
def test_curves_are_interpolated_and_held_at_the_ends(
    evidence: float, seconds: float, score: float
) -> None:
    assert TABLE.score([evidence], seconds) == pytest.approx([score])


def test_boundless_evidence_overflows_nothing() -> None:
    with np.errstate(all="raise"):
        scores = TABLE.score([-1e300, 1e300], 2.0)
    assert scores == pytest.approx([0, 1])


def test_no_candidate_has_no_score() -> None:
    assert TABLE.score(np.empty(0), 5.0).shape == (0,)


@given(SECONDS)
def test_what_is_needed_is_just_enough(seconds: float) -> None:
    assert TABLE.score([TABLE.needed(seconds)], seconds)[0] == pytest.approx(0.9)


def test_a_stream_needs_more_than_a_clip() -> None:
    assert default_calibration().stream_margin > 0
