from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import CELL, Landmarks, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index import selectivity
from wavvy.index.lookup import touched
from wavvy.index.probes import probes
from wavvy.index.search import NARROW, WARPED
from wavvy.index.segment import Segment
from wavvy.index.selectivity import Distinct

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]


@pytest.fixture
def segments(segment: MakeSegment, fingerprint: MakeFingerprint) -> list[Segment]:
    return [segment([(3 * k + i, fingerprint(i, 1500)) for i in range(3)]) for k in range(2)]


@pytest.fixture
def query(fingerprint: MakeFingerprint) -> Landmarks:
    return reference_landmarks(fingerprint(1, 200).peaks(), DEFAULT)


def landmarks(rows: list[tuple[int, int, int, int, int]]) -> Landmarks:
    """Return landmarks of half-frame, two frequencies, span and rank each, in order of time."""
    types = (np.int32, np.uint16, np.uint16, np.uint8, np.uint16)
    columns = zip(*sorted(rows), strict=True)
    return Landmarks(*(np.array(c, dtype) for c, dtype in zip(columns, types, strict=True)))


def rows(found: Landmarks) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in found), strict=True))


def worthiest(asked: list[tuple[int, int, int, int, int]]) -> list[tuple[int, ...]]:
    """Return them as an empty index would be asked for them."""
    return rows(Distinct.of(landmarks(asked)).worthiest([], NARROW, DEFAULT))


def test_of_landmarks_alike_those_come_first_that_cost_least(
    segments: list[Segment], query: Landmarks
) -> None:
    alike = query._replace(spans=np.full_like(query.spans, 5), frames=3 * query.frames)
    found = Distinct.of(alike).worthiest(segments, WARPED, DEFAULT)

    costs = []
    for i in range(found.frames.size):
        asked = probes(found.only(slice(i, i + 1)), WARPED, DEFAULT)
        bytes_touched = sum(int(touched(each, asked).sum()) for each in segments)
        costs.append(selectivity.RANGE_BYTES * asked.low.size + bytes_touched)
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]
    assert set(rows(found)) == set(rows(alike))


def test_short_ones_of_salient_peaks_come_first() -> None:
    plain = [(100 * i, 3000 + 500 * i, 4000 + 500 * i, 10, 5) for i in range(3)]
    weak = [(frame - 1000, f1, f2, span, 25) for frame, f1, f2, span, _ in plain]
    long = [(frame - 2000, f1, f2, 19, rank) for frame, f1, f2, _, rank in plain]
    for others in (weak, long):
        found = worthiest([*others, *plain])
        assert set(found[:3]) == set(plain)
        assert set(found[3:]) == set(others)


def test_of_twins_one_is_left_and_comes_first() -> None:
    """Two of one span a half-frame apart; others lie nearer or farther, in time or frequency."""
    alone = [
        (5, 3000, 4000, 9, 5),
        (5, 3000, 4001, 9, 5),
        (10, 3000, 4000, 9, 5),
        (300, 3000, 4000, 9, 5),
        (302, 3000, 4000, 9, 5),
        (500, 3000, 4000, 9, 5),
        (501, 3000, 4000 + CELL + 1, 9, 5),
    ]
    twins = [(700, 3000, 4000, 9, 7), (701, 3000 + CELL, 4000 - CELL, 9, 5)]
    found = worthiest([*twins, *alone])

    assert found[0] == (700, 3000 + CELL // 2, 4000 - CELL // 2, 9, 7)
    assert sorted(found[1:]) == alone


def test_siblings_come_after_twins_and_before_those_alone() -> None:
    twins = [(10, 3000, 4000, 9, 5), (11, 3000, 4000, 9, 5)]
    siblings = [(210, 3000, 4000, 9, 5), (211, 3001, 3999, 10, 5)]
    alone = [(410, 3000, 4000, 9, 5), (411, 3000, 4000, 11, 5)]
    found = worthiest([*alone, *siblings, *twins])

    assert found[0] == twins[0]
    assert set(found[1:3]) == set(siblings)
    assert set(found[3:]) == set(alone)


def test_the_likeliest_are_as_many_as_wanted_and_twins_are_one() -> None:
    twins = [(10, 3000, 4000, 9, 5), (11, 3000, 4000, 9, 5)]
    salient = [(210, 3000, 4000, 9, 5), (410, 3000, 4000, 9, 5)]
    weak = [(610, 3000, 4000, 9, 100)]
    query = Distinct.of(landmarks([*weak, *salient, *twins]))
    for most in (1, 2, 3, 4, 10):
        assert rows(query.likeliest(most)) == [twins[0], *salient, *weak][:most]


def test_those_below_a_rank_keep_their_likelihoods() -> None:
    twins = [(10, 3000, 4000, 9, 5), (11, 3000, 4000, 9, 30)]
    weaker_first = [(210, 3000, 4000, 9, 30), (211, 3000, 4000, 9, 5)]
    weak = [(410, 3000, 4000, 9, 30), (610, 3000, 4000, 9, 20)]
    query = Distinct.of(landmarks([*weak, *weaker_first, *twins]))
    below = query.below(20)

    assert rows(below.landmarks) == [(10, 3000, 4000, 9, 5)]
    assert below.likelihoods.tolist() == query.likelihoods[:1].tolist()
    assert rows(query.below(21).landmarks) == [(10, 3000, 4000, 9, 5), (610, 3000, 4000, 9, 20)]


def test_landmarks_that_no_hash_stands_for_are_left_out() -> None:
    sound = (10, 3000, 4000, 9, 5)
    too_far = (50, 1000, 15000, 9, 5)
    assert worthiest([sound, too_far]) == [sound]


def test_of_none_there_are_none(segments: list[Segment]) -> None:
    none = Distinct.of(landmarks([(0, 3000, 4000, 9, 5)])).below(0)
    assert rows(none.worthiest(segments, WARPED, DEFAULT)) == []
    assert rows(none.likeliest(10)) == []
    assert rows(Distinct.of(none.landmarks).landmarks) == []


def test_of_as_many_ranges_the_rarest_come_first(
    segments: list[Segment], query: Landmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectivity, "RANGE_BYTES", 0)
    found = Distinct.of(query).worthiest(segments, NARROW, DEFAULT)

    rarest, commonest = (
        probes(found.only(part), NARROW, DEFAULT) for part in (slice(10), slice(-10, None))
    )
    assert touched(segments[0], rarest).sum() < touched(segments[0], commonest).sum()
