from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.fingerprint import fingerprint_blocks
from wavvy.dsp.landmarks import CELL, Landmarks, query_landmarks, reference_landmarks, unpack
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import SUBBINS, Peaks
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


def playing(peaks: Peaks, start: int) -> Query:
    """Return a query of these peaks, whose frames are half-frames from ``start``."""
    shifted = Peaks(peaks.frames + np.int32(start), peaks.freqs)
    return grown(np.zeros(RATE, np.float32)).query()._replace(start=start, peaks=shifted)


def as_peaks(points: list[tuple[int, int]]) -> Peaks:
    frames, freqs = zip(*points, strict=True)
    return Peaks(np.array(frames, np.int32), np.array(freqs, np.uint16))


@pytest.mark.parametrize("start", [0, 7])
@pytest.mark.parametrize("warp", [PLAIN, Warp(1.1, 1.05), Warp(0.9, 1.0), Warp(1.0, 0.9)])
def test_a_warped_landmark_has_the_times_and_frequencies_of_the_track(
    start: int, warp: Warp
) -> None:
    """Two peaks 60 half-frames apart; a third between them is of the other analysis."""
    query = playing(as_peaks([(100, 6400), (131, 6500), (160, 6900)]), start)
    ((name, frame),) = zip(*warped_landmarks(query, DEFAULT, warp), strict=True)

    first, second = (round(half_frame * warp.time / 2) for half_frame in (100, 160))
    low, high = (round(freq / warp.pitch) // CELL for freq in (6400, 6900))
    assert [int(field) for field in unpack(name)] == [low, high - low, second - first]
    assert frame == 2 * first


@pytest.mark.parametrize(
    ("pitch", "kept"), [(1.0, [0, 600, 1200]), (0.97, [0, 600]), (1.03, [600, 1200])]
)
def test_peaks_that_a_track_could_not_have_are_left_out(pitch: float, kept: list[int]) -> None:
    """Pairs at the lower end of the band, in its middle and at the upper end."""
    lowest, highest = DEFAULT.low_bin * SUBBINS, DEFAULT.high_bin * SUBBINS - 1
    firsts = enumerate((lowest, 8000, highest - 9))
    points = [(600 * i + 20 * n, first + 9 * n) for i, first in firsts for n in (0, 1)]
    landmarks = warped_landmarks(playing(as_peaks(points), 0), DEFAULT, Warp(1.0, pitch))

    assert landmarks.frames.tolist() == kept


def meeting(landmarks: Landmarks, reference: Landmarks, offset: int) -> int:
    """Count the landmarks of a query that begins at a half-frame of a track which meet its own."""
    return sum(
        bool(np.any(np.abs(2 * reference.frames[reference.hashes == name] - offset - time) <= 2))
        for name, time in zip(*landmarks, strict=True)
    )


@pytest.mark.parametrize("start", [0, 7])
@pytest.mark.parametrize(
    "warp", [Warp(1.03, 1.03), Warp(0.95, 0.95), Warp(1.12, 1.0), Warp(1.0, 2 ** (1 / 12))]
)
def test_only_warped_landmarks_meet_those_of_a_track_played_warped(
    music: Samples, start: int, warp: Warp
) -> None:
    track = fingerprint_blocks([music], DEFAULT).peaks()
    reference = reference_landmarks(track, DEFAULT)
    offset = 150
    heard = 2 * track.frames >= offset
    query = playing(
        Peaks(
            np.rint((2 * track.frames[heard] - offset) / warp.time).astype(np.int32),
            np.rint(track.freqs[heard] * warp.pitch).astype(np.uint16),
        ),
        start,
    )
    warped = meeting(warped_landmarks(query, DEFAULT, warp), reference, offset)
    plain = meeting(warped_landmarks(query, DEFAULT, PLAIN), reference, offset)

    assert warped > 150 > 20 * plain
