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
ASTRIDE = 25
"""More than the stream's landmarks that begin before a moment and end after it: a question that
starts there leaves them out of what it looks up together."""
RANK = 1  # of a reference's landmarks all are below


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
    kept: Tally, segments: Segments, stream: Landmarks, first: int, heard: int
) -> tuple[list[Counter[int]], Landmarks]:
    """Ask about those heard that do not begin before some one; return votes, and those."""
    start = int(stream.frames[first])
    so_far = stream.only(slice(heard))
    query = begun(so_far.only(so_far.frames >= start), start)
    query = query.only(np.argsort(query.frames, kind="stable"))  # as a query has them
    votes = kept.votes(segments, query, start=start)
    return [Counter(each.tolist()) for each in votes], query


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moments=st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 400)), max_size=6))
def test_votes_are_those_of_all_landmarks_and_of_few_that_are_over(
    segments: Segments, stream: Landmarks, moments: list[tuple[int, int]]
) -> None:
    """Whenever it is asked."""
    kept = Tally(DEFAULT, NARROW, RANK)
    heard = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "_TOGETHER", TOGETHER)
        # In the order in which they start: the questions of a stream do not go back.
        for first, more in sorted(moments, key=lambda moment: int(stream.frames[moment[0]])):
            heard = max(heard, first + more)
            votes, query = ask(kept, segments, stream, first, heard)
            start = int(stream.frames[first])
            oldest = int(np.argmax(stream.frames >= start))
            older = stream.only(slice(max(oldest - TOGETHER - ASTRIDE, 0), heard))
            most = anew(segments, begun(older, start))
            for few, found, many in zip(anew(segments, query), votes, most, strict=True):
                assert few <= found <= many


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many landmarks each look-up was for."""
    counts: list[int] = []

    def counted(landmarks: Landmarks, *rest: object) -> object:
        counts.append(landmarks.frames.size)
        return probes(landmarks, NARROW, DEFAULT)

    monkeypatch.setattr(tally, "probes", counted)
    return counts


def test_a_landmark_is_looked_up_once(
    segments: Segments, stream: Landmarks, asked: list[int]
) -> None:
    kept = Tally(DEFAULT, NARROW, RANK)
    for heard in (300, 300, 450):
        votes, query = ask(kept, segments, stream, 0, heard)
        assert votes == anew(segments, query)

    assert asked == [300, 150]
    assert votes[1].most_common(1)[0][1] > 400


def test_what_later_peaks_crowd_out_is_neither_forgotten_nor_looked_up_again(
    segments: Segments, stream: Landmarks, asked: list[int]
) -> None:
    kept = Tally(DEFAULT, NARROW, RANK)
    whole, query = ask(kept, segments, stream, 0, 300)
    fewer = query.only(np.arange(300) % 3 > 0)

    for landmarks in (fewer, query):
        votes = kept.votes(segments, landmarks, start=int(stream.frames[0]))
        assert [Counter(each.tolist()) for each in votes] == whole
    assert asked == [300]


def test_what_is_over_is_not_known_any_more(segments: Segments, stream: Landmarks) -> None:
    """A stream may be as long as it likes."""
    kept = Tally(DEFAULT, NARROW, RANK)
    for first in range(0, 1500, 100):
        _, query = ask(kept, segments, stream, first, first + 150)

        assert kept._known.size == query.frames.size
        assert len(kept._parts) <= 4


def test_another_set_of_segments_is_asked_all_over(segments: Segments, stream: Landmarks) -> None:
    kept = Tally(DEFAULT, NARROW, RANK)
    ask(kept, segments[:1], stream, 0, 220)
    votes, query = ask(kept, segments, stream, 0, 220)

    assert votes == anew(segments, query)
    assert votes[1].total() > 200


def test_an_empty_index_has_no_votes(stream: Landmarks) -> None:
    assert ask(Tally(DEFAULT, NARROW, RANK), (), stream, 0, 220)[0] == []


def test_without_landmarks_there_are_no_votes(segments: Segments, stream: Landmarks) -> None:
    votes = Tally(DEFAULT, NARROW, RANK).votes(segments, stream.only(slice(0)), start=0)

    assert [each.size for each in votes] == [0, 0, 0]


@given(
    one=st.tuples(*(st.integers(0, most) for most in (2**28, 2**14 - 1, 2**14 - 1, 63))),
    other=st.tuples(*(st.integers(0, most) for most in (2**28, 2**14 - 1, 2**14 - 1, 63))),
)
def test_keys_tell_landmarks_apart_in_order_of_time(
    one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    columns = np.array([one, other]).T
    pair = Landmarks(
        columns[0].astype(np.int32),
        columns[1].astype(np.uint16),
        columns[2].astype(np.uint16),
        columns[3].astype(np.uint8),
        np.zeros(2, np.uint16),
    )
    first, second = tally._keys(pair).tolist()

    assert (first < second, first == second) == (one < other, one == other)
