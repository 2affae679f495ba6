"""Looking landmarks up, against all postings of a segment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import isqrt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import HASH_BITS, Landmarks, concatenate, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index import lookup
from wavvy.index.format import GAP_FRAMES
from wavvy.index.lookup import look_up, look_up_tempos, touched
from wavvy.index.probes import Probes, Reach, probes
from wavvy.index.search import NARROW, WIDE
from wavvy.index.segment import COLD_LOOKUPS, Segment
from wavvy.index.votes import nominate

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]

hashes = st.integers(0, (1 << HASH_BITS) - 1)
HIGHEST = (1 << HASH_BITS) - 1


@pytest.fixture
def library(segment: MakeSegment, fingerprint: MakeFingerprint) -> Segment:
    return segment([(10 + i, fingerprint(i, 1500)) for i in range(6)])


def query_of(track: Fingerprint, reach: Reach = NARROW) -> Probes:
    """Ask for all landmarks of a track."""
    known = reference_landmarks(track.peaks(), DEFAULT)
    return probes(known._replace(frames=2 * known.frames), reach, DEFAULT)


def ranges_of(ranges: list[list[int]]) -> Probes:
    low, high = (np.array([r[i] for r in sorted(ranges)], np.uint32) for i in (0, 1))
    numbers = np.arange(len(ranges), dtype=np.int32)
    return Probes(low, high, numbers, numbers[np.newaxis])


def model(segment: Segment, query: Probes, tempo: int = 0) -> list[int]:
    """Return the offset of each vote, in the plainest way, sorted."""
    hashes, frames = segment.landmarks(0, 1 << HASH_BITS)
    columns = (query.low, query.high, query.times[tempo, query.asking])
    return sorted(
        2 * frame - time
        for low, high, time in zip(*(column.tolist() for column in columns), strict=True)
        for frame in frames[(low <= hashes) & (hashes <= high)].tolist()
    )


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ranges=st.lists(st.tuples(hashes, hashes).map(sorted), max_size=8))
def test_a_range_finds_the_postings_in_it(library: Segment, ranges: list[list[int]]) -> None:
    """However many buckets it spans, whether they were unpacked just before or not."""
    query = ranges_of(ranges)

    assert sorted(look_up([library], query)[0].tolist()) == model(library, query)


def test_the_ends_of_a_range_belong_to_it(library: Segment) -> None:
    """As does the end of a bucket."""
    known = np.unique(library.landmarks(0, 1 << HASH_BITS)[0]).tolist()
    rest = HASH_BITS - library.header.directory_bits
    ends = [[known[i], known[i + 2]] for i in range(0, 300, 3)]
    ends += [[h >> rest << rest, h | ((1 << rest) - 1)] for h in known[::500]]
    ends += [[known[-1], HIGHEST], [0, known[0]]]
    query = ranges_of(ends)

    found = look_up([library], query)[0]
    assert sorted(found.tolist()) == model(library, query)
    assert found.size > 3 * 100


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_segments_are_looked_up_each_on_its_own(
    segment: MakeSegment,
    fingerprint: MakeFingerprint,
    monkeypatch: pytest.MonkeyPatch,
    threads: int,
) -> None:
    """By all cores, where there is much to do."""
    segments = [segment([(i, fingerprint(i, 900))], f"{i}.seg") for i in range(3)]
    query = query_of(fingerprint(1, 900))
    monkeypatch.setattr(lookup, "LARGE", 0 if threads > 1 else 10**9)
    monkeypatch.setattr("os.cpu_count", lambda: threads)
    found = look_up(segments, query)

    assert [sorted(each.tolist()) for each in found] == [model(s, query) for s in segments]
    assert [each.dtype for each in found] == [np.int32] * 3
    assert len(found[1]) > 5 * len(found[0])


def test_nothing_to_look_up_and_nowhere_to_look(library: Segment) -> None:
    nothing = ranges_of([])

    assert look_up([], ranges_of([[0, HIGHEST]])) == []
    assert [votes.size for votes in look_up([library], nothing)] == [0]


def test_what_is_read_ahead_changes_no_vote(
    library: Segment, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment reads ahead as long as it is cold."""
    query = query_of(fingerprint(1, 1500))
    asked = []
    prefetch = Segment.prefetch
    monkeypatch.setattr(Segment, "prefetch", lambda *given: (asked.append(1), prefetch(*given))[1])
    votes = [look_up([library], query)[0] for _ in range(COLD_LOOKUPS + 3)]

    assert 0 < len(asked) <= COLD_LOOKUPS
    for each in votes[1:]:
        np.testing.assert_array_equal(each, votes[0])


def test_votes_are_for_an_offset_at_each_tempo(
    library: Segment, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = reference_landmarks(fingerprint(1, 1500).peaks(), DEFAULT)
    query = probes(known, NARROW, DEFAULT, [1.0, 1.05, 0.9])
    (votes,) = look_up_tempos([library], query)

    assert votes.shape == (3, votes[0].size)
    for tempo in range(3):
        assert sorted(votes[tempo].tolist()) == model(library, query, tempo)
    assert len({tuple(sorted(row.tolist())) for row in votes}) == 3
    monkeypatch.setattr(lookup, "LARGE", 0)  # on all cores
    np.testing.assert_array_equal(look_up_tempos([library], query)[0], votes)


def test_a_range_touches_the_buckets_that_it_lies_in(library: Segment) -> None:
    """From one bucket to the next, and all of them."""
    rest = HASH_BITS - library.header.directory_bits
    size = np.diff(library.directory.astype(np.int64)).tolist()
    full = max(range(len(size) - 1), key=lambda b: min(size[b : b + 2]))
    low = np.array([full << rest, (full << rest) + 5, 0], np.uint32)
    high = np.array([(full << rest) + 3, (full + 1) << rest, HIGHEST], np.uint32)

    assert min(size[full : full + 2]) > 0
    nobody = np.zeros(3, np.int32)
    assert touched(library, Probes(low, high, nobody, nobody[np.newaxis])).tolist() == [
        size[full], size[full] + size[full + 1], sum(size),
    ]  # fmt: skip


@pytest.fixture
def rhythm(segment: MakeSegment) -> tuple[Segment, Probes]:
    """A track of one beat over and over, then two peaks that come but once; all its landmarks."""
    frames = [*range(0, 5000, 10), 5500, 5505]
    counts = np.bincount(frames).astype(np.uint8)
    track = Fingerprint(counts, np.array([3200] * 500 + [9600, 9700], np.uint16))
    known = zip(*(c.tolist() for c in reference_landmarks(track.peaks(), DEFAULT)), strict=True)
    kinds = sorted({(0, *kind) for _, *kind in known})
    types = (np.int32, np.uint16, np.uint16, np.uint8, np.uint16)
    columns = zip(zip(*kinds, strict=True), types, strict=True)
    query = Landmarks(*(np.array(column, dtype) for column, dtype in columns))
    return segment([(1, track)]), probes(query, Reach(0, 0), DEFAULT)


@pytest.mark.parametrize(("budget", "found"), [(0, 0), (5, 0), (10, 1), (1000, 1), (10**9, 998)])
def test_a_budget_takes_the_rare_hashes_first(
    rhythm: tuple[Segment, Probes],
    monkeypatch: pytest.MonkeyPatch,
    budget: int,
    found: int,
) -> None:
    """The beat makes 499 and 498 landmarks in one bucket, the two peaks one in another."""
    monkeypatch.setattr(lookup, "budget_of", lambda _: budget)
    made, query = rhythm
    (votes,) = look_up([made], query)

    assert votes.size == found
    assert (2 * (GAP_FRAMES + 5500) in votes) == (found > 0)


def test_a_budget_grows_as_the_square_root_of_the_postings(
    segment: MakeSegment, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "LEAST_BUDGET", least := 50_000)
    small = segment([(1, fingerprint(1, 500))], "small.seg")
    large = segment([(2, fingerprint(2, 50_000))], "large.seg")
    together = small.header.posting_bytes + large.header.posting_bytes

    assert lookup.budget_of([]) == lookup.budget_of([small]) == least
    assert lookup.budget_of([small, large]) == lookup.BUDGET_GROWTH * isqrt(together) > least


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(budget=st.integers(0, 900_000), reach=st.sampled_from([NARROW, WIDE]))
def test_as_many_of_the_smallest_are_asked_as_a_budget_allows(
    library: Segment, fingerprint: MakeFingerprint, budget: int, reach: Reach
) -> None:
    query = query_of(fingerprint(1, 1500), reach)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "budget_of", lambda _: budget)
        some = Counter(look_up([library], query)[0].tolist())
    sizes = touched(library, query)
    together = np.array([sizes[sizes <= size].sum() for size in sizes])
    affordable = np.flatnonzero(together <= budget)

    assert some == Counter(look_up([library], query.only(affordable))[0].tolist())
    assert some == Counter(look_up_tempos([library], query, budget)[0][0].tolist())
    assert some <= Counter(look_up([library], query)[0].tolist())


def test_what_was_just_added_beside_much_else_is_found_as_if_alone(
    segment: MakeSegment, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small segment has few buckets, which all landmarks touch again and again."""
    new = fingerprint(2, 500)
    segments = [segment([(1, fingerprint(1, 100_000))], "large.seg")]
    segments += [segment([(i, fingerprint(i, 500))], f"{i}.seg") for i in range(2, 8)]
    query = query_of(new, WIDE)
    sizes = [each.header.posting_bytes for each in segments]
    asked = [int(touched(each, query).sum()) for each in segments]
    monkeypatch.setattr(lookup, "budget_of", lambda _: max(asked))
    found = look_up(segments, query)

    assert sizes[0] > 100 * max(sizes[1:])
    assert sum(asked) > 3 * max(asked)
    for each, votes in zip(segments, found, strict=True):
        np.testing.assert_array_equal(votes, look_up([each], query)[0])


@pytest.mark.parametrize("kind", ["zeros", "ones", "random", "flipped"])
def test_damaged_postings_do_not_lead_outside_of_the_segment(
    library: Segment,
    fingerprint: MakeFingerprint,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    """What opening does not check may be wrong; a search must survive that."""
    monkeypatch.setattr(lookup, "budget_of", lambda _: 10**9)
    data = bytearray(library.path.read_bytes())
    offset, size, _ = library.header.sections["postings"]
    rng = np.random.default_rng(3)
    if kind == "flipped":
        for at in rng.integers(0, size, 200).tolist():
            data[offset + at] ^= 1 << at % 8
    else:
        filler = {"zeros": bytes(size), "ones": b"\xff" * size, "random": rng.bytes(size)}
        data[offset : offset + size] = filler[kind]
    path = library.path.with_name("bad.seg")
    path.write_bytes(bytes(data))
    damaged = Segment(path, DEFAULT.digest())
    known = [reference_landmarks(fingerprint(i, 1500).peaks(), DEFAULT) for i in range(6)]
    query = probes(concatenate(known), WIDE, DEFAULT)
    (votes,) = look_up([damaged], query)
    offsets = votes.astype(np.int64)
    found = nominate(damaged, np.arange(6) == 2, votes, most=100)

    assert np.all(offsets >= -int(query.times.max()))
    assert np.all(offsets < 2 << damaged.header.frame_bits)
    assert found.offsets.size <= 100
    assert set(damaged.positions(found.offsets >> 1).tolist()) <= {0, 1, 3, 4, 5}
    if kind in ("random", "flipped"):
        assert offsets.size > found.offsets.size > 0
