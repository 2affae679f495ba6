"""Noise beside the music: pink, recorded, or people talking."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.audio import RATE, Samples, audio
from bench.degrade.voices import voices

LOWEST_HZ = 50.0
FEWEST_VOICES, MOST_VOICES = 3, 5


def pink(count: int, rng: np.random.Generator) -> Samples:
    """Return noise with equal power in each octave from 50 Hz up."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[hertz < LOWEST_HZ] = 0
    spectrum[1:] /= np.sqrt(hertz[1:])
    return np.fft.irfft(spectrum, count).astype(np.float32)


def babble(count: int, rng: np.random.Generator) -> Samples:
    """Return three to five voices that talk at once, equally loud."""
    speakers = rng.permutation(np.array(voices(), dtype=object))
    chosen = speakers[: rng.integers(FEWEST_VOICES, MOST_VOICES + 1)]
    total = np.zeros(count, np.float32)
    for path in chosen:
        total += excerpt(path, count, rng)
    return total


def recorded(count: int, folder: Path, rng: np.random.Generator) -> Samples:
    """Return an excerpt of one of the WAVs in `folder`."""
    files = sorted(folder.glob("*.wav"))
    if not files:
        raise FileNotFoundError(f"{folder}: holds no .wav to take noise from")
    return excerpt(files[rng.integers(len(files))], count, rng)


def excerpt(path: Path, count: int, rng: np.random.Generator) -> Samples:
    """Return part of a recording, which goes on from its end to its start; its RMS is about 1."""
    recording = audio(path)
    start = int(rng.integers(recording.size))
    part: Samples = np.take(recording, range(start, start + count), mode="wrap")
    return part / max(float(np.std(recording)), 1e-6)


def mix(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Add `noise` so that the signal is `snr_db` decibels above it, over the whole clip."""
    power = max(float(np.mean(noise**2)), 1e-12)
    gain = np.sqrt(np.mean(samples**2) / (power * 10 ** (snr_db / 10)))
    return samples + np.float32(gain) * noise
