"""What an explanation says of clips of the shared library."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from wavvy import library
from wavvy.explain.explanation import Explanation
from wavvy.library import Wavvy
from wavvy.recognition import Recognition

RATE = 16000
Samples = np.ndarray[Any, np.dtype[np.float32]]
Melody = Callable[..., Samples]


def noise(seconds: float, level: float = 0.1) -> Samples:
    hiss = np.random.default_rng(7).standard_normal(round(seconds * RATE))
    return (level * hiss).astype(np.float32)


def why(answer: Recognition) -> Explanation:
    assert answer.explanation is not None
    return answer.explanation


def explained(library: Wavvy, clip: Samples) -> Explanation:
    return why(library.identify(clip, RATE, explain=True))


@pytest.fixture(scope="module")
def clean(shared: Wavvy, clip: Samples) -> Explanation:
    return explained(shared, clip)


@pytest.fixture(scope="module")
def unknown(shared: Wavvy, melody: Melody) -> Explanation:
    return explained(shared, melody(100, 5.0))


def test_there_is_none_unless_asked(shared: Wavvy, clip: Samples) -> None:
    answer = shared.identify(clip, RATE)
    assert answer.explanation is None
    assert "explanation" not in answer.to_dict()


def test_asking_why_changes_no_answer(shared: Wavvy, clip: Samples) -> None:
    asked = shared.identify(clip, RATE, explain=True)
    assert asked.results == shared.identify(clip, RATE).results
    assert asked.to_dict()["explanation"]["reason"] == "matched"


def test_a_clean_match(clean: Explanation) -> None:
    found = sum(matched for _, _, matched in clean.reference_landmarks)
    total = len(clean.reference_landmarks)
    assert (clean.reason, clean.begin_ms) == ("matched", 0)
    assert clean.end_ms == pytest.approx(5000, abs=20)
    assert clean.candidate is not None
    assert (clean.candidate.track.title, clean.candidate.accepted) == ("Tune 2", True)
    assert clean.candidate.track_begin_ms == pytest.approx(7000, abs=30)
    assert clean.matched_share == found / total > 0.7 > 3 * clean.luck_share > 0
    assert clean.summary.startswith(f"{found} of {total} peaks of the track are in the clip; luck")
    assert total > 100


def test_an_unknown_clip_is_told_from_a_match(clean: Explanation, unknown: Explanation) -> None:
    assert unknown.reason == "luck_as_likely"
    assert unknown.candidate is not None
    assert not unknown.candidate.accepted
    assert unknown.candidate.track.title in unknown.summary
    assert unknown.matched_share < 0.5 * clean.matched_share
    assert len(unknown.pairs) < 0.1 * len(clean.pairs)


def test_peaks_lie_in_the_window(clean: Explanation) -> None:
    for points in (clean.query_landmarks, [(t, f) for t, f, _ in clean.reference_landmarks]):
        times, hertz = np.array(points).T
        assert clean.begin_ms <= times.min() < times.max() <= clean.end_ms
        assert 140 < hertz.min() < hertz.max() < 3900
    assert len(clean.query_landmarks) > len(clean.reference_landmarks), "a query is denser"


def test_matched_peaks_have_a_peak_of_the_clip_beside_them(clean: Explanation) -> None:
    clip = np.array(clean.query_landmarks)
    for time, hertz, matched in clean.reference_landmarks:
        beside = np.abs(clip - (time, hertz)) <= (60, 8)
        if matched:
            assert beside.all(axis=1).any()


def test_pairs_join_peaks_of_the_clip(clean: Explanation) -> None:
    peaks = set(clean.query_landmarks)
    assert 50 < len(clean.pairs) <= 500
    for t1, f1, t2, f2 in clean.pairs:
        assert {(t1, f1), (t2, f2)} <= peaks
        assert 100 <= t2 - t1 <= 2600
        assert abs(f2 - f1) <= 490


def test_votes_gather_at_the_answer(clean: Explanation, unknown: Explanation) -> None:
    for told, leads in ((clean, True), (unknown, False)):
        assert told.candidate is not None
        votes = told.offset_histogram
        (own,) = [
            count
            for start, count in votes.bins
            if start <= told.candidate.track_begin_ms < start + votes.bin_ms
        ]
        assert (own > 20 * votes.background) == leads
        assert 1 <= votes.background < 20
        assert (own == max(count for _, count in votes.bins)) or not leads


def test_the_score_grows_past_the_threshold(shared: Wavvy, clip: Samples) -> None:
    answer = shared.identify(clip, RATE, explain=True)
    growth = why(answer).score_by_time
    times, scores, others = zip(*growth, strict=True)
    assert scores[0] < why(answer).threshold < scores[-1] == answer.results[0].match.score
    assert max(others) < why(answer).threshold
    assert len(growth) == 20
    assert times[-1] == pytest.approx(why(answer).end_ms, abs=1)
    assert {later - sooner for sooner, later in pairwise(times[:-1])} == {250}


def test_the_score_of_an_unknown_clip_does_not(unknown: Explanation) -> None:
    assert max(score for _, score, _ in unknown.score_by_time) < unknown.threshold


@pytest.mark.parametrize("block", [RATE, 7777, 36 * RATE])
def test_the_window_is_the_one_that_was_answered_from(
    shared: Wavvy, melody: Melody, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """Twelve seconds of noise, twelve of the track, twelve of noise; however it comes in."""
    clip = np.concatenate((noise(12), melody(2, 17.0)[5 * RATE :], noise(12)))
    whole = library._blocks
    monkeypatch.setattr(
        library,
        "_blocks",
        lambda *given: (
            samples[start : start + block]
            for samples in whole(*given)
            for start in range(0, samples.size, block)
        ),
    )
    answer = shared.identify(clip, RATE, explain=True)
    told, (result,) = why(answer), answer.to_dict()["results"]
    assert told.begin_ms == result["sample_begin_time_offset_ms"] > 9000
    assert told.end_ms == result["sample_end_time_offset_ms"] < 26_000
    assert told.candidate is not None
    assert told.candidate.track_begin_ms == result["db_begin_time_offset_ms"]
    assert told.begin_ms < told.query_landmarks[0][0] < told.query_landmarks[-1][0] < told.end_ms
    assert told.begin_ms < told.score_by_time[0][0] < told.score_by_time[-1][0] <= told.end_ms + 1
    assert told.score_by_time[-2][1] > 0.9, "what is heard again is what was heard"
    assert told.matched_share > 0.6


def test_a_clip_that_begins_before_its_track(shared: Wavvy, melody: Melody) -> None:
    clip = np.concatenate((noise(2, 0.02), melody(2, 4.0)))
    answer = shared.identify(clip, RATE, explain=True)
    candidate = why(answer).candidate
    assert candidate is not None
    assert candidate.track_begin_ms == pytest.approx(-2000, abs=40)
    assert min(time for time, _, _ in why(answer).reference_landmarks) > 2000
    assert answer.to_dict()["results"][0]["db_begin_time_offset_ms"] == 0


def test_lists_are_bounded_for_the_longest_window(shared: Wavvy, melody: Melody) -> None:
    told = explained(shared, melody(2, 24.0))
    data = told.to_dict()
    assert told.end_ms - told.begin_ms <= 10_300
    assert len(told.query_landmarks) < 1500
    assert len(told.reference_landmarks) < 400
    assert len(told.pairs) <= 500
    assert len(told.offset_histogram.bins) <= 500
    assert len(told.score_by_time) <= 21
    assert len(json.dumps(data)) < 100_000


@pytest.mark.parametrize(
    ("clip", "reason"),
    [
        (np.zeros(0, np.float32), "too_short"),
        (noise(0.1), "too_short"),
        (noise(1.0), "too_short"),
        (np.zeros(4000, np.float32), "too_short"),
        (np.zeros(3 * RATE, np.float32), "silent"),
        (np.zeros(15 * RATE, np.float32), "silent"),
    ],
)
def test_what_cannot_be_judged_is_explained(shared: Wavvy, clip: Samples, reason: str) -> None:
    answer = shared.identify(clip, RATE, explain=True)
    told = why(answer)
    assert answer.results == []
    assert told.reason == reason
    assert told.end_ms <= round(1000 * clip.size / RATE)
    assert json.loads(json.dumps(told.to_dict()))["reason"] == reason


def test_an_empty_library_is_the_reason(empty: Wavvy, clip: Samples) -> None:
    told = explained(empty, clip)
    assert (told.reason, told.candidate) == ("empty_library", None)
    assert len(told.query_landmarks) > 100
    assert told.reference_landmarks == told.pairs == told.score_by_time == []
    assert told.offset_histogram.bins == []


def test_a_lower_threshold_is_the_one_explained(shared: Wavvy, melody: Melody) -> None:
    answer = shared.identify(melody(100, 5.0), RATE, min_score=0.0, limit=1, explain=True)
    told = why(answer)
    assert told.candidate is not None
    assert told.candidate.track == answer.results[0].track
    assert (told.threshold, told.candidate.accepted, told.reason) == (0.0, True, "matched")
