from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wavvy.dsp.arrays import F32, F64, I64
from wavvy.dsp.fingerprint import Fingerprint, fingerprint_blocks
from wavvy.dsp.landmarks import Landmarks, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.warp import Warp, warp_grid
from wavvy.index.found import Found, joined
from wavvy.index.image import QueryImage
from wavvy.index.lookup import look_up
from wavvy.index.placement import Warps
from wavvy.index.probes import Reach, probes
from wavvy.index.screening import screen
from wavvy.index.search import (
    NARROW,
    SHARPENED,
    SKEWED_PLACES,
    WARPED,
    WARPED_VOTES,
    WIDE,
    Effort,
    search,
    search_skewed,
    search_warped,
    votes_without,
)
from wavvy.index.segment import Segment
from wavvy.index.skew import skewed
from wavvy.index.snapshot import Snapshot
from wavvy.index.store import Index
from wavvy.index.votes import Candidates
from wavvy.index.witnesses import Evidence, weigh
from wavvy.query import GrowingQuery, Query, warped_landmarks
from wavvy.recognizer import WARPED_RANK

MakeFingerprint = Callable[..., Fingerprint]
OpenIndex = Callable[[], Index]
TRACKS = 9
SECONDS = 20
HALF_HOP = DEFAULT.hop // 2
MOST = 100
"""Candidates that are weighed."""


def music(seed: int, seconds: int = SECONDS) -> F32:
    """Decaying notes with partials, never the same again."""
    rng = np.random.default_rng(seed)
    audio = np.zeros((seconds + 1) * DEFAULT.sample_rate)
    time = np.arange(6000) / DEFAULT.sample_rate
    for start in range(0, seconds * DEFAULT.sample_rate, 1500):
        hertz = rng.uniform(150, 900)
        for overtone in range(1, 5):
            tone = np.sin(2 * np.pi * overtone * hertz * time) * np.exp(-5 * time)
            audio[start : start + time.size] += 0.2 / overtone * tone
    return audio[: seconds * DEFAULT.sample_rate].astype(np.float32)


@pytest.fixture(scope="module")
def tracks() -> dict[int, F32]:
    return {10 * i: music(i) for i in range(1, TRACKS + 1)}


@pytest.fixture(scope="module")
def fingerprints(tracks: dict[int, F32]) -> dict[int, Fingerprint]:
    return {i: fingerprint_blocks([audio], DEFAULT) for i, audio in tracks.items()}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, fingerprints: dict[int, Fingerprint]) -> Index:
    index = Index(tmp_path_factory.mktemp("index"), DEFAULT, threading.RLock())
    for group in ([10, 20, 30, 40], [50], [60, 70], [80, 90]):
        index.add((i, fingerprints[i]) for i in group)
    return index


def query_of(audio: F32, noise: float = 0.02) -> Query:
    growing = GrowingQuery(DEFAULT)
    hiss = np.random.default_rng(99).standard_normal(audio.size)
    growing.push((audio + noise * hiss).astype(np.float32))
    return growing.query()


def find(snapshot: Snapshot, query: Query, reach: Reach = NARROW) -> Found:
    return find_by(snapshot, query.landmarks, query, reach)


def find_by(snapshot: Snapshot, landmarks: Landmarks, query: Query, reach: Reach = NARROW) -> Found:
    votes = look_up(snapshot.segments, probes(landmarks, reach, DEFAULT))
    return search(snapshot, votes, query.image, DEFAULT, Effort(MOST, 0))


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


def played(audio: F32, speed: float) -> F32:
    """Play faster and higher, as a turntable does."""
    times = np.arange(0, audio.size - 1, speed)
    return np.interp(times, np.arange(audio.size), audio).astype(np.float32)


def find_warped(snapshot: Snapshot, query: Query, warps: list[Warp]) -> Found:
    landmarks = query.distinct.below(WARPED_RANK).worthiest(snapshot.segments, WARPED, DEFAULT)
    queries = [([warp], warped_landmarks(landmarks, DEFAULT, warp.pitch)) for warp in warps]
    return search_warped(snapshot, queries, query.image, DEFAULT)


@pytest.mark.parametrize("speed", [0.96, 1.03])
def test_music_that_plays_faster_or_slower_is_found(
    index: Index, tracks: dict[int, F32], speed: float
) -> None:
    query = query_of(played(tracks[60][7 * 8000 : 13 * 8000], speed))
    plain = find(index.snapshot(), query)
    found = find_warped(index.snapshot(), query, warp_grid())

    best = int(np.argmax(found.evidence))
    assert found.tracks[best] == 60
    assert found.offsets[best] == pytest.approx(7 * 50, abs=3)
    assert found.times[best] == pytest.approx(speed, abs=0.003)
    assert found.pitches[best] == pytest.approx(speed, abs=0.002)
    assert found.evidence[best] > 2 * plain.evidence.max(initial=0.0)
    assert found.evidence[best] > 3 * found.evidence[found.tracks != 60].max(initial=0.0)


def test_warps_of_one_pitch_may_be_asked_together(index: Index, tracks: dict[int, F32]) -> None:
    speed = 2 ** (4 / 96)
    query = query_of(played(tracks[60][7 * 8000 : 13 * 8000], speed))
    together = [Warp(1.0, speed), Warp(speed, speed)]
    salient = query.landmarks.only(query.landmarks.ranks < WARPED_RANK)
    landmarks = warped_landmarks(salient, DEFAULT, speed)
    found = search_warped(index.snapshot(), [(together, landmarks)], query.image, DEFAULT)

    best = int(np.argmax(found.evidence))
    assert found.tracks[best] == 60
    assert found.offsets[best] == pytest.approx(7 * 50, abs=3)
    assert (found.times[best], found.pitches[best]) == pytest.approx((speed, speed), abs=0.003)


def test_a_removed_track_is_not_found_warped_either(
    tmp_path: Path, tracks: dict[int, F32], fingerprints: dict[int, Fingerprint]
) -> None:
    index = Index(tmp_path, DEFAULT, threading.RLock())
    query = query_of(played(tracks[60][7 * 8000 : 13 * 8000], 1.03))
    assert not find_warped(index.snapshot(), query, warp_grid()).tracks.size
    index.add((i, fingerprints[i]) for i in (50, 60))
    assert 60 in find_warped(index.snapshot(), query, warp_grid()).tracks
    index.remove([60])
    assert 60 not in find_warped(index.snapshot(), query, warp_grid()).tracks


@pytest.mark.parametrize(
    ("budget", "share", "found"), [(10**7, 0.5, True), (10**7, 0.0, False), (0, 0.5, False)]
)
def test_a_warp_touches_no_more_than_its_budget(
    index: Index,
    tracks: dict[int, F32],
    monkeypatch: pytest.MonkeyPatch,
    budget: int,
    share: float,
    found: bool,
) -> None:
    monkeypatch.setattr("wavvy.index.search.budget_of", lambda _: budget)
    monkeypatch.setattr("wavvy.index.search.WARPED_SHARE", share)
    query = query_of(played(tracks[60][7 * 8000 : 13 * 8000], 1.03))

    assert (60 in find_warped(index.snapshot(), query, warp_grid()).tracks) == found


def at_plain_speed(track_ids: list[int], offsets: list[float]) -> Found:
    """Return places as a search without warps would find them, the first the likeliest."""
    count = len(track_ids)
    some = np.full(count, 30)
    evidence, plain = np.linspace(60, 50, count), np.ones(count)
    return Found(
        np.array(track_ids), np.array(offsets), some, evidence, 3 * some, some, plain, plain
    )


def test_what_was_found_is_put_right_if_it_plays_a_little_faster(
    tmp_path: Path, tracks: dict[int, F32], fingerprints: dict[int, Fingerprint]
) -> None:
    index = Index(tmp_path, DEFAULT, threading.RLock())
    for track in (50, 60):  # each in a segment of its own
        index.add([(track, fingerprints[track])])
    query = query_of(played(tracks[60][7 * 8000 : 13 * 8000], 1.01))
    places = at_plain_speed([50, 60], [100.0, 7 * 50 + 1.0])

    found = search_skewed(index.snapshot(), places, query.image, DEFAULT)
    best = int(np.argmax(found.evidence))
    assert found.tracks[best] == 60
    assert found.offsets[best] == pytest.approx(7 * 50, abs=3)
    assert (found.times[best], found.pitches[best]) == pytest.approx((1.01, 1.01), abs=0.003)
    assert found.evidence[best] > 100
    assert found.votes[best] == 30

    index.remove([60])
    left = search_skewed(index.snapshot(), places, query.image, DEFAULT)
    assert 60 not in left.tracks
    assert not search_skewed(index.snapshot(), joined([]), query.image, DEFAULT).tracks.size


def test_a_skew_must_fit_better_than_any_place_does_without(
    tmp_path: Path, tracks: dict[int, F32], fingerprints: dict[int, Fingerprint]
) -> None:
    """However the tracks are spread over segments, and however often a place was found."""
    query = query_of(tracks[60][7 * 8000 : 13 * 8000])
    right, wrong = at_plain_speed([60], [350.0]), at_plain_speed([50] * 4, [90.0, 200, 310, 420])
    for name, batches in {"one": [(50, 60)], "two": [(50,), (60,)]}.items():
        index = Index(tmp_path / name, DEFAULT, threading.RLock())
        for batch in batches:
            index.add([(track, fingerprints[track]) for track in batch])
        tried = partial(search_skewed, index.snapshot(), image=query.image, params=DEFAULT)

        assert not tried(found=joined([right, right, right, wrong])).tracks.size
        assert tried(found=wrong).tracks.size, "luck would do, if nothing fitted"


def test_the_same_place_found_again_takes_no_other_ones(
    index: Index, tracks: dict[int, F32]
) -> None:
    query = query_of(played(tracks[60][7 * 8000 : 13 * 8000], 1.01))
    wrong = at_plain_speed([50], [90.0])
    right = at_plain_speed([60], [351.0])
    found = joined([wrong] * 5 + [right._replace(evidence=wrong.evidence - 5)])

    best = search_skewed(index.snapshot(), found, query.image, DEFAULT)
    assert best.tracks[best.evidence.argmax()] == 60


def test_only_likely_places_are_tried_with_a_skew(
    index: Index, tracks: dict[int, F32], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def noted(segment: Segment, candidates: Candidates, *rest: Any) -> tuple[Candidates, Warps]:
        tried.extend(candidates.offsets.tolist())
        return skewed(segment, candidates, *rest)

    monkeypatch.setattr("wavvy.index.search.skewed", noted)
    query = query_of(tracks[60][7 * 8000 : 13 * 8000])
    for evidence, count in (
        ([60.0, 50.0, 10.0], 2),
        ([60.0, 20.0, 16.0], 3),
        ([60.0] * 9, SKEWED_PLACES),
    ):
        tried.clear()
        places = at_plain_speed([60] * len(evidence), [100.0 * i for i in range(len(evidence))])
        found = places._replace(evidence=np.array(evidence))
        search_skewed(index.snapshot(), found, query.image, DEFAULT)
        assert len(tried) == count


def test_what_is_sharpened_to_no_skew_is_none(
    index: Index, tracks: dict[int, F32], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavvy.index.search.BETTER", 0.0)
    query = query_of(tracks[60][7 * 8000 : 13 * 8000])
    found = search_skewed(index.snapshot(), at_plain_speed([60], [350.0]), query.image, DEFAULT)

    assert not found.plain.any()


def test_silence_has_no_warped_candidates(index: Index) -> None:
    silence = query_of(np.zeros(16_000, np.float32), noise=0.0)
    assert not find_warped(index.snapshot(), silence, warp_grid()).tracks.size


def test_what_hardly_agrees_is_no_candidate_of_a_warp(
    index: Index, tracks: dict[int, F32], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def screened(
        segment: Segment, offsets: I64, warps: Warps, image: QueryImage, low_bin: int
    ) -> F64:
        seen.append(offsets.size)
        return screen(segment, offsets, warps, image, low_bin)

    monkeypatch.setattr("wavvy.index.search.screen", screened)
    query = query_of(played(tracks[60][7 * 8000 : 13 * 8000], 1.03))
    votes = find_warped(index.snapshot(), query, warp_grid()).votes
    few = sum(seen)
    monkeypatch.setattr("wavvy.index.search.WARPED_VOTES", 1)
    find_warped(index.snapshot(), query, warp_grid())

    assert votes.min() >= WARPED_VOTES
    assert 0 < few < sum(seen) / 3


def test_what_luck_explains_is_not_sharpened(
    index: Index, tracks: dict[int, F32], monkeypatch: pytest.MonkeyPatch
) -> None:
    weighed: list[F64] = []

    def weigh_and_tell(*given: Any) -> Evidence:
        evidence = weigh(*given)
        weighed.append(evidence.total)
        return evidence

    monkeypatch.setattr("wavvy.index.search.weigh", weigh_and_tell)
    monkeypatch.setattr("wavvy.index.search.WARPED_VOTES", 1)
    query = query_of(played(music(4711)[7 * 8000 : 13 * 8000], 1.03))  # in no track
    found = find_warped(index.snapshot(), query, warp_grid())
    segments = len(index.snapshot().segments)
    nominated, sharpened = map(np.concatenate, (weighed[:segments], weighed[segments:]))

    assert found.tracks.size == sharpened.size == (nominated > 0).sum()
    assert sharpened.size < min(SHARPENED, nominated.size)
