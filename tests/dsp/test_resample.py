from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wavvy.dsp.resample import PcmResampler, as_mono
from wavvy.errors import InvalidAudio

RATES = [1000, 7919, 8000, 11025, 16000, 22050, 44099, 44100, 48000, 96000, 192000, 384000]


def sine(hz: float, rate: int, seconds: float = 1.0) -> NDArray[np.float32]:
    return np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate).astype(np.float32)


def noise(count: int, channels: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(1).uniform(-1, 1, (count, channels)).astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(
    rate=st.sampled_from(RATES),
    channels=st.integers(1, 3),
    cuts=st.lists(st.integers(0, 30_000), max_size=12),
)
def test_output_does_not_depend_on_chunking(rate: int, channels: int, cuts: list[int]) -> None:
    samples = noise(30_000, channels)
    resampler = PcmResampler(rate, channels)
    pieces = [resampler.push(piece) for piece in np.split(samples, sorted(cuts))]
    streamed = np.concatenate([*pieces, resampler.flush()])
    np.testing.assert_array_equal(streamed, as_mono(samples, rate))


def test_single_samples_give_the_same_output() -> None:
    samples = noise(3000)[:, 0]
    resampler = PcmResampler(44100)
    pieces = [resampler.push(samples[i : i + 1]) for i in range(len(samples))]
    streamed = np.concatenate([*pieces, resampler.flush()])
    np.testing.assert_array_equal(streamed, as_mono(samples, 44100))


def test_blocks_larger_than_the_inner_one_give_the_same_output() -> None:
    samples = noise(200_001)[:, 0]
    resampler = PcmResampler(44100)
    pieces = [resampler.push(piece) for piece in np.array_split(samples, 23)]
    streamed = np.concatenate([*pieces, resampler.flush()])
    np.testing.assert_array_equal(streamed, as_mono(samples, 44100))


@pytest.mark.parametrize("rate", RATES)
def test_duration_and_waveform_are_kept(rate: int) -> None:
    mono = as_mono(sine(300, rate), rate)
    assert mono.dtype == np.float32
    assert mono.shape == (8000,)
    # The edges ring; the middle is the same sine, in place.
    np.testing.assert_allclose(mono[1000:-1000], sine(300, 8000)[1000:-1000], atol=2e-3)


def test_what_lies_above_the_target_band_does_not_alias() -> None:
    mono = as_mono(sine(5000, 44100), 44100)
    assert np.abs(mono[500:-500]).max() < 1e-4


def test_matching_rate_passes_untouched() -> None:
    samples = noise(1000)[:, 0]
    mono = as_mono(samples, 8000)
    np.testing.assert_array_equal(mono, samples)
    assert not np.shares_memory(mono, samples)


def test_channels_are_averaged() -> None:
    samples = np.array([[0.5, -0.25, 0.5], [1, 1, 1]], np.float32)
    np.testing.assert_allclose(as_mono(samples, 8000), [0.25, 1.0])


@pytest.mark.parametrize(
    ("dtype", "full_scale"),
    [(np.int16, 2**15), (">i2", 2**15), (np.int32, 2**31), (np.float32, 1), (np.float64, 1)],
)
def test_sample_types_are_scaled(dtype: type | str, full_scale: int) -> None:
    samples = np.array([0, full_scale // 2, -full_scale], dtype)
    expected = [0, (full_scale // 2) / full_scale, -1]
    np.testing.assert_allclose(as_mono(samples, 8000), expected)


def test_unsigned_bytes_are_centred() -> None:
    samples = np.array([[128, 128], [192, 192], [0, 0]], np.uint8)
    np.testing.assert_allclose(as_mono(samples, 8000), [0, 0.5, -1])


def test_a_plain_list_will_do() -> None:
    np.testing.assert_allclose(as_mono([0.0, 0.5, -0.5], 8000), [0, 0.5, -0.5])


@pytest.mark.parametrize("samples", [np.empty(0, np.float32), np.empty((0, 2), np.float32)])
def test_no_samples_stay_no_samples(samples: NDArray[np.float32]) -> None:
    assert as_mono(samples, 44100).shape == (0,)


def test_a_resampler_can_be_used_again_after_flush() -> None:
    samples = noise(5000)[:, 0]
    resampler = PcmResampler(48000)
    first = np.concatenate([resampler.push(samples), resampler.flush()])
    second = np.concatenate([resampler.push(samples), resampler.flush()])
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_impossible_values_are_refused_and_leave_the_stream_as_it_was(value: float) -> None:
    samples = noise(5000)[:, 0]
    broken = samples.copy()
    broken[4321] = value
    resampler = PcmResampler(44100)
    before = resampler.push(samples)
    with pytest.raises(InvalidAudio, match="NaN, infinite"):
        resampler.push(broken)
    streamed = np.concatenate([before, resampler.flush()])
    np.testing.assert_array_equal(streamed, as_mono(samples, 44100))


def test_infinities_that_cancel_are_refused() -> None:
    with pytest.raises(InvalidAudio, match="NaN, infinite"):
        as_mono(np.array([[np.inf, -np.inf]]), 8000)


def test_values_too_large_for_float32_are_refused() -> None:
    with pytest.raises(InvalidAudio, match="NaN, infinite"):
        as_mono(np.array([1e308, 0.0]), 8000)


@pytest.mark.parametrize("rate", [-8000, 0, 7, 999, 384_001, 4_000_000, 44100.5, "44100", None])
def test_impossible_rates_are_refused(rate: object) -> None:
    with pytest.raises(InvalidAudio, match=f"{rate} Hz"):
        as_mono(np.zeros(10, np.float32), rate)  # type: ignore[arg-type]
    with pytest.raises(InvalidAudio, match=f"{rate} Hz"):
        PcmResampler(rate)  # type: ignore[arg-type]


@pytest.mark.parametrize("channels", [-1, 0, 33, 65_535])
def test_impossible_channel_counts_are_refused(channels: int) -> None:
    with pytest.raises(InvalidAudio, match=f"{channels} channels"):
        PcmResampler(44100, channels)


@pytest.mark.parametrize("shape", [(), (2, 3, 4), (5, 33), (5, 0), (2, 44100)])
def test_impossible_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidAudio, match=r"channels|shape"):
        as_mono(np.zeros(shape, np.float32), 44100)


def test_mono_pushed_to_a_stereo_stream_is_refused() -> None:
    with pytest.raises(InvalidAudio, match="2 channel"):
        PcmResampler(44100, 2).push(np.zeros(10, np.float32))


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(9, np.complex64),
        np.zeros(9, np.int64),
        [0, 1, -1],
        np.zeros(9, bool),
        np.array(["a"]),
        np.array([None]),
        [[1.0], [2.0, 3.0]],
    ],
)
def test_other_types_are_refused(samples: object) -> None:
    with pytest.raises(InvalidAudio, match="samples"):
        as_mono(samples, 44100)  # type: ignore[arg-type]
