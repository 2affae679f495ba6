from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.params import DEFAULT
from wavvy.index.found import Found, joined
from wavvy.index.search import (
    Effort,
)
from wavvy.index.tally import Tally
from wavvy.library import Wavvy
from wavvy.match import Match
from wavvy.query import WINDOW_SECONDS, Query
from wavvy.recognizer import (
    AT_A_GLANCE,
    HURRIED,
    IN_PASSING,
    Moment,
    Recognizer,
    Session,
)

RATE = DEFAULT.sample_rate
Samples = np.ndarray
Melody = Callable[..., Samples]

TENTHS = list(range(RATE // 10, 8 * RATE, RATE // 10))
"""Where eight seconds are cut if they come as from a microphone."""


@pytest.fixture(scope="module")
def track(melody: Melody) -> Samples:
    """Tune 2, as in the library but made at its rate."""
    return melody(2, 24.0, RATE)


def heard(session: Session, samples: Samples, cuts: list[int] | None = None) -> list[Moment]:
    moments = []
    for start, stop in pairwise([0, *sorted(cuts or []), samples.size]):
        moments += session.push(samples[start:stop])
    return [*moments, session.finish()]


def best(moment: Moment) -> Match:
    return moment.matches[0]


@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, 4 * RATE), max_size=6))
def test_a_stream_does_not_depend_on_how_it_was_cut(
    recognizer: Recognizer, track: Samples, cuts: list[int]
) -> None:
    samples = track[5 * RATE : 9 * RATE]
    assert heard(recognizer.stream(), samples, cuts) == heard(recognizer.stream(), samples)


@settings(max_examples=5, deadline=None)
@given(cuts=st.lists(st.integers(0, 17 * RATE), max_size=6))
def test_a_clip_does_not_depend_on_how_it_was_cut(
    recognizer: Recognizer, track: Samples, cuts: list[int]
) -> None:
    samples = track[: 17 * RATE]
    assert heard(recognizer.clip(), samples, cuts) == heard(recognizer.clip(), samples)


def test_a_stream_ends_with_what_a_clip_of_it_gives(recognizer: Recognizer, track: Samples) -> None:
    samples = track[5 * RATE : 9 * RATE]
    stream, clip = (
        heard(session, samples)[-1] for session in (recognizer.stream(), recognizer.clip())
    )
    assert stream._replace(peaks=[]) == clip._replace(peaks=[])


def test_sample_by_sample_is_the_same_as_at_once(recognizer: Recognizer, track: Samples) -> None:
    samples = track[: round(1.3 * RATE)]
    session = recognizer.stream()
    moments = list(session.push(samples[: RATE - 20]))
    for i in range(RATE - 20, RATE + 20):
        moments += session.push(samples[i : i + 1])
    moments += [*session.push(samples[RATE + 20 :]), session.finish()]
    assert moments == heard(recognizer.stream(), samples)


def test_a_stream_is_asked_from_the_first_second_on(recognizer: Recognizer, track: Samples) -> None:
    times = [moment.elapsed_ms for moment in heard(recognizer.stream(), track[: 3 * RATE])]
    assert times[:5] == [1000, 1250, 1500, 1750, 2000]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("factor", "times", "at_end"),
    [
        (
            1.5,
            [1000, 1400, 1800, 2200, 2700, 3300, 4000, 4800, 5700, 6800],
            ["search", "search_warped"],
        ),
        (4.0, [2000, 3000, 4500, 6800], []),
    ],
)
def test_a_calm_stream_is_asked_more_seldom(
    recognizer: Recognizer,
    melody: Melody,
    monkeypatch: pytest.MonkeyPatch,
    factor: float,
    times: list[int],
    at_end: list[str],
) -> None:
    asked: list[str] = []
    for name in ("search", "search_warped"):  # with a wide reach, and by warps
        search = getattr(Recognizer, name)

        def noted(*args: Any, name: str = name, search: Any = search, **more: Any) -> Any:
            asked.append(name)
            return search(*args, **more)

        monkeypatch.setattr(Recognizer, name, noted)
    samples = melody(150, 8.0, RATE)  # not in the library
    eager, calm = recognizer.stream(), recognizer.stream()
    calm.calm = factor
    *moments, last = heard(eager, samples)
    eagerly = len(asked)
    *seldom, end = heard(calm, samples, TENTHS)
    assert [moment.elapsed_ms for moment in seldom] == times
    assert len(moments) > len(seldom)
    if "search_warped" in at_end:
        assert end._replace(peaks=[]) == last._replace(peaks=[])
    assert eagerly > 2
    assert asked[eagerly:] == at_end, "at the end alone, without warps where time is short"


@pytest.fixture(scope="module")
def in_noise(track: Samples) -> Samples:
    """Eight seconds of the track, so noisy that little of it is recognised at first."""
    noise = np.random.default_rng(1).normal(scale=0.3, size=8 * RATE)
    return (track[5 * RATE : 13 * RATE] + noise).astype(np.float32)


def test_a_calm_stream_does_not_wait_once_an_answer_is_near(
    recognizer: Recognizer, melody: Melody, in_noise: Samples
) -> None:
    unknown, known = recognizer.stream(), recognizer.stream()
    unknown.calm = known.calm = 8.0
    far, near = (
        heard(stream, samples, TENTHS)
        for stream, samples in ((unknown, melody(150, 8.0, RATE)), (known, in_noise))
    )
    assert [moment.elapsed_ms for moment in far[:2]] == [2000, 4000]
    assert not best(near[0]).accepted
    assert [moment.elapsed_ms for moment in near[:2]] == [2000, 2300]


def test_a_calm_stream_is_asked_once_about_what_comes_together(
    recognizer: Recognizer, in_noise: Samples
) -> None:
    eager, calm = recognizer.stream(), recognizer.stream()
    calm.calm = 1.5
    halves = [4 * RATE]
    assert len(heard(eager, in_noise, halves)) > 10
    assert [moment.elapsed_ms for moment in heard(calm, in_noise, halves)] == [4000, 8000, 8000]


@pytest.mark.parametrize(("calm", "closer"), [(1.9, True), (HURRIED, False)])
def test_a_hurried_stream_looks_closer_where_an_answer_is_near(
    recognizer: Recognizer,
    melody: Melody,
    in_noise: Samples,
    monkeypatch: pytest.MonkeyPatch,
    calm: float,
    closer: bool,
) -> None:
    search_on = Recognizer.search_on
    efforts: list[Effort | None] = []

    def noted(self: Recognizer, query: Query, tally: Tally, effort: Effort | None = None) -> Found:
        efforts.append(effort)
        return search_on(self, query, tally, effort)

    monkeypatch.setattr(Recognizer, "search_on", noted)
    unknown = recognizer.stream()
    unknown.calm = calm
    *moments, _ = heard(unknown, melody(150, 8.0, RATE), TENTHS)
    in_passing = efforts[: len(moments)]
    assert set(in_passing) == {IN_PASSING if closer else AT_A_GLANCE}
    assert efforts[len(moments) :] == [AT_A_GLANCE], "with time to spare it then looks wide"

    efforts.clear()
    known = recognizer.stream()
    known.calm = calm
    *moments, _ = heard(known, in_noise, TENTHS)
    assert any(best(moment).accepted for moment in moments)
    assert IN_PASSING in efforts[: len(moments)]


@pytest.mark.parametrize("calm", [1.0, HURRIED])
def test_what_is_recognised_in_noise_is_tried_at_other_tempos_and_warped_no_more(
    recognizer: Recognizer, in_noise: Samples, monkeypatch: pytest.MonkeyPatch, calm: float
) -> None:
    asked: list[Found] = []
    search_skewed = Recognizer.search_skewed

    def noted(recognizer: Recognizer, query: Query, found: Found) -> Found:
        asked.append(search_skewed(recognizer, query, found))
        return asked[-1]

    monkeypatch.setattr(Recognizer, "search_skewed", noted)
    monkeypatch.setattr(Recognizer, "search_warped", None)
    stream = recognizer.stream()
    stream.calm = calm
    match = best(heard(stream, in_noise)[-1])

    assert match.accepted
    assert (match.time_skew, match.frequency_skew) == (0, 0)
    assert asked
    assert not any(found.tracks.size for found in asked), "it plays as the track does"


@pytest.mark.parametrize("tempo", [0.96, 0.97, 1.03])
def test_another_tempo_is_told_where_the_track_was_found(
    recognizer: Recognizer, melody: Melody, monkeypatch: pytest.MonkeyPatch, tempo: float
) -> None:
    monkeypatch.setattr(Recognizer, "search_warped", None)
    samples = melody(2, 9.0, RATE, tempo)[3 * RATE :]
    match = best(heard(recognizer.clip(), samples[: 5 * RATE])[-1])

    assert (match.track_id, match.accepted) == (3, True)
    assert match.time_skew == pytest.approx(tempo - 1, abs=0.008)
    assert match.frequency_skew == 0
    assert match.track_begin_ms - tempo * match.begin_ms == pytest.approx(3000 * tempo, abs=50)
    assert match.coverage > 0.65


@pytest.mark.parametrize("tempo", [0.94, 0.96, 1.04, 1.06])
def test_a_live_stream_at_another_tempo_is_not_kept_waiting(
    recognizer: Recognizer, melody: Melody, monkeypatch: pytest.MonkeyPatch, tempo: float
) -> None:
    """The place that it was found at is no other than that at its tempo."""
    monkeypatch.setattr(Recognizer, "search_warped", None)
    samples = melody(2, 8.0, RATE, tempo)[3 * RATE :]
    moments = list(recognizer.stream().push(samples[: round(3.2 * RATE)]))

    assert all(best(moment).accepted for moment in moments if moment.elapsed_ms >= 1500)
    assert best(moments[-1]).time_skew == pytest.approx(tempo - 1, abs=0.02)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[Found]:
    """Give what is tried with a skew from now on: whatever is found, as all of it is near."""
    tried: list[Found] = []
    monkeypatch.setattr(
        Recognizer, "search_skewed", lambda _, __, found: tried.append(found) or joined([])
    )
    monkeypatch.setattr("wavvy.recognizer.NEAR", 0.0)
    return tried


@pytest.mark.parametrize(("calm", "expected"), [(1.0, False), (HURRIED, True)])
def test_what_is_only_near_at_the_end_is_tried_with_a_skew_if_no_warps_are(
    recognizer: Recognizer, in_noise: Samples, tried: list[Found], calm: float, expected: bool
) -> None:
    stream = recognizer.stream()
    stream.calm = calm
    samples = in_noise[: 9 * RATE // 10]
    assert not list(stream.push(samples)), "it is asked at its end alone"

    assert not best(stream.finish()).accepted
    assert bool(tried) == expected


def test_what_is_only_near_after_something_was_recognised_is_tried_with_a_skew(
    recognizer: Recognizer, track: Samples, tried: list[Found]
) -> None:
    noise = np.random.default_rng(4).normal(scale=0.1, size=14 * RATE)
    clip = recognizer.clip()
    first, *_ = clip.push(np.concatenate([track[: 10 * RATE], noise]).astype(np.float32))
    assert best(first).accepted
    tried.clear()
    last = clip.finish()

    assert last.matches
    assert not best(last).accepted
    assert tried


def test_short_noisy_clips_are_not_told_to_be_faster(
    recognizer: Recognizer, track: Samples
) -> None:
    noise = np.random.default_rng(5).normal(scale=0.1, size=round(1.5 * RATE))
    skewed = []
    for start in range(0, 20 * RATE, RATE // 2):
        clip = (track[start : start + noise.size] + noise).astype(np.float32)
        match = best(heard(recognizer.clip(), clip)[-1])
        if match.accepted:
            skewed.append(match.time_skew != 0)

    assert len(skewed) > 20
    assert sum(skewed) <= 1, "one may be by chance"


def test_a_clip_is_asked_once_for_each_window(recognizer: Recognizer, track: Samples) -> None:
    moments = heard(recognizer.clip(), track)
    times = [moment.elapsed_ms for moment in moments]
    assert times[0] == 1000 * WINDOW_SECONDS
    assert times[-1] == 24_000
    assert all(later - earlier < 1000 * WINDOW_SECONDS for earlier, later in pairwise(times)), (
        "windows overlap"
    )
    for moment in moments:
        match = best(moment)
        assert (match.track_id, match.accepted) == (3, True)
        assert match.track_begin_ms == pytest.approx(match.begin_ms, abs=50)
        assert match.end_ms == pytest.approx(moment.elapsed_ms, abs=20)
        assert match.end_ms - match.begin_ms == pytest.approx(10_000, abs=300)


@pytest.mark.parametrize("start", [0.0, 0.007, 3.0, 7.777, 19.0])
@pytest.mark.parametrize("seconds", [3.0, 5.0])
def test_offsets_are_right(
    recognizer: Recognizer, track: Samples, start: float, seconds: float
) -> None:
    samples = track[round(start * RATE) : round((start + seconds) * RATE)]
    (moment,) = heard(recognizer.clip(), samples)
    match = best(moment)
    assert (match.track_id, match.accepted) == (3, True)
    assert match.score > 0.99
    begin = match.track_begin_ms - match.begin_ms
    assert begin == pytest.approx(1000 * start, abs=50)
    assert match.matched_landmarks > 50
    assert match.matched_landmarks <= moment.landmarks


def test_a_clip_that_begins_before_the_track_does(recognizer: Recognizer, track: Samples) -> None:
    quiet = 0.001 * np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)
    (moment,) = heard(recognizer.clip(), np.concatenate((quiet, track[: 4 * RATE])))
    match = best(moment)
    assert (match.track_id, match.accepted) == (3, True)
    assert match.begin_ms == pytest.approx(2000, abs=50)
    assert match.track_begin_ms == 0


def test_each_track_is_named_once_best_first(recognizer: Recognizer, track: Samples) -> None:
    (moment,) = heard(recognizer.clip(), track[: 5 * RATE])
    ids = [match.track_id for match in moment.matches]
    assert len(set(ids)) == len(ids) > 1
    scores = [match.score for match in moment.matches]
    assert scores == sorted(scores, reverse=True)
    threshold = recognizer.calibration.threshold
    assert [match.accepted for match in moment.matches] == [s >= threshold for s in scores]


def test_a_stream_asks_for_more_than_a_clip(recognizer: Recognizer, track: Samples) -> None:
    session = recognizer.stream()
    moments = list(session.push(track[5 * RATE : 8 * RATE]))
    accepted = [bool(m.matches) and best(m).accepted for m in moments]
    enough = [
        bool(m.matches) and best(m).score >= recognizer.calibration.threshold for m in moments
    ]
    assert any(accepted)
    assert accepted.index(True) >= enough.index(True)
    assert accepted[-1]


def test_other_music_is_not_accepted(recognizer: Recognizer, melody: Melody) -> None:
    for seed in range(100, 106):
        for moment in heard(recognizer.stream(), melody(seed, 5.0, RATE)):
            assert not any(match.accepted for match in moment.matches)


def test_peaks_are_reported_once_and_in_order(recognizer: Recognizer, track: Samples) -> None:
    moments = heard(recognizer.stream(), track[: 4 * RATE])
    peaks = [peak for moment in moments for peak in moment.peaks]
    assert len(peaks) > 100
    assert len(set(peaks)) == len(peaks)
    assert [time for time, _ in peaks] == sorted(time for time, _ in peaks)
    for moment in moments:
        assert all(0 <= time <= moment.elapsed_ms for time, _ in moment.peaks)
    assert all(140 < hertz < 3900 for _, hertz in peaks)


@pytest.mark.parametrize("samples", [0, 3, DEFAULT.window - 1, DEFAULT.window])
def test_next_to_nothing_matches_nothing(
    recognizer: Recognizer, track: Samples, samples: int
) -> None:
    (moment,) = heard(recognizer.clip(), track[:samples])
    assert (moment.landmarks, moment.matches) == (0, [])
    assert bool(moment.peaks) == (samples == DEFAULT.window)


def test_an_empty_index_matches_nothing(empty: Wavvy, track: Samples) -> None:
    (moment,) = heard(empty.recognizer.clip(), track[: 3 * RATE])
    assert moment.landmarks > 100
    assert moment.matches == []


@pytest.mark.parametrize("speed", [0.96, 1.04])
def test_a_clip_that_plays_faster_or_slower_is_recognised(
    recognizer: Recognizer, track: Samples, speed: float
) -> None:
    part = track[4 * RATE : 12 * RATE]
    samples = np.interp(np.arange(0, part.size - 1, speed), np.arange(part.size), part)
    samples = samples[: 7 * RATE].astype(np.float32)
    match = best(heard(recognizer.clip(), samples)[-1])
    assert match.accepted
    assert match.track_id == best(heard(recognizer.clip(), part)[-1]).track_id
    assert match.time_skew == pytest.approx(speed - 1, abs=0.005)
    assert match.frequency_skew == pytest.approx(speed - 1, abs=0.003)
    assert match.track_begin_ms == pytest.approx(4000, abs=60)
    streamed = [m for moment in heard(recognizer.stream(), samples) for m in moment.matches]
    assert any(m.accepted and m.track_id == match.track_id for m in streamed)
