from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import Landmarks, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index import selectivity
from wavvy.index.lookup import touched
from wavvy.index.probes import probes
from wavvy.index.search import NARROW, WARPED
from wavvy.index.segment import Segment
from wavvy.index.selectivity import cheapest

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]


@pytest.fixture
def segments(segment: MakeSegment, fingerprint: MakeFingerprint) -> list[Segment]:
    return [segment([(3 * k + i, fingerprint(i, 1500)) for i in range(3)]) for k in range(2)]


@pytest.fixture
def query(fingerprint: MakeFingerprint) -> Landmarks:
    return reference_landmarks(fingerprint(1, 200).peaks(), DEFAULT)


def test_those_come_first_that_ask_for_few_ranges_and_touch_few_bytes(
    segments: list[Segment], query: Landmarks
) -> None:
    found = cheapest(segments, query, WARPED, DEFAULT)

    costs = []
    for i in range(found.frames.size):
        asked = probes(found.only(slice(i, i + 1)), WARPED, DEFAULT)
        bytes_touched = sum(int(touched(each, asked).sum()) for each in segments)
        costs.append(selectivity.RANGE_BYTES * asked.low.size + bytes_touched)
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]
    as_set, before = (
        {tuple(row) for row in np.transpose([*columns]).tolist()} for columns in (found, query)
    )
    assert as_set == before


def test_of_as_many_ranges_the_rarest_come_first(
    segments: list[Segment], query: Landmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectivity, "RANGE_BYTES", 0)
    found = cheapest(segments, query, NARROW, DEFAULT)

    rarest, commonest = (
        probes(found.only(part), NARROW, DEFAULT) for part in (slice(10), slice(-10, None))
    )
    assert touched(segments[0], rarest).sum() < touched(segments[0], commonest).sum()


def test_without_segments_all_are_there(query: Landmarks) -> None:
    found = cheapest([], query, NARROW, DEFAULT)

    assert sorted(found.hashes().tolist()) == sorted(query.hashes().tolist())
