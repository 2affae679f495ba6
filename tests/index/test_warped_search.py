from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.index.asking import find, music, query_of

from wavvy.dsp.arrays import F32, F64, I64
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.warp import Warp, warp_grid
from wavvy.index.found import Found, joined
from wavvy.index.image import QueryImage
from wavvy.index.placement import Warps
from wavvy.index.screening import screen
from wavvy.index.search import (
    SHARPENED,
    SKEWED_PLACES,
    WARPED,
    WARPED_VOTES,
    search_skewed,
    search_warped,
)
from wavvy.index.segment import Segment
from wavvy.index.skew import skewed
from wavvy.index.snapshot import Snapshot
from wavvy.index.store import Index
from wavvy.index.votes import Candidates
from wavvy.index.witnesses import Evidence, weigh
from wavvy.query import Query, warped_landmarks
from wavvy.recognizer import WARPED_RANK


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
