from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.index.asking import MOST, SECONDS, find, find_by, music, query_of

from wavvy.dsp.arrays import F32
from wavvy.dsp.fingerprint import Fingerprint, fingerprint_blocks
from wavvy.dsp.landmarks import Landmarks, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index.found import Found
from wavvy.index.lookup import look_up
from wavvy.index.probes import Reach, probes
from wavvy.index.search import (
    WIDE,
    Effort,
    search,
    votes_without,
)
from wavvy.index.store import Index

MakeFingerprint = Callable[..., Fingerprint]
OpenIndex = Callable[[], Index]
HALF_HOP = DEFAULT.hop // 2


def by_alignment(found: Found, above: int = 0) -> set[tuple[int, float, int, float, int]]:
    """Return track, offset, votes, evidence and matches of what has more votes than ``above``.

    Several nominated alignments may be refined to one.
    """
    columns = (column.tolist() for column in found)
    return {
        (track, round(offset, 6), votes, evidence, matched)
        for track, offset, votes, evidence, _, matched, _, _ in zip(*columns, strict=True)
        if votes > above
    }


@pytest.mark.parametrize("track_id", [10, 40, 50, 90])
@pytest.mark.parametrize("second", [0, 7.77, 15])
def test_a_clip_is_found_where_it_is(
    index: Index, tracks: dict[int, F32], track_id: int, second: float
) -> None:
    start = round(second * DEFAULT.sample_rate)
    found = find(index.snapshot(), query_of(tracks[track_id][start : start + 40_000]))
    best = int(found.evidence.argmax())

    assert found.tracks[best] == track_id
    assert abs(found.offsets[best] * HALF_HOP - start) <= 0.05 * DEFAULT.sample_rate
    others = found.evidence[found.tracks != track_id]
    assert found.evidence[best] > 100 > 3 * others.max(initial=0)
    assert found.matched[best] > 50


@pytest.mark.parametrize("left_out", [10, 20, 40, 50, 60, 70])
def test_votes_for_one_track_can_be_left_out(
    index: Index, tracks: dict[int, F32], left_out: int
) -> None:
    """First, middle and last of a segment, or alone in it."""
    segments = index.snapshot().segments
    query = query_of(tracks[left_out][:40_000])
    votes = look_up(segments, probes(query.landmarks, WIDE, DEFAULT))
    some = votes_without(segments, votes, left_out)

    for segment, before, after in zip(segments, votes, some, strict=True):
        tracks_of = segment.tracks[segment.positions(before >> 1)]
        np.testing.assert_array_equal(after, before[tracks_of != left_out])
    assert sum(map(len, some)) < sum(map(len, votes))
    for before, after in zip(votes, votes_without(segments, votes, 999), strict=True):
        np.testing.assert_array_equal(after, before)


def test_what_is_not_indexed_finds_little_evidence(index: Index) -> None:
    found = find(index.snapshot(), query_of(music(1234)[:40_000]))

    assert found.evidence.max(initial=0) < 30


@pytest.mark.parametrize("track_id", [10, 50, 70])
def test_several_segments_answer_as_their_merge_does(
    monkeypatch: pytest.MonkeyPatch,
    open_index: OpenIndex,
    index: Index,
    tracks: dict[int, F32],
    fingerprints: dict[int, Fingerprint],
    track_id: int,
) -> None:
    # Else the parts might touch more than the merged one.
    monkeypatch.setattr("wavvy.index.lookup.budget_of", lambda _: 10**9)
    merged = open_index()
    merged.add(fingerprints.items())
    assert (index.stats().segments, merged.stats().segments) == (4, 1)
    query = query_of(tracks[track_id][50_000:90_000], noise=0.1)
    reach = Reach(6, 1)
    one, other = (find(i.snapshot(), query, reach) for i in (index, merged))

    assert by_alignment(one) == by_alignment(other)
    assert 10 < one.tracks.size < MOST


def test_those_with_most_votes_over_all_segments_are_verified(
    open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    """Low peaks only, so that there are many candidates."""

    def crowded(i: int) -> Fingerprint:
        counts, freqs = fingerprint(i, 900)
        return Fingerprint(counts, 700 + freqs % np.uint16(100))

    index = open_index()
    for track_id in range(5):
        index.add([(track_id, crowded(track_id))])
    known = reference_landmarks(crowded(2).peaks(), DEFAULT)
    some = Landmarks(*(column[:300] for column in known))
    query = query_of(music(1)[:40_000])
    several = find_by(index.snapshot(), some, query)
    index.merge()
    merged = find_by(index.snapshot(), some, query)

    # Among the last, with equal votes, a choice is made within a segment, but not between them.
    least = int(merged.votes.min())
    assert merged.votes.size == MOST < several.votes.size
    assert several.votes.min() == least
    assert by_alignment(several, least) == by_alignment(merged, least)
    assert len(by_alignment(merged, least)) > 10


@pytest.mark.parametrize("segments", [1, 3])
def test_screening_finds_what_votes_alone_pass_over(
    open_index: OpenIndex,
    tracks: dict[int, F32],
    fingerprints: dict[int, Fingerprint],
    segments: int,
) -> None:
    """Other places of the library have more votes than the right one, which alone agrees."""
    index = open_index()
    for part in np.array_split(np.array(sorted(fingerprints)), segments):
        index.add([(track_id, fingerprints[track_id]) for track_id in part.tolist()])
    snapshot = index.snapshot()
    query = query_of(tracks[50][50_000:90_000], noise=0.1)
    right = find(snapshot, query)
    best = int(np.argmax(right.evidence))
    assert right.tracks[best] == 50
    votes = []
    for segment in snapshot.segments:
        starts = 2 * segment.starts[:-1].astype(np.int32)
        misled = np.repeat(starts + 30, 20)
        here = np.flatnonzero(segment.tracks == 50)
        agreeing = np.repeat(starts[here] + np.int32(round(right.offsets[best])), 10)
        votes.append(np.concatenate([misled, agreeing]).astype(np.int32))

    passed_over = search(snapshot, votes, query.image, DEFAULT, Effort(4, 0))
    found = search(snapshot, votes, query.image, DEFAULT, Effort(4, 40))

    assert passed_over.evidence.max() < 10
    leader = int(np.argmax(found.evidence))
    assert found.tracks.size == 4
    assert (found.tracks[leader], found.votes[leader]) == (50, 10)
    assert found.offsets[leader] == pytest.approx(right.offsets[best], abs=1)
    assert found.evidence[leader] == pytest.approx(right.evidence[best], rel=0.1)


def test_a_removed_track_is_not_found(
    open_index: OpenIndex, tracks: dict[int, F32], fingerprints: dict[int, Fingerprint]
) -> None:
    index = open_index()
    index.add(fingerprints.items())
    query = query_of(tracks[30][50_000:90_000])
    assert 30 in find(index.snapshot(), query).tracks
    index.remove([30])

    assert 30 not in find(index.snapshot(), query).tracks
    assert find(index.snapshot(), query).evidence.max() < 30


def test_an_empty_index_finds_nothing(open_index: OpenIndex, tracks: dict[int, F32]) -> None:
    found = find(open_index().snapshot(), query_of(tracks[10][:40_000]))

    assert all(column.size == 0 for column in found)


@pytest.mark.parametrize("samples", [0, 100, DEFAULT.window, 4000, 5000])
def test_a_clip_too_short_to_judge_gives_no_evidence(
    index: Index, tracks: dict[int, F32], samples: int
) -> None:
    found = find(index.snapshot(), query_of(tracks[10][40_000 : 40_000 + samples]))

    assert np.all(found.evidence == 0)


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_silence_finds_nothing(index: Index, level: float) -> None:
    found = find(index.snapshot(), query_of(np.full(40_000, level, np.float32), noise=0))

    assert found.tracks.size == 0


def test_a_clip_around_the_start_or_the_end_of_its_track_is_found(
    index: Index, tracks: dict[int, F32]
) -> None:
    silence = np.zeros(16_000, np.float32)
    whole = SECONDS * DEFAULT.sample_rate
    for clip, begin in (
        (np.concatenate((silence, tracks[60][:24_000])), -16_000),
        (np.concatenate((tracks[60][-24_000:], silence)), whole - 24_000),
    ):
        found = find(index.snapshot(), query_of(clip))
        best = int(found.evidence.argmax())
        assert found.tracks[best] == 60
        assert abs(found.offsets[best] * HALF_HOP - begin) <= 0.05 * DEFAULT.sample_rate
        assert found.evidence[best] > 50


@pytest.mark.parametrize("late", [False, True])
def test_neighbours_in_a_segment_do_not_help_each_other(
    open_index: OpenIndex, tracks: dict[int, F32], fingerprints: dict[int, Fingerprint], late: bool
) -> None:
    """A clip across the border of two tracks weighs for either what it weighs for it alone."""
    join = np.concatenate((tracks[20][-24_000:], tracks[30][:24_000]))
    query = query_of(join[16_000:] if late else join[:-16_000])
    alone: set[tuple[int, float, int, float, int]] = set()
    for track_id in (20, 30):
        index = open_index()
        index.clear()
        index.add([(track_id, fingerprints[track_id])])
        alone |= by_alignment(find(index.snapshot(), query), above=3)
    index.clear()
    index.add((i, fingerprints[i]) for i in (20, 30))
    together = by_alignment(find(index.snapshot(), query), above=3)

    assert index.stats().segments == 1
    assert together == alone
    best = {i: max(e for t, _, _, e, _ in together if t == i) for i in (20, 30)}
    assert best[30 if late else 20] > 100
    assert min(best.values()) > 10  # the rest of the clip is the other's


@pytest.mark.parametrize("frame", [100, (1 << 16) - 60, 88_000])
def test_a_clip_anywhere_in_a_track_of_an_hour_is_found(
    open_index: OpenIndex, fingerprint: MakeFingerprint, tmp_path: Path, frame: int
) -> None:
    """Plant the peaks of a tune in a long track."""
    audio = music(77, 8)
    tune = fingerprint_blocks([audio], DEFAULT)
    counts, freqs = fingerprint(5, 90_000, density=0.3)
    ends = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    stop = frame + tune.counts.size
    planted = Fingerprint(
        np.concatenate((counts[:frame], tune.counts, counts[stop:])),
        np.concatenate((freqs[: ends[frame]], tune.freqs, freqs[ends[stop] :])),
    )
    index = open_index()
    index.add([(3, fingerprint(6)), (4, planted)])
    found = find(index.snapshot(), query_of(audio[8_000:56_000]))
    best = int(found.evidence.argmax())

    assert found.tracks[best] == 4
    assert abs(found.offsets[best] - 2 * frame - 50) <= 2.5
    assert found.evidence[best] > 100
