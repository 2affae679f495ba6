"""What happens to music on its way to a phone in a noisy bar."""

from __future__ import annotations

import numpy as np
from scipy import signal

from wavvy.demo.synthesis import Samples
from wavvy.errors import InvalidRequest


def pink_noise(frames: int, random: np.random.Generator) -> Samples:
    """Noise of equal power per octave and unit RMS, shape (frames,)."""
    spectrum = np.fft.rfft(random.standard_normal(frames))
    spectrum[0] = 0
    spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
    noise = np.fft.irfft(spectrum, frames)
    return np.float32(1 / np.sqrt(np.mean(noise**2))) * noise.astype(np.float32)


def add_pink_noise(samples: Samples, snr_db: float, random: np.random.Generator) -> Samples:
    """Drown `samples`, shape (n,), in pink noise that is `snr_db` weaker than they are."""
    level = np.sqrt(np.mean(samples**2)) * 10 ** (-snr_db / 20)
    return samples + np.float32(level) * pink_noise(samples.size, random)


def small_room(
    samples: Samples, sample_rate: int, random: np.random.Generator, *, decay_s: float = 0.4
) -> Samples:
    """Play `samples`, shape (n,), in a small room: direct sound, early echoes, a short tail."""
    t = np.arange(round(decay_s * sample_rate)) / sample_rate
    response = 0.08 * random.standard_normal(t.size) * 10 ** (-3 * t / decay_s) * (t > 0.012)
    response[0] = 1.0
    for delay in random.uniform(0.002, 0.03, 6):
        response[round(delay * sample_rate)] += random.uniform(0.2, 0.5) * random.choice((-1, 1))
    wet = signal.oaconvolve(samples, response.astype(np.float32))[: samples.size]
    return wet.astype(np.float32)


def phone_band(samples: Samples, sample_rate: int) -> Samples:
    """Keep what a telephone transmits: 300 to 3400 Hz."""
    sos = signal.butter(4, (300, 3400), "bandpass", fs=sample_rate, output="sos")
    return signal.sosfilt(sos, samples).astype(np.float32)


def overload(samples: Samples, drive_db: float) -> Samples:
    """Clip `samples` as a microphone does whose limit lies `drive_db` below their peak."""
    limit = np.abs(samples).max() * 10 ** (-drive_db / 20)
    return np.clip(samples, -limit, limit)


def degrade_clip(
    samples: Samples, sample_rate: int, *, snr_db: float = 5.0, seed: int = 0
) -> Samples:
    """Send a clip through a small room, pink noise, a telephone and an overloaded microphone.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono clip.
    sample_rate : int
        Hz, at least 8000.
    snr_db : float
        Music over noise, in decibels.
    seed : int
        The same seed gives the same room and noise.

    Returns
    -------
    numpy.ndarray, shape (n,), float32
        The degraded clip, peaking at 0.9.

    Raises
    ------
    InvalidRequest
        If the clip is silent or has no samples.
    """
    if samples.size == 0 or not samples.any():
        raise InvalidRequest("a silent clip cannot be degraded; choose another part of the track")
    random = np.random.default_rng(seed)
    clip = small_room(samples, sample_rate, random)
    clip = add_pink_noise(clip, snr_db, random)
    clip = overload(phone_band(clip, sample_rate), drive_db=6.0)
    return clip * np.float32(0.9 / np.abs(clip).max())
