from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import I32, I64, Bools
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import Landmarks, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index.format import GAP_FRAMES
from wavvy.index.segment import Segment
from wavvy.index.votes import Candidates, hits, nominate

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]
PLENTY = 10**9


def alive(segment: Segment) -> Bools:
    return np.zeros(segment.header.tracks, np.bool_)


def clip_of(track: Fingerprint, start: int, stop: int, shift: int = 0) -> Landmarks:
    """Return the landmarks of frames [start, stop) as a query that begins with them has them."""
    hashes, frames = reference_landmarks(track.peaks(), DEFAULT)
    inside = (frames >= start) & (frames < stop)
    return Landmarks(hashes[inside], 2 * (frames[inside] - np.int32(start)) + np.int32(shift))


def joined(*queries: Landmarks) -> Landmarks:
    return Landmarks(*(np.concatenate(parts) for parts in zip(*queries, strict=True)))


def model(segment: Segment, dead: Bools, query: Landmarks) -> Counter[tuple[int, int]]:
    """Count votes by track and offset within it in the plainest way."""
    votes: Counter[tuple[int, int]] = Counter()
    for position in np.flatnonzero(~dead).tolist():
        hashes, frames = reference_landmarks(segment.fingerprint(position).peaks(), DEFAULT)
        for hash_, time in zip(query.hashes.tolist(), query.frames.tolist(), strict=True):
            for frame in frames[hashes == hash_].tolist():
                votes[position, 2 * frame - time] += 1
    return votes


def alignments(segment: Segment, offsets: I32 | I64) -> list[tuple[int, int]]:
    """Return track and offset within it, by where the tracks lie, in the plainest way."""
    starts = segment.starts.tolist()
    found = []
    for offset in offsets.tolist():
        position = max(i for i in range(len(starts) - 1) if 2 * (starts[i] - GAP_FRAMES) <= offset)
        found.append((position, offset - 2 * starts[position]))
    return found


def find(
    segment: Segment,
    query: Landmarks,
    *,
    dead: Bools | None = None,
    most: int = 100,
    tolerance: int = 2,
    budget: int = PLENTY,
) -> Candidates:
    dead = alive(segment) if dead is None else dead
    return nominate(segment, dead, query, most=most, tolerance=tolerance, budget=budget)


@pytest.fixture
def library(segment: MakeSegment, fingerprint: MakeFingerprint) -> Segment:
    return segment([(10 + i, fingerprint(i, 1500)) for i in range(6)])


@pytest.mark.parametrize("start", [0, 1, 700, 1390])
def test_a_planted_clip_leads_at_its_offset(
    library: Segment, fingerprint: MakeFingerprint, start: int
) -> None:
    query = clip_of(fingerprint(3, 1500), start, start + 110)
    found = find(library, query)

    position, offset = alignments(library, found.offsets)[0]
    assert position == 3
    assert abs(offset - 2 * start) <= 2
    assert found.votes[0] >= query.hashes.size > 100
    assert found.votes[0] > 5 * found.votes[1:].max()


def test_a_clip_may_begin_before_the_track(library: Segment, fingerprint: MakeFingerprint) -> None:
    query = clip_of(fingerprint(3, 1500), 0, 100)
    late = Landmarks(query.hashes, query.frames + np.int32(75))
    found = find(library, late)

    position, offset = alignments(library, found.offsets)[0]
    assert position == 3
    assert abs(offset + 75) <= 2


def test_a_clip_may_run_past_the_track(library: Segment, fingerprint: MakeFingerprint) -> None:
    """Its last frames are a query's first, and a query's last are the next track's gap."""
    query = clip_of(fingerprint(3, 1500), 1380, 1500)
    following = clip_of(fingerprint(4, 1500), 0, 100)
    both = joined(query, Landmarks(following.hashes, following.frames + np.int32(240)))
    found = find(library, both)

    (one, early), (other, late) = alignments(library, found.offsets)[:2]
    assert {one, other} == {3, 4}
    assert {round(early / 8), round(late / 8)} == {2 * 1380 // 8, -240 // 8}
    assert found.votes[0] < 1.1 * max(query.hashes.size, following.hashes.size)


@pytest.mark.usefixtures("without_sync")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    start=st.integers(0, 150),
    tolerance=st.integers(0, 4),
    most=st.integers(1, 30),
    dead=st.sets(st.integers(0, 2)),
    seed=st.integers(0, 9),
)
def test_votes_are_counted_as_documented(
    segment: MakeSegment,
    fingerprint: MakeFingerprint,
    start: int,
    tolerance: int,
    most: int,
    dead: set[int],
    seed: int,
) -> None:
    """Low peaks only, so that hashes often coincide."""

    def crowded(i: int) -> Fingerprint:
        counts, freqs = fingerprint(10 * seed + i, 200)
        return Fingerprint(counts, 700 + freqs % np.uint16(100))

    made = segment([(i, crowded(i)) for i in range(3)])
    gone = np.isin(np.arange(3), list(dead))
    query = joined(clip_of(crowded(1), start, start + 50), clip_of(crowded(2), 20, 40, shift=1))
    votes = model(made, gone, query)

    cast = Counter(alignments(made, hits(made, query, budget=PLENTY)))
    assert Counter({key: n for key, n in cast.items() if key[0] not in dead}) == votes

    found = find(made, query, dead=gone, most=most, tolerance=tolerance)
    near = {
        (track, offset): sum(
            votes[track, offset + step] for step in range(-tolerance, tolerance + 1)
        )
        for track, offset in alignments(made, found.offsets)
    }
    assert found.votes.tolist() == list(near.values()) == sorted(near.values(), reverse=True)
    assert len(near) == found.offsets.size <= most
    assert not {track for track, _ in near} & dead
    best = max(
        (
            sum(votes[track, offset - step] for step in range(2 * tolerance + 1))
            for track, offset in list(votes)
        ),
        default=None,
    )
    assert max(near.values(), default=None) == best
    # Each stands for its surroundings alone.
    assert not any(
        one != other and one[0] == other[0] and abs(one[1] - other[1]) <= 2 * tolerance
        for one in near
        for other in near
    )


@pytest.mark.parametrize("tolerance", [0, 1, 2, 3])
def test_votes_within_the_tolerance_are_taken_together(
    library: Segment, fingerprint: MakeFingerprint, tolerance: int
) -> None:
    exact = clip_of(fingerprint(2, 1500), 500, 560)
    early = Landmarks(exact.hashes, exact.frames - np.int32(2))
    late = Landmarks(exact.hashes, exact.frames + np.int32(2))
    found = find(library, joined(early, exact, late), tolerance=tolerance)

    together = {0: 1, 1: 2, 2: 3, 3: 3}[tolerance] * exact.hashes.size
    position, offset = alignments(library, found.offsets)[0]
    assert position == 2
    assert abs(offset - 1000) <= max(2, tolerance)
    assert together <= found.votes[0] <= 1.1 * together


def test_removed_tracks_are_never_nominated(library: Segment, fingerprint: MakeFingerprint) -> None:
    query = clip_of(fingerprint(3, 1500), 100, 300)
    dead = alive(library)
    dead[3] = True

    assert 3 in library.positions(find(library, query).offsets >> 1)
    assert 3 not in library.positions(find(library, query, dead=dead).offsets >> 1)
    assert find(library, query, dead=~alive(library)).offsets.size == 0


def test_removed_tracks_do_not_crowd_out_others(
    segment: MakeSegment, fingerprint: MakeFingerprint
) -> None:
    """The same music many times: one copy that was not removed is still the best."""
    track = fingerprint(1, 400)
    made = segment([(i, track) for i in range(20)])
    dead = np.arange(20) != 11
    query = clip_of(track, 50, 200)
    found = find(made, query, dead=dead, most=3)

    assert found.votes[0] >= query.hashes.size
    assert set(made.positions(found.offsets >> 1).tolist()) == {11}


@pytest.fixture
def rhythm(segment: MakeSegment) -> tuple[Segment, Landmarks]:
    """A track of one beat over and over, then two peaks that come but once; and all its hashes."""
    frames = [*range(0, 5000, 10), 5500, 5505]
    counts = np.bincount(frames).astype(np.uint8)
    freqs = np.array([3200] * 500 + [9600, 9700], np.uint16)
    made = segment([(1, Fingerprint(counts, freqs))])
    hashes = np.unique(made.landmarks().hashes)
    return made, Landmarks(hashes, np.zeros(hashes.size, np.int32))


@pytest.mark.parametrize(("budget", "touched"), [(0, 0), (1, 1), (498, 1), (PLENTY, 998)])
def test_a_budget_takes_the_rare_hashes_first(
    rhythm: tuple[Segment, Landmarks], budget: int, touched: int
) -> None:
    """The beat makes 499 and 498 landmarks, the two peaks one."""
    made, query = rhythm
    offsets = hits(made, query, budget=budget)

    assert offsets.size == touched
    assert (2 * (GAP_FRAMES + 5500) in offsets) == (budget > 0)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(budget=st.integers(0, 3000))
def test_a_budget_is_never_exceeded(
    library: Segment, fingerprint: MakeFingerprint, budget: int
) -> None:
    query = clip_of(fingerprint(1, 1500), 0, 1500)
    some = Counter(hits(library, query, budget=budget).tolist())
    all_ = Counter(hits(library, query, budget=PLENTY).tolist())

    assert some.total() <= budget
    assert some <= all_


def test_the_same_landmark_repeated_many_times_takes_no_longer_than_its_votes(
    rhythm: tuple[Segment, Landmarks],
) -> None:
    made, query = rhythm
    many = Landmarks(np.repeat(query.hashes, 2000), np.repeat(query.frames, 2000))
    found = find(made, many)

    assert found.votes[0] == 2 * 2000
    assert found.offsets.size == 100


@pytest.mark.parametrize("frames", [0, 300])
def test_nothing_is_nominated_from_silence(
    segment: MakeSegment, library: Segment, fingerprint: MakeFingerprint, frames: int
) -> None:
    silent = segment(
        [(1, Fingerprint(np.zeros(frames, np.uint8), np.empty(0, np.uint16)))], "silent.seg"
    )
    nothing = Landmarks(np.empty(0, np.uint32), np.empty(0, np.int32))

    assert find(silent, clip_of(fingerprint(1, 1500), 0, 99)).offsets.size == 0
    assert find(silent, nothing).offsets.size == 0
    assert find(library, nothing).offsets.size == 0


@pytest.mark.usefixtures("without_sync")
def test_postings_of_four_bytes_give_the_same_candidates(
    segment: MakeSegment,
    library: Segment,
    fingerprint: MakeFingerprint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wavvy.index.format._POSTING_BYTES", (4,))
    wide = segment([(10 + i, fingerprint(i, 1500)) for i in range(6)], "wide.seg")
    query = joined(clip_of(fingerprint(3, 1500), 700, 800), clip_of(fingerprint(1, 1500), 9, 60))
    one, other = find(library, query), find(wide, query)

    assert (library.header.posting_bytes, wide.header.posting_bytes) == (3, 4)
    assert one.votes[0] > 100
    for column, same in zip(one, other, strict=True):
        np.testing.assert_array_equal(column, same)


@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_damaged_postings_do_not_lead_outside_of_the_segment(library: Segment, byte: int) -> None:
    """What opening does not check may be wrong; a search must survive that."""
    data = bytearray(library.path.read_bytes())
    offset, size, _ = library.header.sections["postings"]
    data[offset : offset + size] = bytes([byte]) * size
    path = library.path.with_name("bad.seg")
    path.write_bytes(bytes(data))
    damaged = Segment(path, DEFAULT.digest())
    hashes = np.unique(damaged.landmarks().hashes)
    query = Landmarks(hashes, np.full(hashes.size, 499, np.int32))
    found = find(damaged, query, dead=np.arange(6) == 2)

    outside = damaged.header.frames < found.offsets[0] // 2 or found.offsets[0] < 0
    assert outside
    assert found.votes.tolist() == [len(damaged.postings)]
    assert damaged.positions(found.offsets >> 1).tolist() in ([0], [5])
