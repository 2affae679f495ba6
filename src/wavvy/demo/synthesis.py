"""Three ways to make a pitched sound: harmonic cycles, frequency modulation, plucked strings.

Each is a small frozen description that is called with a pitch and a length and returns samples at
``SAMPLE_RATE``, peaking near 1. ``instruments`` gives them their names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 22_050
"""Hz; everything in the demo is rendered at this rate."""

Samples = NDArray[np.float32]
Spectrum = Callable[[NDArray[np.float64], float], NDArray[np.float64]]
"""Harmonic numbers and the fundamental in Hz to amplitudes."""

_CYCLE = 1024


def seconds_axis(seconds: float) -> NDArray[np.float64]:
    """Sample times of a sound of `seconds`, shape (n,)."""
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def envelope(
    seconds: float, attack: float, decay: float, sustain: float, release: float
) -> Samples:
    """Loudness over time: rise, fall to `sustain`, and fade out after `seconds`; shape (n,)."""
    attack = min(attack, seconds)
    times = [0.0, attack, max(seconds, attack + 1e-4), seconds + release]
    t = seconds_axis(seconds + release)
    held = sustain + (1 - sustain) * np.exp(-np.maximum(t - attack, 0) / decay)
    gate = np.interp(t, times, [0, 1, 1, 0])
    return (held * gate * gate).astype(np.float32)


def _cycle(amplitudes: NDArray[np.float64]) -> Samples:
    """One period of a sum of sines, with its first sample repeated at the end."""
    spectrum = np.zeros(_CYCLE // 2 + 1, dtype=np.complex128)
    spectrum[1 : amplitudes.size + 1] = -1j * amplitudes
    table = np.fft.irfft(spectrum, _CYCLE)
    table /= np.abs(table).max()
    return np.append(table, table[0]).astype(np.float32)


def _read(table: Samples, phase: NDArray[np.float64]) -> Samples:
    """Read a cycle at `phase` (periods) by linear interpolation."""
    position = (phase % 1.0) * _CYCLE
    index = position.astype(np.int32)
    fraction = (position - index).astype(np.float32)
    left = table[index]
    return left + fraction * (table[index + 1] - left)


@dataclass(frozen=True, slots=True)
class Tone:
    """A sustained sound: a band-limited cycle whose brightness falls from open to closed."""

    spectrum: Spectrum
    attack: float = 0.01
    decay: float = 1.0
    sustain: float = 1.0
    release: float = 0.08
    open_hz: float = 8000.0
    closed_hz: float = 8000.0
    closing: float = 0.2
    """Time constant of the way from open to closed, in seconds."""
    detune: tuple[float, ...] = (0.0,)
    """Cents by which each of the voices is off."""
    vibrato: float = 0.0
    """Depth in cents; it sets in after a quarter of a second."""
    vibrato_hz: float = 5.5
    breath: float = 0.0
    """Amount of noise."""

    def __call__(self, hz: float, seconds: float, random: np.random.Generator) -> Samples:
        """Render a note of pitch `hz`; shape (n,)."""
        loudness = envelope(seconds, self.attack, self.decay, self.sustain, self.release)
        t = np.arange(loudness.size) / SAMPLE_RATE
        cycles = hz * t
        if self.vibrato:
            depth = hz * (2 ** (self.vibrato / 1200) - 1) / (2 * np.pi * self.vibrato_hz)
            swell = np.clip(4 * t - 1, 0, 1)
            cycles += depth * swell * np.sin(2 * np.pi * self.vibrato_hz * t)
        count = int(np.clip(0.45 * SAMPLE_RATE / hz, 1, 200))
        harmonics = np.arange(1, count + 1, dtype=np.float64)
        bright, dull = (
            _cycle(self.spectrum(harmonics, hz) * _lowpass(harmonics * hz, cut))
            for cut in (self.open_hz, self.closed_hz)
        )
        openness = np.exp(-t / self.closing).astype(np.float32)
        sound = np.zeros(t.size, dtype=np.float32)
        for cents in self.detune:
            phase = cycles * 2 ** (cents / 1200) + random.random()
            closed = _read(dull, phase)
            sound += (
                closed
                if self.open_hz == self.closed_hz
                else closed + openness * (_read(bright, phase) - closed)
            )
        sound /= len(self.detune) ** 0.5
        if self.breath:
            sound += self.breath * random.standard_normal(t.size).astype(np.float32)
        return sound * loudness


def _lowpass(hz: NDArray[np.float64], cut: float) -> NDArray[np.float64]:
    return 1 / np.sqrt(1 + (hz / cut) ** 4)


@dataclass(frozen=True, slots=True)
class Modulated:
    """A struck sound by frequency modulation: a carrier and one modulator that dies faster."""

    ratio: float
    index: float
    index_decay: float
    decay: float
    release: float = 0.25
    attack: float = 0.003
    overtone: float = 0.0
    """Share of a plain sine at four times the pitch, as of a struck bar."""

    def __call__(self, hz: float, seconds: float, random: np.random.Generator) -> Samples:
        """Render a note of pitch `hz`; shape (n,)."""
        loudness = envelope(seconds, self.attack, self.decay, 0.0, self.release)
        t = np.arange(loudness.size) / SAMPLE_RATE
        # Keeps the strongest side bands below half the sample rate.
        index = min(self.index, max((0.4 * SAMPLE_RATE / hz - 1) / self.ratio, 0.2))
        angle = 2 * np.pi * hz * t
        modulator = index * np.exp(-t / self.index_decay) * np.sin(self.ratio * angle)
        sound = np.sin(angle + modulator + random.uniform(0, 0.3))
        if self.overtone and 4 * hz < 0.45 * SAMPLE_RATE:
            sound += self.overtone * np.exp(-t / 0.05) * np.sin(4 * angle)
        return sound.astype(np.float32) * loudness


@dataclass(frozen=True, slots=True)
class Pluck:
    """A plucked string after Karplus and Strong.

    Their loop filters the string's content once per period. Here all periods come at once: in the
    Fourier domain the p-th period is the first one times the filter's response to the power p.
    """

    decay: float
    """Seconds until the fundamental has faded by 60 dB, at 220 Hz."""
    brightness_hz: float
    damping: float = 0.5
    """How much faster high harmonics die."""
    position: float = 0.2
    """Where the string is plucked, as a share of its length."""
    release: float = 0.12

    def __call__(self, hz: float, seconds: float, random: np.random.Generator) -> Samples:
        """Render a note of pitch `hz`; shape (n,)."""
        period = max(round(SAMPLE_RATE / hz), 8)
        stretch = period * hz / SAMPLE_RATE
        loudness = envelope(seconds, 0.002, 1.0, 1.0, self.release)
        periods = int(loudness.size * stretch / period) + 2
        harmonic = np.arange(period // 2 + 1, dtype=np.float64)
        burst = np.fft.rfft(random.uniform(-1, 1, period))
        burst /= np.abs(burst) ** 0.5 + 1e-3  # halves the luck of the draw between harmonics
        comb = np.abs(np.sin(np.pi * harmonic * self.position)) + 0.1
        burst *= comb * _lowpass(harmonic * hz, self.brightness_hz)
        burst[0] = 0
        fade = self.decay * (220 / hz) ** 0.5
        average = np.cos(np.pi * harmonic / period).clip(min=0)  # of neighbours, as a filter
        loop = 10 ** (-3 / (fade * hz)) * average**self.damping
        spectra = burst * loop ** np.arange(periods)[:, None]
        string = np.fft.irfft(spectra, period, axis=1).ravel()
        place = np.arange(loudness.size) * stretch
        sound: NDArray[np.float64] = np.interp(place, np.arange(string.size), string)
        sound = sound / np.abs(sound[: 4 * period]).max()
        return sound.astype(np.float32) * loudness
