from __future__ import annotations

import pickle
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.fingerprint import fingerprint_blocks
from wavvy.dsp.landmarks import Landmarks, query_landmarks, reference_landmarks
from wavvy.dsp.landmarks import concatenate as concatenate_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import SUBBINS, Peaks, concatenate
from wavvy.dsp.stream import PeakStream
from wavvy.dsp.warp import PLAIN, Warp
from wavvy.dsp.whitening import Whitening
from wavvy.index.probes import probes
from wavvy.index.search import NARROW
from wavvy.query import (
    DENSITY,
    FAN_OUT,
    PAIRED,
    REACH,
    SHIFTS,
    WARPED_LANDMARKS,
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
        (one.image.occupied, other.image.occupied),
        (one.image.whitened, other.image.whitened),
        (one.image.time_shifts, other.image.time_shifts),
    ):
        np.testing.assert_array_equal(left, right)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 13 * RATE), max_size=6))
def test_a_query_does_not_depend_on_how_the_samples_were_cut(
    music: Samples, cuts: list[int]
) -> None:
    assert_same(grown(music, cuts).query(), grown(music, [12 * RATE]).query())


@settings(max_examples=15, deadline=None)
@given(moments=st.lists(st.tuples(st.integers(0, 13 * RATE), st.booleans()), max_size=8))
def test_asking_changes_nothing(music: Samples, moments: list[tuple[int, bool]]) -> None:
    asked = GrowingQuery(DEFAULT)
    done = 0
    for moment, ask in sorted(moments):
        asked.push(music[done:moment])
        done = moment
        if ask:
            assert_same(asked.query(), grown(music[:moment]).query())
    asked.push(music[done:])
    assert_same(asked.query(), grown(music).query())


def test_a_query_is_what_its_parts_make_of_the_whole(music: Samples) -> None:
    heard = music[: 8 * RATE]
    query = grown(heard, [3 * RATE, 7 * RATE]).query()

    stream = PeakStream(DEFAULT, DENSITY * DEFAULT.peaks_per_second, SHIFTS)
    columns, settled = stream.push(heard)
    landmarks = set()
    for shift, parts in enumerate(zip(settled, stream.tail(), strict=True)):
        peaks = concatenate(parts)
        paired = peaks.only(peaks.ranks < PAIRED * DEFAULT.peaks_per_second)
        found = query_landmarks(paired, DEFAULT, fan_out=FAN_OUT)
        times = (SHIFTS * found.frames + shift).tolist()
        parts_of = (times, *(column.tolist() for column in found[1:]))
        landmarks |= set(zip(*parts_of, strict=True))
    whitening = Whitening(DEFAULT.bins, SHIFTS * DEFAULT.mean_frames, DEFAULT.mean_bins, REACH)
    whitened = np.concatenate((whitening.push(columns), whitening.tail()), axis=1)

    assert set(zip(*(column.tolist() for column in query.landmarks), strict=True)) == landmarks
    np.testing.assert_array_equal(query.image.whitened, whitened)


def test_of_the_landmarks_few_change_when_more_is_heard(music: Samples) -> None:
    """So that a stream need not look all of them up anew."""
    growing = GrowingQuery(DEFAULT)
    earlier: set[tuple[int, ...]] = set()
    shares = []
    for begin in range(0, music.size, RATE // 2):
        growing.push(music[begin : begin + RATE // 2])
        query = growing.query()
        times = (query.landmarks.frames + query.start).tolist()
        found = set(zip(times, *(c.tolist() for c in query.landmarks[1:]), strict=True))
        left = {landmark for landmark in earlier if landmark[0] >= query.start}
        shares.append(len(left & found) / max(len(left), 1))
        earlier = found

    assert min(shares[10:]) > 0.7, shares
    assert query.start > 0, "the first are over"


@pytest.mark.parametrize("rank", [0, 1, 20, 55, 1000])
def test_salient_landmarks_are_those_of_a_rank_below(music: Samples, rank: int) -> None:
    query = grown(music[: 5 * RATE]).query()
    expected = query.landmarks.only(query.landmarks.ranks < rank)

    for column, same in zip(query.salient(rank), expected, strict=True):
        np.testing.assert_array_equal(column, same)


def test_it_is_known_how_many_landmarks_were_worked_out(music: Samples) -> None:
    query = grown(music[: 5 * RATE]).query()
    assert query.worked_out == 0
    few = query.salient(20).frames.size
    assert 0 < few == query.worked_out
    query.salient(1)
    assert query.worked_out == few
    assert few < query.landmarks.frames.size == query.worked_out


def test_only_the_last_seconds_are_kept(music: Samples) -> None:
    query = grown(music).query()
    frames = 1 + (music.size - DEFAULT.window) // HALF_FRAME
    assert query.half_frames == WINDOW_SECONDS * RATE // HALF_FRAME
    assert query.start == frames - query.half_frames
    assert query.image.whitened.shape == (DEFAULT.bins, query.half_frames)
    assert query.image.occupied.shape == query.image.whitened.shape
    times = query.peaks.frames - query.start
    assert times.min() >= 0
    assert times.max() < query.half_frames
    assert np.all(np.diff(query.peaks.frames) >= 0)
    assert query.landmarks.frames.min() >= 0
    ends = query.landmarks.frames + SHIFTS * query.landmarks.spans.astype(np.int32)
    assert ends.max() < query.half_frames
    assert np.all(np.diff(query.landmarks.frames) >= 0)


def test_memory_does_not_grow_with_the_stream(music: Samples) -> None:
    growing = GrowingQuery(DEFAULT)
    sizes = []
    for _ in range(4):
        growing.push(music)
        growing.query()
        sizes.append(len(pickle.dumps(growing)))
    assert max(sizes[1:]) < 1.1 * min(sizes[1:])
    assert max(sizes) < 3_000_000


@pytest.mark.parametrize("samples", [0, 3, DEFAULT.window - 1])
def test_less_than_a_window_holds_nothing(samples: int) -> None:
    query = grown(np.ones(samples, np.float32)).query()
    assert (query.start, query.half_frames) == (0, 0)
    assert query.peaks.frames.size == query.landmarks.frames.size == 0


def test_one_window_is_one_half_frame(music: Samples) -> None:
    assert grown(music[: DEFAULT.window]).query().half_frames == 1


def test_silence_has_no_landmarks() -> None:
    query = grown(np.zeros(3 * RATE, np.float32)).query()
    assert query.half_frames == 1 + (3 * RATE - DEFAULT.window) // HALF_FRAME
    assert query.peaks.frames.size == query.landmarks.frames.size == 0
    assert not query.image.occupied.any()


def as_set(landmarks: Landmarks) -> set[tuple[int, int, int, int]]:
    return set(zip(*(column.tolist() for column in landmarks[:4]), strict=True))


def test_warps_are_tried_with_the_first_landmarks(
    music: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavvy.query.TEMPO_LANDMARKS", most := 300)
    query = grown(music[: 5 * RATE]).query()
    known = query.landmarks

    assert 2 * most < known.frames.size
    assert_equal(warped_landmarks(known, DEFAULT, 1.0), known.only(slice(most)))
    assert_equal(warped_landmarks(known, DEFAULT, 1.0, 2), known.only(slice(2 * most)))
    fewer = warped_landmarks(known, DEFAULT, 1.00001)
    assert_equal(fewer, known.only(slice(WARPED_LANDMARKS)))


def assert_equal(one: Landmarks, other: Landmarks) -> None:
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


def as_landmarks(points: list[tuple[int, int, int, int]]) -> Landmarks:
    columns = zip(*((*point, 0) for point in points), strict=True)
    types = (np.int32, np.uint16, np.uint16, np.uint8, np.uint16)
    return Landmarks(*(np.array(c, dtype) for c, dtype in zip(columns, types, strict=True)))


@pytest.mark.parametrize("pitch", [1.0, 1.05, 0.9])
def test_a_warped_landmark_has_the_frequencies_of_the_track(pitch: float) -> None:
    landmarks = as_landmarks([(100, 6400, 6900, 30)])

    assert as_set(warped_landmarks(landmarks, DEFAULT, pitch)) == {
        (100, round(6400 / pitch), round(6900 / pitch), 30)
    }


@pytest.mark.parametrize(
    ("pitch", "kept"), [(1.0, [0, 600, 1200]), (0.97, [0, 600]), (1.03, [600, 1200])]
)
def test_peaks_that_a_track_could_not_have_are_left_out(pitch: float, kept: list[int]) -> None:
    """Pairs at the lower end of the band, in its middle and at the upper end."""
    lowest, highest = DEFAULT.low_bin * SUBBINS, DEFAULT.high_bin * SUBBINS - 1
    firsts = enumerate((lowest, 8000, highest - 9))
    landmarks = as_landmarks([(600 * i, first, first + 9, 10) for i, first in firsts])

    assert warped_landmarks(landmarks, DEFAULT, pitch).frames.tolist() == kept


def meeting(query: Landmarks, warp: Warp, reference: Landmarks, offset: int) -> int:
    """Count the landmarks of a query, so warped, that meet those of a track at an offset."""
    warped = warped_landmarks(query, DEFAULT, warp.pitch)
    asked = probes(warped, NARROW, DEFAULT, [warp.time])
    hashes = reference.hashes()
    columns = (asked.low, asked.high, asked.times[0, asked.asking])
    return len(
        {
            (low, time)
            for low, high, time in zip(*(column.tolist() for column in columns), strict=True)
            for frame in reference.frames[(low <= hashes) & (hashes <= high)].tolist()
            if abs(2 * frame - offset - time) <= 2
        }
    )


@pytest.mark.parametrize(
    "warp", [Warp(1.03, 1.03), Warp(0.95, 0.95), Warp(1.12, 1.0), Warp(1.0, 2 ** (1 / 12))]
)
def test_only_warped_landmarks_meet_those_of_a_track_played_warped(
    music: Samples, warp: Warp
) -> None:
    track = fingerprint_blocks([music], DEFAULT).peaks()
    reference = reference_landmarks(track, DEFAULT)
    offset = 150
    heard = 2 * track.frames >= offset
    times = np.rint((2 * track.frames[heard] - offset) / warp.time).astype(np.int32)
    freqs = np.rint(track.freqs[heard] * warp.pitch).astype(np.uint16)
    landmarks = []
    for shift in range(SHIFTS):
        here = times % SHIFTS == shift
        peaks = Peaks.alike(times[here] // SHIFTS, freqs[here])
        found = query_landmarks(peaks, DEFAULT, fan_out=FAN_OUT)
        landmarks.append(found._replace(frames=SHIFTS * found.frames + np.int32(shift)))
    query = concatenate_landmarks(landmarks)
    warped, plain = (meeting(query, each, reference, offset) for each in (warp, PLAIN))

    assert warped > 40 > 8 * plain
