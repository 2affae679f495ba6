from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import Peaks
from wavvy.explain.alignment import align
from wavvy.match import Match
from wavvy.query import Query

MakeQuery = Callable[..., Query]


def match(track_begin_ms: int, time_skew: float = 0.0, frequency_skew: float = 0.0) -> Match:
    return Match(3, 1.0, 50.0, True, 0, 5000, track_begin_ms, 100, time_skew, frequency_skew)


def test_the_peaks_of_the_place_are_in_the_clip(track_peaks: Peaks, query_of: MakeQuery) -> None:
    query = query_of(7, 12)
    here = align(track_peaks, match(7000), query, DEFAULT)
    elsewhere = align(track_peaks, match(9130), query, DEFAULT)
    assert here.matched.mean() > 0.9 > 3 * elsewhere.matched.mean()
    assert here.luck == pytest.approx(elsewhere.matched.mean(), abs=0.15)


@pytest.mark.parametrize("pace", [0.97, 1.03, 1.05])
def test_a_faster_clip_agrees_once_its_skews_are_known(
    track_peaks: Peaks, query_of: MakeQuery, pace: float
) -> None:
    query = query_of(7, 13, pace)
    known = align(track_peaks, match(7000, pace - 1, pace - 1), query, DEFAULT)
    one_unknown = align(track_peaks, match(7000, pace - 1, 0.0), query, DEFAULT)
    other_unknown = align(track_peaks, match(7000, 0.0, pace - 1), query, DEFAULT)
    assert known.matched.mean() > 0.75
    assert one_unknown.matched.mean() < 0.6
    assert other_unknown.matched.mean() < 0.6


def test_times_and_frequencies_are_those_of_the_clip(query_of: MakeQuery) -> None:
    """A peak 10 s into the track, at 1000 Hz; windows are 256 ms long."""
    peaks = Peaks.alike(np.array([250], np.int32), np.array([4096], np.uint16))
    query = query_of(7, 12)
    plain = align(peaks, match(7000), query, DEFAULT)
    assert (plain.times.tolist(), plain.hertz.tolist()) == ([3128.0], [1000.0])
    skewed = align(peaks, match(7000, 0.25, 0.1), query, DEFAULT)
    assert skewed.times[0] == pytest.approx(3128 / 1.25)
    assert skewed.hertz[0] == pytest.approx(1100)


def test_what_lies_outside_the_clip_is_left_out(query_of: MakeQuery) -> None:
    peaks = Peaks.alike(np.array([0, 250, 400], np.int32), np.array([4096] * 3, np.uint16))
    assert align(peaks, match(7000), query_of(7, 12), DEFAULT).times.size == 1
    assert align(peaks, match(7000, 0.0, 3.0), query_of(7, 12), DEFAULT).times.size == 0


def test_a_match_that_begins_late_in_its_window_is_placed_the_same(
    track_peaks: Peaks, query_of: MakeQuery
) -> None:
    query = query_of(7, 12)
    late = Match(3, 1.0, 50.0, True, 1000, 5000, 8050, 100, 0.05, 0.0)
    np.testing.assert_allclose(
        align(track_peaks, late, query, DEFAULT).times,
        align(track_peaks, match(7000, 0.05), query, DEFAULT).times,
    )
