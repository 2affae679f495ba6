"""Votes that a stream keeps, against looking everything up anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import Landmarks, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index import tally
from wavvy.index.lookup import look_up
from wavvy.index.probes import probes
from wavvy.index.search import NARROW
from wavvy.index.segment import Segment
from wavvy.index.tally import Tally

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]
Segments = tuple[Segment, ...]

TOGETHER = 100


@pytest.fixture
def segments(segment: MakeSegment, fingerprint: MakeFingerprint) -> Segments:
    return tuple(segment([(i, fingerprint(i, 900))], f"{i}.seg") for i in range(3))


@pytest.fixture
def stream(fingerprint: MakeFingerprint) -> Landmarks:
    """The landmarks of a stream that plays a track, in the order in which they end."""
    known = reference_landmarks(fingerprint(1, 900).peaks(), DEFAULT)
    in_half_frames = known._replace(frames=2 * known.frames)
    return in_half_frames.only(np.argsort(known.frames + known.spans, kind="stable"))


def begun(landmarks: Landmarks, start: int) -> Landmarks:
    """Return a stream's landmarks as a query has them that starts at a half-frame."""
    return landmarks._replace(frames=landmarks.frames - np.int32(start))


def anew(segments: Segments, query: Landmarks) -> list[Counter[int]]:
    votes = look_up(segments, probes(query, NARROW, DEFAULT))
    return [Counter(each.tolist()) for each in votes]


def ask(
    kept: Tally, segments: Segments, stream: Landmarks, first: int, settled: int, heard: int
) -> tuple[list[Counter[int]], Landmarks]:
    """Ask about the landmarks from the first on; return votes, and what was asked about."""
    start = int(stream.frames[first])
    query = begun(stream.only(slice(first, heard)), start)
    votes = kept.votes(segments, query, start=start, settled=np.arange(first, settled))
    return [Counter(each.tolist()) for each in votes], query


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    moments=st.lists(
        st.tuples(st.integers(0, 1500), st.integers(1, 400), st.integers(0, 90)), max_size=6
    )
)
def test_votes_are_those_of_all_landmarks_and_of_few_that_are_over(
    segments: Segments, stream: Landmarks, moments: list[tuple[int, int, int]]
) -> None:
    """Whenever it is asked: some landmarks are over, some settled, some open."""
    kept = Tally(DEFAULT, NARROW)
    settled = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "_TOGETHER", TOGETHER)
        for first, more, open_ in sorted(moments):
            settled = max(settled, first + more)
            votes, query = ask(kept, segments, stream, first, settled, settled + open_)
            older = stream.only(slice(max(first - TOGETHER, 0), settled + open_))
            most = anew(segments, begun(older, int(stream.frames[first])))
            for few, found, many in zip(anew(segments, query), votes, most, strict=True):
                assert few <= found <= many


def test_a_landmark_is_looked_up_once(
    segments: Segments, stream: Landmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def counted(landmarks: Landmarks, *rest: object) -> object:
        asked.append(landmarks.frames.size)
        return probes(landmarks, NARROW, DEFAULT)

    monkeypatch.setattr(tally, "probes", counted)
    kept = Tally(DEFAULT, NARROW)
    for settled in (300, 300, 450):
        votes, query = ask(kept, segments, stream, 0, settled, settled + 20)
        assert votes == anew(segments, query)

    assert sum(asked) == 450 + 3 * 20
    assert votes[1].most_common(1)[0][1] > 400


def test_another_set_of_segments_is_asked_all_over(segments: Segments, stream: Landmarks) -> None:
    kept = Tally(DEFAULT, NARROW)
    ask(kept, segments[:1], stream, 0, 200, 220)
    votes, query = ask(kept, segments, stream, 0, 200, 220)

    assert votes == anew(segments, query)
    assert votes[1].total() > 200


def test_an_empty_index_has_no_votes(stream: Landmarks) -> None:
    assert ask(Tally(DEFAULT, NARROW), (), stream, 0, 200, 220)[0] == []


@pytest.mark.parametrize("rank", [1, 4])
def test_landmarks_of_low_ranks_are_looked_up(
    segments: Segments, stream: Landmarks, rank: int
) -> None:
    """The same ones, however often it is asked meanwhile, and of the open ones too."""
    stream = stream._replace(ranks=np.arange(stream.frames.size, dtype=np.uint16) % 8)
    kept = Tally(DEFAULT, NARROW, rank)
    for first, settled in ((0, 101), (0, 300), (33, 450)):
        votes, query = ask(kept, segments, stream, first, settled, settled + 20)
    older = stream.only(np.flatnonzero(stream.ranks[:first] < rank))
    most = anew(segments, begun(older, int(stream.frames[first])))
    asked = query.only(query.ranks < rank)

    for few, found, old in zip(anew(segments, asked), votes, most, strict=True):
        assert few <= found <= few + old
    assert votes[1].most_common(1)[0][1] > 400 * rank // 8
