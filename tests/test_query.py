from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.landmarks import query_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import Peaks
from wavvy.dsp.warp import PLAIN, Warp
from wavvy.query import (
    SHIFTS,
    WARPED_FAN_OUT,
    WINDOW_SECONDS,
    GrowingQuery,
    Query,
    warped_landmarks,
)

RATE = DEFAULT.sample_rate
HALF_FRAME = DEFAULT.hop // SHIFTS
Samples = np.ndarray
Melody = Callable[..., Samples]


@pytest.fixture(scope="module")
def music(melody: Melody) -> Samples:
    return melody(3, 13.0, RATE)


def grown(samples: Samples, cuts: list[int] | None = None) -> GrowingQuery:
    growing = GrowingQuery(DEFAULT)
    for start, stop in pairwise([0, *sorted(cuts or []), samples.size]):
        growing.push(samples[start:stop])
    return growing


def assert_same(one: Query, other: Query) -> None:
    assert (one.start, one.half_frames) == (other.start, other.half_frames)
    for left, right in (
        *zip(one.peaks, other.peaks, strict=True),
        *zip(one.landmarks, other.landmarks, strict=True),
        *zip(one.image, other.image, strict=True),
    ):
        np.testing.assert_array_equal(left, right)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 13 * RATE), max_size=6))
def test_a_query_does_not_depend_on_how_the_samples_were_cut(
    music: Samples, cuts: list[int]
) -> None:
    assert_same(grown(music, cuts).query(), grown(music, [12 * RATE]).query())


def test_asking_changes_nothing(music: Samples) -> None:
    asked = GrowingQuery(DEFAULT)
    for start in range(0, music.size, RATE):
        asked.push(music[start : start + RATE])
        asked.query()
    assert_same(asked.query(), grown(music, list(range(RATE, music.size, RATE))).query())


def test_only_the_last_seconds_are_kept(music: Samples) -> None:
    query = grown(music).query()
    frames = 1 + (music.size - DEFAULT.window) // HALF_FRAME
    assert query.half_frames == WINDOW_SECONDS * RATE // HALF_FRAME
    assert query.start == frames - query.half_frames
    assert query.image.whitened.shape == (query.half_frames, DEFAULT.bins)
    times = query.peaks.frames - query.start
    assert times.min() >= 0
    assert times.max() < query.half_frames
    assert np.all(np.diff(query.peaks.frames) >= 0)
    assert query.landmarks.frames.min() >= 0
    assert query.landmarks.frames.max() < query.half_frames


def test_memory_does_not_grow_with_the_stream(music: Samples) -> None:
    growing = GrowingQuery(DEFAULT)
    sizes = []
    for _ in range(4):
        growing.push(music)
        sizes.append((growing.levels.nbytes, growing.query().peaks.frames.size))
    (_, *peaks) = [size for _, size in sizes]
    assert len({levels for levels, _ in sizes}) == 1
    assert max(peaks) < 1.2 * min(peaks)


@pytest.mark.parametrize("samples", [0, 3, DEFAULT.window - 1])
def test_less_than_a_window_holds_nothing(samples: int) -> None:
    query = grown(np.ones(samples, np.float32)).query()
    assert (query.start, query.half_frames) == (0, 0)
    assert query.peaks.frames.size == query.landmarks.hashes.size == 0


def test_one_window_is_one_half_frame(music: Samples) -> None:
    assert grown(music[: DEFAULT.window]).query().half_frames == 1


def test_silence_has_no_landmarks() -> None:
    query = grown(np.zeros(3 * RATE, np.float32)).query()
    assert query.half_frames == 1 + (3 * RATE - DEFAULT.window) // HALF_FRAME
    assert query.peaks.frames.size == query.landmarks.hashes.size == 0
    assert not query.image.occupied.any()


def test_landmarks_of_no_warp_are_the_plain_ones(music: Samples) -> None:
    query = grown(music[: 5 * RATE]).query()
    plain = set()
    for shift in range(SHIFTS):
        of_shift = query.peaks.frames % SHIFTS == shift
        peaks = Peaks(query.peaks.frames[of_shift] // SHIFTS, query.peaks.freqs[of_shift])
        found = query_landmarks(peaks, DEFAULT, fan_out=WARPED_FAN_OUT)
        plain |= set(
            zip(found.hashes.tolist(), (SHIFTS * found.frames + shift).tolist(), strict=True)
        )
    warped = warped_landmarks(query, DEFAULT, PLAIN)
    assert set(zip(warped.hashes.tolist(), warped.frames.tolist(), strict=True)) == plain


@pytest.mark.parametrize("warp", [Warp(1.1, 0.8), Warp(0.9, 1.25)])
def test_warped_landmarks_lie_where_the_track_would_have_them(music: Samples, warp: Warp) -> None:
    query = grown(music[: 5 * RATE]).query()
    landmarks = warped_landmarks(query, DEFAULT, warp)
    assert landmarks.hashes.size > 100
    assert int(landmarks.hashes.max()) < 1 << 22
    assert landmarks.frames.max() == pytest.approx(
        warp.time * (query.peaks.frames.max() - query.start), abs=2 * DEFAULT.pair_max_frames
    )
    slow = warped_landmarks(query, DEFAULT, Warp(0.5, warp.pitch))
    assert slow.frames.max() < landmarks.frames.max()
