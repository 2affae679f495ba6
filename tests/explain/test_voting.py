from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.landmarks import Landmarks, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import Peaks
from wavvy.dsp.warp import Warp
from wavvy.explain.voting import (
    MOST_BINS,
    MOST_PAIRS,
    REACH,
    Voters,
    histogram,
    pairs,
    voters,
    votes,
)
from wavvy.query import Query

MakeQuery = Callable[..., Query]


def at(seconds: float) -> float:
    return 50 * seconds


def voting(query: Query, skew: float = 0.0) -> Voters:
    return voters(query, DEFAULT, Warp(1 + skew, 1 + skew))


def as_set(landmarks: Landmarks) -> set[tuple[int, ...]]:
    return set(zip(*(column.tolist() for column in landmarks), strict=True))


def shared(asked: Voters, track: Peaks, offset: float) -> list[tuple[int, int]]:
    return pairs(asked, votes(asked, track, DEFAULT), offset)


def near(one: int, other: int) -> bool:
    """Whether a frequency lies in a cell that a plain query asks for."""
    return any(f // 4 == other // 4 for f in range(one - 2, one + 3))


def code_of(span: int) -> int:
    return min(span, 20 + max(span - 20, 0) // 4)


@pytest.mark.parametrize(("start", "stop"), [(7, 12), (7.01, 12), (1, 20.13), (7, 7.2)])
def test_without_a_skew_the_querys_own_landmarks_vote(
    query_of: MakeQuery, start: float, stop: float
) -> None:
    query = query_of(start, stop)
    assert as_set(voting(query).landmarks) == as_set(query.landmarks)


def test_each_landmark_names_its_peaks(query_of: MakeQuery) -> None:
    query = query_of(1, 20)
    assert query.start > 0
    landmarks, first, second = voting(query)
    peaks = query.peaks
    np.testing.assert_array_equal(peaks.frames[first] - query.start, landmarks.frames)
    assert np.all(peaks.frames[second] > peaks.frames[first])
    np.testing.assert_array_equal(peaks.freqs[first], landmarks.first)
    np.testing.assert_array_equal(peaks.freqs[second], landmarks.second)
    np.testing.assert_array_equal(
        (peaks.frames[second] - peaks.frames[first]) // 2, landmarks.spans
    )


def test_every_landmark_votes_where_the_track_has_one_like_it(
    track_peaks: Peaks, query_of: MakeQuery
) -> None:
    asked = voting(query_of(7, 8.5))
    known = list(zip(*(c.tolist() for c in reference_landmarks(track_peaks, DEFAULT)), strict=True))
    heard = zip(*(c.tolist() for c in asked.landmarks), strict=True)
    expected = Counter(
        (i, 2 * frame - time)
        for i, (time, first, second, span, _) in enumerate(heard)
        for frame, low, high, between, _ in known
        if near(first, low) and near(second, high) and code_of(span) == code_of(between)
    )
    cast = votes(asked, track_peaks, DEFAULT)

    assert Counter(zip(cast.voters.tolist(), cast.offsets.tolist(), strict=True)) == expected
    assert len(expected) > 20


def test_the_pairs_are_those_that_vote_for_the_place(
    track_peaks: Peaks, query_of: MakeQuery
) -> None:
    asked = voting(query_of(7, 9))
    cast = votes(asked, track_peaks, DEFAULT)
    expected = {
        (int(asked.first[i]), int(asked.second[i]))
        for i, offset in zip(cast.voters.tolist(), cast.offsets.tolist(), strict=True)
        if abs(offset - at(7)) <= REACH
    }
    found = pairs(asked, cast, at(7))
    assert found == sorted(expected)
    assert len(found) > 20
    assert len(pairs(asked, cast, at(15))) < 0.2 * len(found)


def test_of_very_many_some_are_taken_from_all_over(track_peaks: Peaks, query_of: MakeQuery) -> None:
    query = query_of(7, 17)
    found = shared(voting(query), track_peaks, at(7))
    assert len(found) == MOST_PAIRS == len(set(found))
    times = query.peaks.frames[[first for first, _ in found]]
    assert times.min() < 25
    assert times.max() > 425


def test_a_faster_clip_votes_once_its_skews_are_known(
    track_peaks: Peaks, query_of: MakeQuery
) -> None:
    query = query_of(7, 15, 1.05)

    def begins(time_skew: float, frequency_skew: float) -> list[int]:
        """Return the half-frames at which the landmarks in common begin."""
        asked = voters(query, DEFAULT, Warp(1 + time_skew, 1 + frequency_skew))
        found = shared(asked, track_peaks, at(7))
        return [int(query.peaks.frames[first]) for first, _ in found]

    known = begins(0.05, 0.05)
    assert len(known) > 100 > 5 * len(begins(0.05, 0.0))
    assert len(known) > 1.5 * len(begins(0.0, 0.05))
    assert max(known) > at(6), "they agree to the end of the clip"


def test_a_query_without_peaks_has_no_votes(track_peaks: Peaks, query_of: MakeQuery) -> None:
    for query in (query_of(7, 7.1), query_of(7, 7)):
        nothing = voting(query)
        assert nothing.first.size == 0
        assert shared(nothing, track_peaks, at(7)) == []


def test_votes_are_counted_around_the_candidate() -> None:
    offsets = np.array([100 - REACH, 100, 100 + REACH, 100 + REACH + 1, 500, 500], np.int64)
    counted = histogram(offsets, 100.4, 20.0)
    assert counted.bin_ms == 260
    first = (100 - REACH) * 20
    assert counted.bins[:2] == [(first, 3), (first + 260, 1)]
    assert [count for _, count in counted.bins] == [3, 1, 2]
    assert counted.background == 1.5


def test_votes_before_the_start_of_the_track_count_too() -> None:
    counted = histogram(np.array([-50, -49, 10], np.int64), 10.0, 20.0)
    assert sum(count for start, count in counted.bins if start < 0) == 2


def test_no_votes_make_no_bins() -> None:
    counted = histogram(np.empty(0, np.int64), 3.0, 20.0)
    assert (counted.background, counted.bins) == (0.0, [])


def test_of_very_many_bins_those_with_most_votes_are_kept() -> None:
    width = 2 * REACH + 1
    offsets = np.repeat(np.arange(3 * MOST_BINS) * width, np.arange(3 * MOST_BINS) % 3 + 1)
    counted = histogram(offsets, 0.0, 20.0)
    assert [count for _, count in counted.bins] == [3] * MOST_BINS
    assert [start for start, _ in counted.bins] == sorted(start for start, _ in counted.bins)
    assert counted.background == pytest.approx(2, abs=0.01)
