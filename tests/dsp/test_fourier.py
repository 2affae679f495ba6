from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.dsp.arrays import F32
from wavvy.dsp.fourier import power_spectrum, turns

SIZES = [2**k for k in range(3, 13)]


def power(frame: F32, low: int, high: int) -> F32:
    samples = np.stack((frame[0::2], frame[1::2]))
    space = np.stack((samples, np.empty_like(samples)))
    found = np.empty(high - low, np.float32)
    power_spectrum(space, turns(frame.size), low, found)
    return found


@pytest.mark.parametrize("size", SIZES)
def test_the_power_is_that_of_the_fourier_transform(size: int) -> None:
    frame = np.random.default_rng(size).standard_normal(size).astype(np.float32)
    expected = 4 * np.abs(np.fft.rfft(frame.astype(np.float64))) ** 2

    found = power(frame, 1, size // 2)

    np.testing.assert_allclose(found, expected[1 : size // 2], atol=1e-5 * expected.max())


@given(size=st.sampled_from(SIZES), data=st.data())
def test_a_band_is_a_part_of_the_whole(size: int, data: st.DataObject) -> None:
    frame = np.random.default_rng(size).standard_normal(size).astype(np.float32)
    low, high = sorted(data.draw(st.sets(st.integers(1, size // 2), min_size=2, max_size=2)))

    np.testing.assert_array_equal(
        power(frame, low, high), power(frame, 1, size // 2)[low - 1 : high - 1]
    )


@pytest.mark.parametrize("bin_", [1, 37, 512, 1023])
def test_a_sine_lies_in_its_bin_alone(bin_: int) -> None:
    frame = np.sin(2 * np.pi * bin_ * np.arange(2048) / 2048).astype(np.float32)

    found = power(frame, 1, 1024)

    assert int(found.argmax()) == bin_ - 1
    assert found[bin_ - 1] == pytest.approx(4 * 1024**2, rel=1e-5)
    assert np.delete(found, bin_ - 1).max() < 1e-8 * found.max()
