from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.landmarks import reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import Peaks
from wavvy.dsp.warp import Warp
from wavvy.explain.voting import MOST_BINS, MOST_PAIRS, REACH, Voters, histogram, pairs, voters
from wavvy.query import Query

MakeQuery = Callable[..., Query]


def at(seconds: float) -> float:
    return 50 * seconds


def voting(query: Query, skew: float = 0.0) -> Voters:
    return voters(query, DEFAULT, Warp(1 + skew, 1 + skew))


def as_set(landmarks: tuple[np.ndarray, np.ndarray]) -> set[tuple[int, int]]:
    hashes, frames = landmarks
    return set(zip(hashes.tolist(), frames.tolist(), strict=True))


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
    np.testing.assert_array_equal(peaks.freqs[first] // 32, landmarks.hashes >> 13)
    np.testing.assert_array_equal(
        (peaks.frames[second] - peaks.frames[first]) // 2, landmarks.hashes & 63
    )


def test_the_pairs_are_those_that_both_have(track_peaks: Peaks, query_of: MakeQuery) -> None:
    asked = voting(query_of(7, 9))
    known = reference_landmarks(track_peaks, DEFAULT)
    expected = {
        (int(asked.first[i]), int(asked.second[i]))
        for i, (name, time) in enumerate(
            zip(asked.landmarks.hashes, asked.landmarks.frames, strict=True)
        )
        if np.any(np.abs(2 * known.frames[known.hashes == name] - time - at(7)) <= REACH)
    }
    found = pairs(asked, track_peaks, at(7), DEFAULT)
    assert found == sorted(expected)
    assert len(found) > 20
    assert len(pairs(asked, track_peaks, at(15), DEFAULT)) < 0.2 * len(found)


def test_of_very_many_some_are_taken_from_all_over(track_peaks: Peaks, query_of: MakeQuery) -> None:
    query = query_of(7, 17)
    found = pairs(voting(query), track_peaks, at(7), DEFAULT)
    assert len(found) == MOST_PAIRS == len(set(found))
    times = query.peaks.frames[[first for first, _ in found]]
    assert times.min() < 25
    assert times.max() > 425


def test_a_faster_clip_votes_once_its_skews_are_known(
    track_peaks: Peaks, query_of: MakeQuery
) -> None:
    query = query_of(7, 15, 1.05)

    def shared(time_skew: float, frequency_skew: float) -> list[int]:
        """Return the half-frames at which the landmarks in common begin."""
        asked = voters(query, DEFAULT, Warp(1 + time_skew, 1 + frequency_skew))
        found = pairs(asked, track_peaks, at(7), DEFAULT)
        return [int(query.peaks.frames[first]) for first, _ in found]

    known = shared(0.05, 0.05)
    assert len(known) > 100 > 5 * len(shared(0.05, 0.0))
    assert len(known) > 1.5 * len(shared(0.0, 0.05))
    assert max(known) > at(6), "they agree to the end of the clip"


def test_a_query_without_peaks_has_no_votes(track_peaks: Peaks, query_of: MakeQuery) -> None:
    for query in (query_of(7, 7.1), query_of(7, 7)):
        nothing = voting(query)
        assert nothing.first.size == 0
        assert pairs(nothing, track_peaks, at(7), DEFAULT) == []


def test_votes_are_counted_around_the_candidate() -> None:
    offsets = np.array([100 - REACH, 100, 100 + REACH, 100 + REACH + 1, 500, 500], np.int64)
    votes = histogram(offsets, 100.4, 20.0)
    assert votes.bin_ms == 260
    first = (100 - REACH) * 20
    assert votes.bins[:2] == [(first, 3), (first + 260, 1)]
    assert [count for _, count in votes.bins] == [3, 1, 2]
    assert votes.background == 1.5


def test_votes_before_the_start_of_the_track_count_too() -> None:
    votes = histogram(np.array([-50, -49, 10], np.int64), 10.0, 20.0)
    assert sum(count for start, count in votes.bins if start < 0) == 2


def test_no_votes_make_no_bins() -> None:
    votes = histogram(np.empty(0, np.int64), 3.0, 20.0)
    assert (votes.background, votes.bins) == (0.0, [])


def test_of_very_many_bins_those_with_most_votes_are_kept() -> None:
    width = 2 * REACH + 1
    offsets = np.repeat(np.arange(3 * MOST_BINS) * width, np.arange(3 * MOST_BINS) % 3 + 1)
    votes = histogram(offsets, 0.0, 20.0)
    assert [count for _, count in votes.bins] == [3] * MOST_BINS
    assert [start for start, _ in votes.bins] == sorted(start for start, _ in votes.bins)
    assert votes.background == pytest.approx(2, abs=0.01)
