"""The orchestra: every pitched timbre by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wavvy.demo.synthesis import Modulated, Pluck, Samples, Spectrum, Tone

Timbre = Callable[[float, float, np.random.Generator], Samples]
"""Pitch in Hz, length in seconds and a source of noise to samples of shape (n,)."""

_Numbers = NDArray[np.float64]


def _saw(harmonic: _Numbers, hz: float) -> _Numbers:  # noqa: ARG001
    return 1 / harmonic


def _square(harmonic: _Numbers, hz: float) -> _Numbers:  # noqa: ARG001
    return (harmonic % 2) / harmonic


def _pulse(harmonic: _Numbers, hz: float) -> _Numbers:  # noqa: ARG001
    return np.sin(np.pi * harmonic * 0.25) / harmonic


def _triangle(harmonic: _Numbers, hz: float) -> _Numbers:  # noqa: ARG001
    return np.sin(np.pi * harmonic / 2) / harmonic**2


def _reed(harmonic: _Numbers, hz: float) -> _Numbers:  # noqa: ARG001
    return (0.35 + 0.65 * (harmonic % 2)) / harmonic**1.1


def _drawbars(levels: Mapping[int, float]) -> Spectrum:
    def spectrum(harmonic: _Numbers, hz: float) -> _Numbers:  # noqa: ARG001
        return np.array([levels.get(int(number), 0.0) for number in harmonic])

    return spectrum


def _formants(*peaks: tuple[float, float, float]) -> Spectrum:
    """A saw sung or bowed through resonances, given as (Hz, width in Hz, gain)."""

    def spectrum(harmonic: _Numbers, hz: float) -> _Numbers:
        frequency = harmonic * hz
        gain = np.full_like(frequency, 0.15)
        for centre, width, height in peaks:
            gain += height / (1 + ((frequency - centre) / width) ** 2)
        return gain / harmonic

    return spectrum


_ORGAN = _drawbars({1: 1.0, 2: 0.8, 3: 0.55, 4: 0.5, 6: 0.3, 8: 0.35})
_PIPES = _drawbars({1: 1.0, 2: 0.6, 3: 0.15, 4: 0.45, 5: 0.1, 8: 0.25, 12: 0.08, 16: 0.1})
_SINE = _drawbars({1: 1.0, 2: 0.12, 3: 0.04})
_BREATHY = _drawbars({1: 1.0, 2: 0.35, 3: 0.12, 4: 0.05})
_VOICE = _formants((700, 120, 1.0), (1150, 150, 0.8), (2800, 300, 0.35))
_BODY = _formants((480, 160, 0.9), (1100, 300, 0.6), (2600, 600, 0.7))

INSTRUMENTS: Final[Mapping[str, Timbre]] = {
    # plucked
    "nylon guitar": Pluck(decay=2.2, brightness_hz=2200, damping=0.8),
    "steel guitar": Pluck(decay=3.2, brightness_hz=5000, damping=0.35, position=0.13),
    "mandolin": Pluck(decay=1.2, brightness_hz=5500, damping=0.4, position=0.1),
    "oud": Pluck(decay=1.3, brightness_hz=2600, damping=0.6, position=0.28),
    "harp": Pluck(decay=3.5, brightness_hz=2600, damping=0.5, position=0.5, release=0.8),
    "clavinet": Pluck(decay=0.9, brightness_hz=6500, damping=0.2, position=0.08, release=0.03),
    "upright bass": Pluck(decay=1.6, brightness_hz=700, damping=0.8, position=0.3),
    "slap bass": Pluck(decay=1.4, brightness_hz=3200, damping=0.4, position=0.1, release=0.04),
    # struck
    "electric piano": Modulated(ratio=1, index=1.6, index_decay=0.35, decay=1.1, overtone=0.25),
    "bell": Modulated(ratio=3.51, index=2.2, index_decay=0.8, decay=1.4, release=1.2),
    "music box": Modulated(ratio=4, index=0.9, index_decay=0.12, decay=0.7, release=0.6),
    "vibraphone": Modulated(ratio=4, index=0.5, index_decay=0.1, decay=1.5, overtone=0.4),
    "marimba": Modulated(ratio=3.93, index=0.7, index_decay=0.03, decay=0.3, overtone=0.5),
    "steel drum": Modulated(ratio=2.01, index=1.8, index_decay=0.12, decay=0.5),
    # blown, bowed, sung
    "accordion": Tone(
        _reed, attack=0.04, open_hz=4500, closed_hz=4500, detune=(-7, 6), release=0.07
    ),
    "clarinet": Tone(_square, attack=0.03, open_hz=2200, closed_hz=1600, vibrato=10, breath=0.004),
    "reed pipe": Tone(_reed, attack=0.05, open_hz=3500, closed_hz=1800, vibrato=25, breath=0.015),
    "flute": Tone(_BREATHY, attack=0.05, vibrato=18, vibrato_hz=5.0, breath=0.02),
    "whistle": Tone(_BREATHY, attack=0.015, vibrato=14, vibrato_hz=6.0, breath=0.012),
    "fiddle": Tone(_BODY, attack=0.03, vibrato=20, vibrato_hz=5.8, breath=0.006),
    "strings": Tone(_BODY, attack=0.25, release=0.4, detune=(-9, 0, 8), closed_hz=3500),
    "choir": Tone(_VOICE, attack=0.18, release=0.35, detune=(-8, 7), vibrato=15, breath=0.008),
    "brass": Tone(_saw, attack=0.03, open_hz=3800, closed_hz=1400, closing=0.15, detune=(-4, 4)),
    # keyed
    "pipe organ": Tone(_PIPES, attack=0.03, release=0.3, detune=(-2, 2)),
    "organ": Tone(_ORGAN, attack=0.006, release=0.03, detune=(-1.5, 1.5)),
    # electronic
    "pad": Tone(
        _saw, attack=0.35, release=0.6, open_hz=3000, closed_hz=900, closing=0.9, detune=(-11, 0, 9)
    ),
    "square lead": Tone(_square, open_hz=5000, closed_hz=2600, vibrato=12, decay=0.6, sustain=0.7),
    "saw lead": Tone(_saw, open_hz=5500, closed_hz=2200, detune=(-6, 6), vibrato=10),
    "pulse": Tone(_pulse, attack=0.002, decay=0.25, sustain=0.5, release=0.02),
    "triangle": Tone(_triangle, attack=0.002, release=0.02),
    "guitar": Tone(_saw, attack=0.004, decay=0.9, sustain=0.5, release=0.05, open_hz=3000),
    "blip": Tone(_square, attack=0.002, decay=0.12, sustain=0.1, open_hz=4500, closed_hz=1200),
    "sine bass": Tone(_SINE, attack=0.008, decay=1.2, sustain=0.6, release=0.06),
    "saw bass": Tone(_saw, open_hz=1600, closed_hz=350, closing=0.12, decay=0.5, sustain=0.6),
}
