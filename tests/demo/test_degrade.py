from __future__ import annotations

import numpy as np
import pytest

from wavvy.demo.degrade import (
    add_pink_noise,
    degrade_clip,
    overload,
    phone_band,
    pink_noise,
    small_room,
)
from wavvy.demo.synthesis import Samples
from wavvy.errors import InvalidRequest

RATE = 16_000


def _sine(hz: float, seconds: float = 1.0) -> Samples:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE).astype(np.float32)


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def test_pink_noise_has_equal_power_in_every_octave() -> None:
    power = np.abs(np.fft.rfft(pink_noise(1 << 17, np.random.default_rng(1)))) ** 2
    octaves = [power[1 << k : 2 << k].sum() for k in range(8, 15)]
    assert max(octaves) / min(octaves) < 1.3


@pytest.mark.parametrize("snr_db", [-3.0, 0.0, 5.0, 20.0])
def test_noise_has_the_level_asked_for(snr_db: float) -> None:
    clean = _sine(440)
    noise = add_pink_noise(clean, snr_db, np.random.default_rng(2)) - clean
    assert 20 * np.log10(_rms(clean) / _rms(noise)) == pytest.approx(snr_db, abs=0.05)


@pytest.mark.parametrize(
    ("hz", "passes"), [(100, False), (1000, True), (3000, True), (6000, False)]
)
def test_a_telephone_keeps_the_voice_band(hz: float, passes: bool) -> None:
    gain_db = 20 * np.log10(_rms(phone_band(_sine(hz), RATE)[2000:]) / _rms(_sine(hz)))
    assert gain_db > -1 if passes else gain_db < -25


def test_overload_flattens_peaks() -> None:
    assert np.abs(overload(_sine(200), 6.0)).max() == pytest.approx(10 ** (-6 / 20), rel=1e-3)


def test_a_room_rings_on_and_keeps_the_length() -> None:
    click = np.zeros(RATE, dtype=np.float32)
    click[100] = 1
    wet = small_room(click, RATE, np.random.default_rng(4))
    assert wet.size == click.size
    assert np.abs(wet[:100]).max() < 1e-5
    early, late = (np.sum(wet[s : s + 1600] ** 2) for s in (101, 101 + 3200))
    assert early > 10 * late > 0


def test_the_same_seed_gives_the_same_clip() -> None:
    clip = _sine(700, 2.0)
    one, again, other = (degrade_clip(clip, RATE, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert np.abs(one).max() == pytest.approx(0.9)
    assert one.dtype == np.float32


@pytest.mark.parametrize("size", [0, 4000])
def test_silence_is_refused(size: int) -> None:
    with pytest.raises(InvalidRequest, match="silent"):
        degrade_clip(np.zeros(size, dtype=np.float32), RATE)
