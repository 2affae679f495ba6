"""A room between the loudspeaker and the microphone, and a cheap telephone."""

from __future__ import annotations

import numpy as np
import pyroomacoustics as acoustics  # type: ignore[import-untyped]
import scipy.signal

from bench.audio import RATE, Samples

SIDES_M = ((3.0, 8.0), (3.0, 8.0), (3.0, 4.0))
"""Smallest and largest length, width and height."""
DECAY_SECONDS = (0.3, 0.8)
WALL_M = 0.5
"""Nobody is nearer to a wall."""
APART_M = 1.0
PHONE_BAND_HZ = (300.0, 3400.0)
CLIPPED_SHARE = 0.01


def response(rng: np.random.Generator) -> Samples:
    """Return the impulse response of a room drawn by chance, from the direct sound on.

    A shoebox by the image-source method; sound falls by 60 dB in 0.3 to 0.8 s. Source and
    microphone stand anywhere, a metre or more apart.
    """
    sides = np.array([rng.uniform(*limits) for limits in SIDES_M])
    absorption, order = acoustics.inverse_sabine(rng.uniform(*DECAY_SECONDS), sides)
    distance = 0.0
    while distance < APART_M:
        source, microphone = rng.uniform(WALL_M, sides - WALL_M, size=(2, 3))
        distance = float(np.linalg.norm(source - microphone))
    room = acoustics.ShoeBox(
        sides, fs=RATE, materials=acoustics.Material(absorption), max_order=order
    )
    room.add_source(source)
    room.add_microphone(microphone)
    room.compute_rir()
    filter_delay = acoustics.constants.get("frac_delay_length") // 2
    direct = filter_delay + round(distance / room.c * RATE)
    heard: Samples = room.rir[0][0][direct:].astype(np.float32)
    return heard


def play(samples: Samples, response: Samples) -> Samples:
    """Return `samples` as heard through an impulse response, as many as before."""
    return scipy.signal.fftconvolve(samples, response)[: samples.size].astype(np.float32)


def phone(samples: Samples) -> Samples:
    """Pass `samples` through a telephone's band, too loud: the highest 1 % is clipped."""
    band = scipy.signal.butter(4, PHONE_BAND_HZ, "bandpass", fs=RATE, output="sos")
    heard = scipy.signal.sosfilt(band, samples)
    ceiling = np.quantile(np.abs(heard), 1 - CLIPPED_SHARE)
    return np.clip(heard, -ceiling, ceiling).astype(np.float32)
