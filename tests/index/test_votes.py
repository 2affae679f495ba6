from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import I32, I64, Bools
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import CELL, Landmarks, concatenate, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index import votes
from wavvy.index.format import GAP_FRAMES
from wavvy.index.lookup import look_up
from wavvy.index.probes import Reach, probes
from wavvy.index.search import NARROW, WIDE
from wavvy.index.segment import Segment
from wavvy.index.votes import TOLERANCE, Candidates, nominate

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]


def alive(segment: Segment) -> Bools:
    return np.zeros(segment.header.tracks, np.bool_)


def clip_of(track: Fingerprint, start: int, stop: int, shift: int = 0) -> Landmarks:
    """Return the landmarks of frames [start, stop) as a query that begins with them has them."""
    known = reference_landmarks(track.peaks(), DEFAULT)
    inside = np.flatnonzero((known.frames >= start) & (known.frames < stop))
    heard = Landmarks(*(column[inside] for column in known))
    return later(heard._replace(frames=2 * (heard.frames - np.int32(start))), shift)


def later(query: Landmarks, half_frames: int) -> Landmarks:
    return query._replace(frames=query.frames + np.int32(half_frames))


def columns_of(landmarks: Landmarks) -> list[tuple[int, int, int, int]]:
    return list(zip(*(column.tolist() for column in landmarks[:4]), strict=True))


def near(one: int, other: int, reach: int) -> bool:
    """Whether a frequency lies in a cell that comes near enough to another."""
    return any(f // CELL == other // CELL for f in range(one - reach, one + reach + 1))


def code_of(span: int) -> int:
    return min(span, 20 + max(span - 20, 0) // 4)


def model(
    segment: Segment, dead: Bools, query: Landmarks, reach: Reach
) -> Counter[tuple[int, int]]:
    """Count votes by track and offset within it in the plainest way."""
    votes: Counter[tuple[int, int]] = Counter()
    for position in np.flatnonzero(~dead).tolist():
        known = reference_landmarks(segment.fingerprint(position).peaks(), DEFAULT)
        heard = [(h, *r) for h, r in zip(known.hashes().tolist(), columns_of(known), strict=True)]
        for time, f1, f2, dt in columns_of(query):
            steps = range(dt - reach.frames, dt + reach.frames + 1)
            codes = {code_of(step) for step in steps if 3 <= step <= 63}
            for _, frame in {
                (hash_, frame)
                for hash_, frame, g1, g2, span in heard
                if code_of(span) in codes
                and near(f1, g1, reach.subbins)
                and near(f2, g2, reach.subbins)
            }:
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
    reach: Reach = NARROW,
    dead: Bools | None = None,
    most: int = 100,
) -> Candidates:
    dead = alive(segment) if dead is None else dead
    cast = votes_of(segment, query, reach)
    return nominate(segment, dead, cast, most=most)


def votes_of(segment: Segment, query: Landmarks, reach: Reach = NARROW) -> I32:
    return look_up([segment], probes(query, reach, DEFAULT))[0]


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
    assert found.votes[0] >= query.frames.size > 100
    assert found.votes[0] > 5 * found.votes[1:].max(initial=0)


def test_a_clip_may_begin_before_the_track(library: Segment, fingerprint: MakeFingerprint) -> None:
    query = clip_of(fingerprint(3, 1500), 0, 100)
    found = find(library, later(query, 75))

    position, offset = alignments(library, found.offsets)[0]
    assert position == 3
    assert abs(offset + 75) <= 2


def test_a_clip_may_run_past_the_track(library: Segment, fingerprint: MakeFingerprint) -> None:
    """Its last frames are a query's first, and a query's last are the next track's gap."""
    query = clip_of(fingerprint(3, 1500), 1380, 1500)
    following = clip_of(fingerprint(4, 1500), 0, 100)
    both = concatenate([query, later(following, 240)])
    found = find(library, both)

    (one, early), (other, late) = alignments(library, found.offsets)[:2]
    assert {one, other} == {3, 4}
    assert {round(early / 8), round(late / 8)} == {2 * 1380 // 8, -240 // 8}
    assert found.votes[0] < 1.1 * max(query.frames.size, following.frames.size)


@pytest.fixture
def all_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every vote through the sieve."""
    monkeypatch.setattr(votes, "_KEPT_FOR_EACH", 1_000_000)


def crowd(fingerprint: MakeFingerprint, seed: int, frames: int = 200) -> Fingerprint:
    """Draw low peaks only, so that hashes often coincide."""
    counts, freqs = fingerprint(seed, frames)
    return Fingerprint(counts, 700 + freqs % np.uint16(100))


@pytest.mark.usefixtures("without_sync", "all_pass")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    start=st.integers(0, 150),
    reach=st.sampled_from([Reach(0, 0), NARROW, WIDE]),
    most=st.integers(1, 30),
    dead=st.sets(st.integers(0, 2)),
    seed=st.integers(0, 9),
)
def test_votes_are_counted_as_documented(
    segment: MakeSegment,
    fingerprint: MakeFingerprint,
    start: int,
    reach: Reach,
    most: int,
    dead: set[int],
    seed: int,
) -> None:
    tracks = [crowd(fingerprint, 10 * seed + i) for i in range(3)]
    made = segment(enumerate(tracks))
    gone = np.isin(np.arange(3), list(dead))
    query = concatenate(
        [clip_of(tracks[1], start, start + 50), clip_of(tracks[2], 20, 40, shift=1)]
    )
    expected = model(made, gone, query, reach)

    cast = Counter(alignments(made, votes_of(made, query, reach)))
    assert Counter({key: n for key, n in cast.items() if key[0] not in dead}) == expected

    found = find(made, query, reach=reach, dead=gone, most=most)
    about = {
        (track, offset): sum(
            expected[track, offset + step] for step in range(-TOLERANCE, TOLERANCE + 1)
        )
        for track, offset in alignments(made, found.offsets)
    }
    assert found.votes.tolist() == list(about.values()) == sorted(about.values(), reverse=True)
    assert len(about) == found.offsets.size <= most
    assert not {track for track, _ in about} & dead
    best = max(
        (
            sum(expected[track, offset - step] for step in range(2 * TOLERANCE + 1))
            for track, offset in list(expected)
        ),
        default=None,
    )
    assert max(about.values(), default=None) == best
    # Each stands for its surroundings alone.
    assert not any(
        one != other and one[0] == other[0] and abs(one[1] - other[1]) <= 2 * TOLERANCE
        for one in about
        for other in about
    )


@pytest.mark.parametrize(("apart", "together"), [(2, 3), (3, 2), (4, 2), (5, 1)])
def test_votes_within_the_tolerance_are_taken_together(
    library: Segment, fingerprint: MakeFingerprint, apart: int, together: int
) -> None:
    exact = clip_of(fingerprint(2, 1500), 500, 560)
    three = concatenate([later(exact, -apart), exact, later(exact, apart)])
    found = find(library, three)

    votes = together * exact.frames.size
    position, offset = alignments(library, found.offsets)[0]
    assert position == 2
    assert abs(offset - 1000) <= apart + TOLERANCE
    assert votes <= found.votes[0] <= 1.1 * votes


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

    assert found.votes[0] >= query.frames.size
    assert set(made.positions(found.offsets >> 1).tolist()) == {11}


@pytest.mark.parametrize("count", [1000, 30_000, 300_000])
def test_a_few_votes_that_agree_are_found_among_many_that_do_not(
    library: Segment, count: int
) -> None:
    """Four at each of some places; of votes cast at random, no four are likely to agree."""
    rng = np.random.default_rng(count)
    luck = rng.integers(0, 300 * count, count)
    places = 300 * count + 1000 * rng.permutation(300 * count // 1000)[:60]
    right = np.add.outer(places, (-1, 0, 0, 1)).ravel()
    cast = rng.permutation(np.concatenate((luck, right))).astype(np.int32)

    found = nominate(library, alive(library), cast, most=100)

    near = np.abs(np.subtract.outer(places, found.offsets)).min(axis=1) <= 2
    assert near.sum() >= 57


@pytest.mark.parametrize("least", [1, 2, 3, 40])
def test_candidates_have_as_many_votes_as_asked(
    library: Segment, fingerprint: MakeFingerprint, least: int
) -> None:
    query = clip_of(fingerprint(3, 1500), 100, 160)
    cast = votes_of(library, query, WIDE)
    everyone, enough = (
        nominate(library, alive(library), cast, most=1000, least=votes_asked)
        for votes_asked in (1, least)
    )
    asked = everyone.votes >= least

    assert enough.offsets.tolist() == everyone.offsets[asked].tolist()
    assert enough.votes.tolist() == everyone.votes[asked].tolist()
    assert enough.votes.size > 0
    assert everyone.votes.min() == 1


def test_the_same_landmark_repeated_many_times_takes_no_longer_than_its_votes(
    segment: MakeSegment,
) -> None:
    """A track of one beat over and over, asked about its landmarks."""
    counts = np.zeros(5000, np.uint8)
    counts[::10] = 1
    track = Fingerprint(counts, np.full(500, 3200, np.uint16))
    made = segment([(1, track)])
    query = clip_of(track, 0, 1)
    many = Landmarks(*(np.repeat(column, 2000) for column in query))
    found = find(made, many, reach=Reach(0, 0))

    assert found.votes[0] == 2 * 2000
    assert found.offsets.size == 100


@pytest.mark.parametrize("frames", [0, 300])
def test_nothing_is_nominated_from_silence(
    segment: MakeSegment, library: Segment, fingerprint: MakeFingerprint, frames: int
) -> None:
    silent = segment(
        [(1, Fingerprint(np.zeros(frames, np.uint8), np.empty(0, np.uint16)))], "silent.seg"
    )
    nothing = clip_of(fingerprint(1, 1500), 0, 0)

    assert find(silent, clip_of(fingerprint(1, 1500), 0, 99)).offsets.size == 0
    assert find(silent, nothing).offsets.size == 0
    assert find(library, nothing).offsets.size == 0


def sieve_model(offsets: list[int], bits: int, most: int, least: int) -> list[bool]:
    """Keep what lies in the best pairs of cells that share a counter, in the plainest way."""
    size = 1 << bits
    counters = Counter((offset // 4) % size for offset in offsets)
    capped = {cell: min(n, 127) for cell, n in counters.items()}
    pairs = {
        cell: capped.get(cell, 0) + capped.get((cell + 1) % size, 0)
        for one in capped
        for cell in (one, (one - 1) % size)
    }
    passing = [
        least
        for least in range(1, 255)
        if 0 < sum(pair >= least for pair in pairs.values()) <= most
    ]
    least = max(least, min(passing, default=max(pairs.values(), default=0)))
    cells = [(offset // 4) % size for offset in offsets]
    return [max(pairs[cell], pairs[(cell - 1) % size]) >= least for cell in cells]


peaked = st.lists(
    st.tuples(st.integers(-3000, 9000), st.sampled_from([1, 1, 1, 2, 3, 5, 126, 127, 128, 600])),
    max_size=60,
)


def sieve(offsets: I32, bits: int, most: int, least: int = 1) -> Bools:
    """Tell which offsets pass."""
    passing = votes._passing(offsets, bits, most, least)
    kept = passing[(offsets >> 2) & (passing.size - 1)].astype(np.bool_)
    assert votes._kept(offsets, bits, most, least).tolist() == offsets[kept].tolist()
    return kept


def repeated(drawn: list[tuple[int, int]]) -> I32:
    """Return offsets, each as often as drawn, in no particular order."""
    offsets = [offset for offset, count in drawn for _ in range(count)]
    return np.random.default_rng(1).permutation(np.array(offsets, np.int32))


@settings(deadline=None)
@given(
    drawn=peaked,
    bits=st.integers(6, 12),
    most=st.integers(1, 80),
    least=st.one_of(st.integers(1, 5), st.just(254)),
)
def test_the_sieve_keeps_what_its_best_pairs_of_cells_hold(
    drawn: list[tuple[int, int]], bits: int, most: int, least: int
) -> None:
    offsets = repeated(drawn)

    kept = sieve(offsets, bits, most, least)
    assert kept.tolist() == sieve_model(offsets.tolist(), bits, most, least)


@settings(deadline=None)
@given(drawn=peaked, most=st.integers(1, 80))
def test_no_offset_with_enough_votes_is_lost(drawn: list[tuple[int, int]], most: int) -> None:
    """With fewer cells before it than are kept, whoever shares its counter."""
    offsets = repeated(drawn)
    kept = sieve(offsets, votes._sieve_bits(offsets.size), most)
    count = Counter(offsets.tolist())
    windows = {o: sum(count[o - step] for step in range(5)) for o in count}
    size = 1 << votes._sieve_bits(offsets.size)
    cells = Counter((offset // 4) % size for offset in offsets.tolist())
    starts = {start % size for cell in cells for start in (cell - 1, cell)}
    pairs = [cells[start] + cells[(start + 1) % size] for start in starts]
    for offset, total in windows.items():
        if sum(pair >= min(total, 127) for pair in pairs) <= most:
            window = (offsets <= offset) & (offsets >= offset - 4)
            assert window.sum() == total
            assert kept[window].all()


@settings(deadline=None)
@given(drawn=st.lists(st.tuples(st.integers(-3000, 9000), st.integers(1, 40)), max_size=30))
def test_few_cells_pass_the_sieve_whole(drawn: list[tuple[int, int]]) -> None:
    """Each offset is in two pairs of cells."""
    offsets = repeated(drawn)

    assert sieve(offsets, votes._sieve_bits(offsets.size), 2 * len(drawn)).all()


@pytest.mark.parametrize("count", [1, 2, 127, 200])
def test_of_equals_all_pass_the_sieve_or_all_of_the_best(count: int) -> None:
    """Equals are not told apart, were there more than wanted; those below do not pass with them."""
    equals = np.repeat(np.arange(0, 4000, 40, dtype=np.int32), count)
    below = np.repeat(np.arange(20, 4000, 40, dtype=np.int32), max(count // 2, 1))
    kept = sieve(np.concatenate((equals, below)), 12, 10)

    assert kept[: equals.size].all()
    assert kept[equals.size :].all() == kept[equals.size :].any() == (count == 1)


@pytest.mark.parametrize("more", [0, 1, 1000])
def test_counters_of_the_sieve_do_not_overflow(more: int) -> None:
    """127 votes are as many as a counter counts; none begins anew above."""
    crowded = np.repeat(np.array([400, 800, 1200], np.int32), 127 + more)
    others = np.repeat(np.arange(2000, 6000, 40, dtype=np.int32), 100)
    kept = sieve(np.concatenate((crowded, others)), 12, 6)

    assert kept[: crowded.size].all()
    assert not kept[crowded.size :].any()


@pytest.mark.usefixtures("without_sync")
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(most=st.integers(1, 12), seed=st.integers(0, 9))
def test_the_sieve_changes_no_candidate_with_more_votes_than_it_holds_back(
    segment: MakeSegment, fingerprint: MakeFingerprint, most: int, seed: int
) -> None:
    tracks = [crowd(fingerprint, 10 * seed + i, 500) for i in range(4)]
    made = segment(enumerate(tracks))
    query = clip_of(tracks[1], 100, 300)
    offsets = votes_of(made, query, WIDE)
    bits = votes._sieve_bits(offsets.size)
    kept = sieve(offsets, bits, votes._KEPT_FOR_EACH * most)
    with pytest.MonkeyPatch.context() as patch:
        found = find(made, query, reach=WIDE, most=most)
        patch.setattr(votes, "_KEPT_FOR_EACH", 1_000_000)
        exact = find(made, query, reach=WIDE, most=most)

    size = 1 << bits
    shared = (offsets >> 2) % size
    cells = Counter(shared.tolist())
    held_back = max(
        (
            cells[cell] + max(cells[(cell - 1) % size], cells[(cell + 1) % size])
            for cell in shared[~kept].tolist()
        ),
        default=0,
    )
    clear = exact.votes > max(held_back, exact.votes[-1] * (exact.votes.size == most))
    assert clear[0] or exact.votes.size == 1
    best = zip(exact.votes[clear].tolist(), exact.offsets[clear].tolist(), strict=True)
    assert set(best) <= set(zip(found.votes.tolist(), found.offsets.tolist(), strict=True))
