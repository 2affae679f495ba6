from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import F32, I16
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.spectrogram import FLOOR_MB, Spectrogram

HOPS = (DEFAULT.hop, DEFAULT.hop // 2)


def noise(samples: int, seed: int = 1) -> F32:
    return (0.1 * np.random.default_rng(seed).standard_normal(samples)).astype(np.float32)


def sine(hertz: float, samples: int, amplitude: float = 0.5) -> F32:
    time = np.arange(samples) / DEFAULT.sample_rate
    return (amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def whole(audio: F32, hop: int = DEFAULT.hop) -> I16:
    return Spectrogram(DEFAULT, hop).push(audio)


@pytest.mark.parametrize("hop", HOPS)
@pytest.mark.parametrize(
    ("samples", "frames_after_first"), [(-1, -1), (0, 0), (1, 0), (3199, 9), (3200, 10)]
)
def test_a_frame_appears_when_its_last_sample_has_come(
    hop: int, samples: int, frames_after_first: int
) -> None:
    columns = whole(noise(DEFAULT.window + samples * hop // 320), hop)

    assert columns.shape == (1 + frames_after_first, DEFAULT.bins)
    assert columns.dtype == np.int16


def test_nothing_gives_no_frame() -> None:
    assert whole(np.empty(0, np.float32)).shape == (0, DEFAULT.bins)


def test_silence_lies_at_the_floor() -> None:
    assert np.all(whole(np.zeros(10_000, np.float32)) == FLOOR_MB)


def test_levels_are_millibels_of_the_magnitude() -> None:
    bin_ = 200
    columns = whole(sine(bin_ * DEFAULT.sample_rate / DEFAULT.window, 20_000))

    # A sine of amplitude A in the middle of a bin has magnitude A / 2 times the window's sum.
    expected = 2000 * np.log10(0.5 / 2 * DEFAULT.window / 2)
    np.testing.assert_allclose(columns[:, bin_ - DEFAULT.low_bin], expected, atol=1)
    assert np.all(columns.argmax(axis=1) == bin_ - DEFAULT.low_bin)


def test_a_tenth_of_the_amplitude_is_2000_millibels_less() -> None:
    audio = noise(20_000)
    difference = whole(audio) - whole(audio * np.float32(0.1))

    assert np.all(np.abs(difference - 2000) <= 1)


def test_the_loudest_samples_do_not_overflow() -> None:
    columns = whole(noise(20_000) * np.float32(1e10))  # beyond what the decoder lets through

    assert np.all(np.abs(columns - whole(noise(20_000)) - 20_000) <= 1)


def test_a_frame_covers_its_own_samples_only() -> None:
    audio = np.zeros(20_000, np.float32)
    audio[6_000] = 1.0
    heard = (whole(audio) > FLOOR_MB).any(axis=1)

    # The Hann window is zero at its first sample.
    first, last = (6_000 - DEFAULT.window) // DEFAULT.hop + 1, (6_000 - 1) // DEFAULT.hop
    assert np.flatnonzero(heard).tolist() == list(range(first, last + 1))


@pytest.mark.parametrize("hop", HOPS)
@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 16_000), max_size=12))
def test_any_chunks_give_the_same_levels_bit_for_bit(hop: int, cuts: list[int]) -> None:
    audio = noise(16_000)
    spectrogram = Spectrogram(DEFAULT, hop)

    parts = [spectrogram.push(part) for part in np.split(audio, sorted(cuts))]

    np.testing.assert_array_equal(np.concatenate(parts), whole(audio, hop))
