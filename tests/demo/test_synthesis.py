from __future__ import annotations

import numpy as np
import pytest

from wavvy.demo.instruments import INSTRUMENTS
from wavvy.demo.percussion import DRUMS
from wavvy.demo.pieces import PIECES
from wavvy.demo.synthesis import SAMPLE_RATE, Samples


def _play(name: str, hz: float, seconds: float = 1.0) -> Samples:
    return INSTRUMENTS[name](hz, seconds, np.random.default_rng(3))


def _fundamental(sound: Samples, hz: float) -> float:
    """Frequency of the strongest partial within a quarter tone or so of `hz`."""
    size = 1 << 17
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), size))
    frequency = np.arange(spectrum.size) * SAMPLE_RATE / size
    near = np.flatnonzero(np.abs(frequency - hz) < 0.04 * hz)
    return float(frequency[near[np.argmax(spectrum[near])]])


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
def test_an_instrument_is_in_tune(name: str) -> None:
    sound = _play(name, 261.6)
    cents = 1200 * np.log2(_fundamental(sound, 261.6) / 261.6)
    assert abs(cents) < 13


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
@pytest.mark.parametrize("hz", [41.2, 261.6, 1760.0])
def test_a_note_is_clean_from_low_to_high(name: str, hz: float) -> None:
    sound = _play(name, hz, 0.5)
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert 0.2 < np.abs(sound).max() < 2.5
    assert abs(sound[0]) < 0.05
    assert np.abs(sound[-20:]).max() < 0.02


def test_instruments_sound_different() -> None:
    spectra = []
    for name in sorted(INSTRUMENTS):
        power = np.abs(np.fft.rfft(_play(name, 220.0), 1 << 15)) ** 2
        bands = np.add.reduceat(power, np.arange(0, power.size, 160))
        spectra.append(np.log10(bands + 1e-3))
    distances = [np.abs(a - b).mean() for i, a in enumerate(spectra) for b in spectra[:i]]
    assert min(distances) > 0.03


def test_a_plucked_string_dies_away() -> None:
    sound = _play("nylon guitar", 220.0, 2.0)
    early, late = (np.sqrt(np.mean(sound[s : s + 2000] ** 2)) for s in (1000, 40000))
    assert late < 0.1 * early


@pytest.mark.parametrize("name", sorted(DRUMS))
def test_a_drum_is_short_and_clean(name: str) -> None:
    sound = DRUMS[name](np.random.default_rng(5))
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert 0.05 < np.abs(sound).max() < 3.5
    assert sound.size <= 2 * SAMPLE_RATE
    assert sound[-1] == 0


def test_every_instrument_and_drum_of_the_orchestra_is_played() -> None:
    timbres = {part.timbre for piece in PIECES for part in piece.parts.values()}
    drums = {
        drum
        for piece in PIECES
        for names in (*piece.grooves.values(), piece.fill, (piece.crash or "kick",))
        for drum in names
    }
    assert timbres == set(INSTRUMENTS)
    assert drums == set(DRUMS)


@pytest.mark.parametrize("tuning_hz", [431.0, 440.0, 446.0])
def test_a_plucked_string_sounds_at_every_pitch(tuning_hz: float) -> None:
    for pitch in range(26, 102):
        sound = _play("mandolin", tuning_hz * 2 ** ((pitch - 69) / 12), 0.05)
        assert np.isfinite(sound).all(), pitch
