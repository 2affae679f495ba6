from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import F32, I16
from wavvy.dsp.params import DEFAULT, FingerprintParams
from wavvy.dsp.peaks import SUBBINS, PeakPicker, Peaks, concatenate
from wavvy.dsp.spectrogram import FLOOR_MB, Spectrogram

# Everything small, so that borders and rivals are never far.
SMALL = FingerprintParams(
    low_bin=3,
    high_bin=23,
    neighbourhood_frames=2,
    neighbourhood_bins=1,
    mean_frames=5,
    mean_bins=4,
    rank_frames=3,
)
KEEP = 4  # peaks in the 7 frames that compete
SMALL_DENSITY = round(KEEP * SMALL.sample_rate / SMALL.hop / 7)

Point = tuple[int, int]


def pick(columns: I16, params: FingerprintParams = DEFAULT, density: int | None = None) -> Peaks:
    picker = PeakPicker(params, density or params.peaks_per_second)
    return concatenate([picker.push(columns), picker.tail()])


def pick_sound(audio: F32, density: int = DEFAULT.peaks_per_second) -> Peaks:
    return pick(Spectrogram(DEFAULT, DEFAULT.hop).push(audio), density=density)


def points(peaks: Peaks) -> set[Point]:
    return set(zip(peaks.frames.tolist(), peaks.freqs.tolist(), strict=True))


def ruled_noise(samples: int, seed: int = 2) -> F32:
    """Noise with a melody of sines above it."""
    rng = np.random.default_rng(seed)
    time = np.arange(samples) / DEFAULT.sample_rate
    notes = rng.integers(200, 3500, size=samples // 2000 + 1)[np.arange(samples) // 2000]
    return (np.sin(2 * np.pi * notes * time) + 0.1 * rng.standard_normal(samples)).astype(
        np.float32
    )


def burst(hertz: float, at: float, samples: int) -> F32:
    """A short tone of 60 ms around one moment, in seconds."""
    time = np.arange(samples) / DEFAULT.sample_rate - at
    return (np.exp(-((time / 0.03) ** 2)) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def model(columns: I16, params: FingerprintParams, keep: int) -> list[Point]:
    """Pick peaks as the documentation says, in the plainest way."""
    frames, bins = columns.shape
    found: list[tuple[int, int, int]] = []
    for t in range(frames):
        for f in range(1, bins - 1):
            rivals = [
                (-int(columns[u, g]), u, g)
                for u in range(t - params.neighbourhood_frames, t + params.neighbourhood_frames + 1)
                for g in range(f - params.neighbourhood_bins, f + params.neighbourhood_bins + 1)
                if 0 <= u < frames and 0 <= g < bins
            ]
            patch = columns[
                max(0, t - params.mean_frames) : t + params.mean_frames + 1,
                max(0, f - params.mean_bins) : f + params.mean_bins + 1,
            ]
            salience = int(columns[t, f]) - int(patch.sum(dtype=np.int64)) // patch.size
            if min(rivals)[1:] == (t, f) and salience > 0:
                found.append((t, f, salience))
    kept = []
    for t, f, salience in found:
        better = [
            (u, g)
            for u, g, other in found
            if abs(u - t) <= params.rank_frames and (-other, u, g) < (-salience, t, f)
        ]
        if len(better) < keep:
            left, mid, right = (int(columns[t, f + step]) for step in (-1, 0, 1))
            curve = left - 2 * mid + right
            shift = 0.5 * (left - right) / curve if curve < 0 else 0.0
            kept.append((t, round((f + params.low_bin + shift) * SUBBINS)))
    return kept


def random_columns(frames: int, levels: int, seed: int) -> I16:
    """Few levels mean many ties."""
    rng = np.random.default_rng(seed)
    return rng.integers(-levels, levels, (frames, SMALL.bins)).astype(np.int16)


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(1, 40), levels=st.sampled_from([1, 2, 10, 5000]), seed=st.integers(0, 999)
)
def test_peaks_are_what_the_documentation_says(frames: int, levels: int, seed: int) -> None:
    columns = random_columns(frames, levels, seed)
    peaks = pick(columns, SMALL, SMALL_DENSITY)

    found = list(zip(peaks.frames.tolist(), peaks.freqs.tolist(), strict=True))
    assert found == model(columns, SMALL, KEEP)


@settings(max_examples=60, deadline=None)
@given(
    levels=st.sampled_from([2, 10, 5000]),
    seed=st.integers(0, 999),
    cuts=st.lists(st.integers(0, 80), max_size=20),
)
def test_pushes_and_tail_together_are_the_peaks_of_the_whole(
    levels: int, seed: int, cuts: list[int]
) -> None:
    columns = random_columns(80, levels, seed)
    picker = PeakPicker(SMALL, SMALL_DENSITY)
    parts = [picker.push(part) for part in np.split(columns, sorted(cuts))]
    joined = concatenate([*parts, picker.tail()])

    whole = pick(columns, SMALL, SMALL_DENSITY)
    np.testing.assert_array_equal(joined.frames, whole.frames)
    np.testing.assert_array_equal(joined.freqs, whole.freqs)


def test_peaks_come_in_order_of_time_then_frequency() -> None:
    peaks = pick_sound(ruled_noise(80_000))
    found = list(zip(peaks.frames.tolist(), peaks.freqs.tolist(), strict=True))

    assert len(found) > 100
    assert found == sorted(set(found))


@pytest.mark.parametrize("density", [30, 60])
def test_every_peak_is_a_local_maximum_within_the_band(density: int) -> None:
    columns = Spectrogram(DEFAULT, DEFAULT.hop).push(ruled_noise(80_000))
    peaks = pick(columns, density=density)

    def is_maximum(t: int, f: int) -> bool:
        around = columns[max(0, t - 3) : t + 4, max(0, f - 3) : f + 4]
        return bool(columns[t, f] == around.max())

    rows = peaks.freqs / SUBBINS - DEFAULT.low_bin
    assert all(
        # The parabola moves a peak by half a bin at most.
        is_maximum(t, int(np.floor(row))) or is_maximum(t, int(np.ceil(row)))
        for t, row in zip(peaks.frames.tolist(), rows.tolist(), strict=True)
    )
    assert peaks.freqs.min() >= (DEFAULT.low_bin + 0.5) * SUBBINS
    assert peaks.freqs.max() <= (DEFAULT.high_bin - 1.5) * SUBBINS


@pytest.mark.parametrize("density", [10, 30, 60])
def test_any_half_second_holds_no_more_peaks_than_allowed(density: int) -> None:
    peaks = pick_sound(ruled_noise(80_000), density)
    span = DEFAULT.rank_frames + 1  # frames that all compete with each other: half a second
    most = max(((peaks.frames >= t) & (peaks.frames < t + span)).sum() for t in range(250 - span))

    assert most <= density
    assert peaks.frames.size > 0.9 * density * 9


def test_a_denser_choice_holds_all_of_a_sparser_one() -> None:
    audio = ruled_noise(80_000)

    assert points(pick_sound(audio, 30)) < points(pick_sound(audio, 60))


@pytest.mark.parametrize("bin_", [60.0, 200.25, 511.5, 700.75, 900.4])
@pytest.mark.parametrize("at", [0.5, 1.013, 2.5])
def test_a_burst_gives_its_peak_at_its_frame_and_frequency(bin_: float, at: float) -> None:
    hertz = bin_ * DEFAULT.sample_rate / DEFAULT.window
    peaks = pick_sound(burst(hertz, at, 28_000))

    columns = Spectrogram(DEFAULT, DEFAULT.hop).push(burst(hertz, at, 28_000))
    loudest = np.unravel_index(columns.argmax(), columns.shape)
    (index,) = np.flatnonzero(
        (peaks.frames == loudest[0])
        & (np.abs(peaks.freqs / SUBBINS - DEFAULT.low_bin - loudest[1]) <= 0.5)
    )
    middle = peaks.frames[index] * DEFAULT.hop + DEFAULT.window / 2
    assert abs(middle - at * DEFAULT.sample_rate) <= DEFAULT.hop / 2 + 1
    assert abs(peaks.freqs[index] / SUBBINS - bin_) <= 0.25


@pytest.mark.parametrize("hertz", [160.0, 440.0, 1234.5, 2999.9, 3890.0])
def test_a_sustained_tone_gives_peaks_at_its_frequency(hertz: float) -> None:
    rng = np.random.default_rng(4)
    time = np.arange(40_000) / DEFAULT.sample_rate
    # Without noise its level would never change, and only the first of equals is a maximum.
    noise = 0.05 * rng.standard_normal(time.size)
    peaks = pick_sound((np.sin(2 * np.pi * hertz * time) + noise).astype(np.float32), 5)

    bins = peaks.freqs / SUBBINS
    on_tone = np.abs(bins - hertz * DEFAULT.window / DEFAULT.sample_rate) <= 0.25
    assert on_tone.sum() >= 10
    # The tone's peak outshines all others of its frame.
    assert np.isin(peaks.frames[~on_tone], peaks.frames[on_tone]).mean() <= 0.5


def test_a_click_in_noise_gives_peaks_where_it_is() -> None:
    audio = (1e-3 * np.random.default_rng(6).standard_normal(48_000)).astype(np.float32)
    audio[24_000:24_008] += np.float32(0.5) * np.random.default_rng(7).standard_normal(8)
    peaks = pick_sound(audio.astype(np.float32))

    middles = peaks.frames * DEFAULT.hop + DEFAULT.window / 2
    near = np.abs(middles - 24_000) <= DEFAULT.hop
    # About one frame in forty is that near; the click must draw far more than its share.
    assert near.sum() >= 8


@pytest.mark.parametrize("level", [FLOOR_MB, 0, 5000])
def test_what_is_flat_has_no_peak(level: int) -> None:
    assert pick(np.full((120, DEFAULT.bins), level, np.int16)).frames.size == 0


def test_silence_has_no_peak() -> None:
    assert pick_sound(np.zeros(80_000, np.float32)).frames.size == 0


def test_music_between_silences_keeps_its_peaks_to_itself() -> None:
    silence = np.zeros(24_000, np.float32)
    peaks = pick_sound(np.concatenate((silence, ruled_noise(16_000), silence)))

    begins = peaks.frames * DEFAULT.hop
    assert peaks.frames.size > 40
    assert begins.min() + DEFAULT.window > 24_000
    assert begins.max() < 40_000


@pytest.mark.parametrize(("gain", "allowed"), [(0.1, 0.01), (0.01, 0.01), (7.0, 0.03)])
def test_louder_or_softer_audio_has_the_same_peaks(gain: float, allowed: float) -> None:
    audio = ruled_noise(160_000)
    one, other = points(pick_sound(audio)), points(pick_sound(audio * np.float32(gain)))

    # Twenty decibels are a whole number of millibels. Other gains may turn the rounding of levels,
    # and so the order of two that are nearly equal.
    assert len(one) > 500
    assert len(one - other) <= allowed * len(one)
    assert len(other - one) <= allowed * len(one)


@pytest.mark.parametrize("frames", [0, 1, 2, 5])
def test_a_few_frames_are_enough_or_too_few_but_never_an_error(frames: int) -> None:
    columns = random_columns(frames, 5000, 1)
    peaks = pick(columns, SMALL, SMALL_DENSITY)

    assert points(peaks) == set(model(columns, SMALL, KEEP))
    assert (peaks.frames.dtype, peaks.freqs.dtype) == (np.int32, np.uint16)
