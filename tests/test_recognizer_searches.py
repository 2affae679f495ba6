from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from wavvy.dsp.landmarks import Landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.warp import Warp
from wavvy.index.lookup import look_up
from wavvy.index.probes import Reach, probes
from wavvy.index.search import (
    NARROW,
    WIDE,
    WIDE_IN_FREQUENCY,
    search,
    search_skewed,
)
from wavvy.index.selectivity import Distinct
from wavvy.index.tally import Tally
from wavvy.query import WINDOW_SECONDS, GrowingQuery, warped_landmarks
from wavvy.recognizer import (
    CLOSELY,
    GLANCE_RANK,
    IN_PASSING,
    LOOK_RANK,
    WARP_PENALTY,
    WARPED_RANK,
    Recognizer,
)

RATE = DEFAULT.sample_rate
Samples = np.ndarray
Melody = Callable[..., Samples]


@pytest.fixture(scope="module")
def track(melody: Melody) -> Samples:
    """Tune 2, as in the library but made at its rate."""
    return melody(2, 24.0, RATE)


@pytest.mark.parametrize("rank", [GLANCE_RANK, LOOK_RANK])
def test_a_stream_is_asked_by_landmarks_of_low_ranks(
    recognizer: Recognizer, track: Samples, rank: int
) -> None:
    growing = GrowingQuery(DEFAULT)
    growing.push(track[7 * RATE : 12 * RATE])
    query = growing.query()
    tally = Tally(DEFAULT, NARROW, rank)
    found = recognizer.search_on(query, tally, IN_PASSING)

    assert 100 < query.worked_out == query.salient(rank).frames.size
    assert found.votes.max() > 50
    asked = Distinct.of(query.salient(rank)).landmarks
    segments = recognizer.index.snapshot().segments
    kept = tally.votes(segments, asked, start=query.start)
    anew = Tally(DEFAULT, NARROW, rank).votes(segments, asked, start=query.start)
    assert list(map(len, kept)) == list(map(len, anew)), "of two twins one was asked for"


def test_a_stream_keeps_the_votes_of_its_salient_landmarks(
    recognizer: Recognizer, track: Samples
) -> None:
    """Also of few that are none any more."""
    segments = recognizer.index.snapshot().segments
    growing, tally = GrowingQuery(DEFAULT), Tally(DEFAULT, NARROW, GLANCE_RANK)
    for begin in range(0, (WINDOW_SECONDS + 3) * RATE, RATE // 2):
        growing.push(track[begin : begin + RATE // 2])
        query = growing.query()
        salient = Distinct.of(query.salient(GLANCE_RANK)).landmarks
        kept = tally.votes(segments, salient, start=query.start)
        anew = look_up(segments, probes(salient, NARROW, DEFAULT))
        for few, found in zip(anew, kept, strict=True):
            assert Counter(few.tolist()) <= Counter(found.tolist())
    assert query.start > 0
    assert sum(map(len, kept)) < 1.5 * sum(map(len, anew))


def test_a_skew_has_the_penalty_of_a_warp(recognizer: Recognizer, melody: Melody) -> None:
    growing = GrowingQuery(DEFAULT)
    growing.push(melody(2, 9.0, RATE, 1.05)[3 * RATE : 8 * RATE])
    query = growing.query()
    found = recognizer.search(query)
    skewed = search_skewed(recognizer.index.snapshot(), found, query.image, DEFAULT).evidence

    assert skewed.size
    np.testing.assert_allclose(
        recognizer.search_skewed(query, found).evidence, skewed - WARP_PENALTY
    )


@pytest.mark.parametrize("many", [10**6, 0], ids=["few landmarks", "many"])
@pytest.mark.parametrize("most", [10**6, 100], ids=["all of them", "the likeliest"])
def test_a_wide_look_asks_less_the_more_landmarks_there_are(
    recognizer: Recognizer, track: Samples, monkeypatch: pytest.MonkeyPatch, many: int, most: int
) -> None:
    monkeypatch.setattr("wavvy.recognizer.MANY_LANDMARKS", many)
    monkeypatch.setattr("wavvy.recognizer.LIKELIEST_LANDMARKS", most)
    growing = GrowingQuery(DEFAULT)
    growing.push(track[7 * RATE : 12 * RATE])
    query = growing.query()
    snapshot = recognizer.index.snapshot()
    half = query.landmarks.frames.size // 2
    assert half > 100

    def candidates(count: int, reach: Reach) -> list[int]:
        votes = look_up(snapshot.segments, probes(query.distinct.likeliest(count), reach, DEFAULT))
        return search(snapshot, votes, query.image, DEFAULT, CLOSELY).votes.tolist()

    ways = [(count, reach) for count in (10**6, half) for reach in (WIDE, WIDE_IN_FREQUENCY)]
    found = recognizer.search(query).votes.tolist()
    expected = (max(most, half), WIDE_IN_FREQUENCY if many == 0 else WIDE)
    assert [way for way in ways if candidates(*way) == found] == [expected]


@pytest.mark.parametrize(("many", "times"), [(0, 1), (10**6, 2)], ids=["a long query", "a short"])
def test_a_short_query_asks_warps_by_more_landmarks(
    recognizer: Recognizer, track: Samples, monkeypatch: pytest.MonkeyPatch, many: int, times: int
) -> None:
    asked = []
    ranks: set[int] = set()

    def spied(landmarks: Landmarks, *arguments: Any) -> Landmarks:
        asked.append(warped_landmarks(landmarks, *arguments).frames.size)
        ranks.update(landmarks.ranks.tolist())
        return landmarks.only(slice(0))

    monkeypatch.setattr("wavvy.recognizer.MANY_LANDMARKS", many)
    monkeypatch.setattr("wavvy.recognizer.warped_landmarks", spied)
    monkeypatch.setattr("wavvy.query.WARPED_LANDMARKS", 10)
    growing = GrowingQuery(DEFAULT)
    growing.push(track[7 * RATE : 12 * RATE])

    recognizer.search_warped(growing.query(), [Warp(1.0, 1.001)])

    assert asked == [10 * times]
    assert ranks == set(range(WARPED_RANK))
