"""Drums and cymbals from sines that fall and noise in bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from wavvy.demo.synthesis import SAMPLE_RATE, Samples, seconds_axis


@dataclass(frozen=True, slots=True)
class Drum:
    """A membrane (a sine that falls from one pitch to another) and a rattle (noise in a band)."""

    start_hz: float = 0.0
    end_hz: float = 0.0
    fall: float = 0.03
    """Time constant of the fall in pitch, in seconds."""
    ring: float = 0.1
    """Time constant of the membrane."""
    tone: float = 1.0
    noise: float = 0.0
    band: tuple[float, float] = (1000.0, 8000.0)
    rattle: float = 0.05
    """Time constant of the noise."""
    attack: float = 0.0
    strokes: tuple[float, ...] = (0.0,)
    """Seconds at which the noise starts anew: several make a clap."""
    partials: tuple[float, ...] = ()
    """Frequencies in Hz, roughly, of a metal plate; they ring as long as the noise does."""

    def __call__(self, random: np.random.Generator) -> Samples:
        """Render a stroke; shape (n,)."""
        length = 5 * max(self.ring if self.tone else 0.0, self.rattle) + self.strokes[-1]
        t = seconds_axis(min(length, 2.0))
        sound = np.zeros(t.size)
        if self.start_hz:
            fallen = self.fall * (1 - np.exp(-t / self.fall))
            cycles = self.end_hz * t + (self.start_hz - self.end_hz) * fallen
            sound += self.tone * np.sin(2 * np.pi * cycles) * np.exp(-t / self.ring)
        if self.noise:
            sos = signal.butter(2, self.band, "bandpass", fs=SAMPLE_RATE, output="sos")
            hiss = signal.sosfilt(sos, random.standard_normal(t.size))
            for hz in self.partials:  # no two plates ring alike
                cycles = hz * random.uniform(0.87, 1.15) * t + random.random()
                hiss += 0.4 * np.sin(2 * np.pi * cycles)
            since = np.min([np.where(t >= s, t - s, 9.0) for s in self.strokes], axis=0)
            sound += self.noise * hiss * np.exp(-since / self.rattle)
        if self.attack:
            sound *= np.clip(t / self.attack, 0, 1)
        fade: NDArray[np.float64] = np.clip((t[-1] - t) / 0.01, 0, 1)
        return (sound * fade).astype(np.float32)


_PLATE = (3130.0, 4270.0, 5390.0, 6110.0, 7540.0)

DRUMS: Final[Mapping[str, Drum]] = {
    "kick": Drum(160, 48, fall=0.035, ring=0.16, noise=0.15, band=(1500, 5000), rattle=0.006),
    "deep kick": Drum(110, 42, fall=0.05, ring=0.28),
    "snare": Drum(240, 180, ring=0.07, tone=0.6, noise=0.7, band=(900, 7500), rattle=0.09),
    "dusty snare": Drum(210, 160, ring=0.06, tone=0.7, noise=0.5, band=(500, 3500), rattle=0.07),
    "gated snare": Drum(220, 150, ring=0.12, tone=0.6, noise=0.8, band=(600, 6500), rattle=0.2),
    "clap": Drum(noise=1.0, band=(900, 3500), rattle=0.07, strokes=(0.0, 0.011, 0.023), tone=0),
    "rim": Drum(1650, 1600, ring=0.012, noise=0.4, band=(1500, 6000), rattle=0.01),
    "block": Drum(980, 960, ring=0.035),
    "closed hat": Drum(noise=0.5, band=(5500, 10500), rattle=0.02, tone=0, partials=_PLATE),
    "open hat": Drum(noise=0.5, band=(5000, 10500), rattle=0.16, tone=0, partials=_PLATE),
    "ride": Drum(noise=0.35, band=(4000, 10000), rattle=0.22, tone=0, partials=_PLATE[1:]),
    "crash": Drum(noise=0.6, band=(2500, 10500), rattle=0.45, tone=0, partials=_PLATE),
    "brush": Drum(noise=0.5, band=(1800, 8000), rattle=0.08, attack=0.03, tone=0),
    "shaker": Drum(noise=0.35, band=(4500, 10000), rattle=0.03, attack=0.015, tone=0),
    "tambourine": Drum(noise=0.4, band=(5000, 10500), rattle=0.08, tone=0, partials=(6700, 8200)),
    "high tom": Drum(260, 190, fall=0.05, ring=0.16, noise=0.1, rattle=0.02),
    "mid tom": Drum(200, 140, fall=0.05, ring=0.2, noise=0.1, rattle=0.02),
    "low tom": Drum(150, 95, fall=0.05, ring=0.26, noise=0.1, rattle=0.02),
    "timpani": Drum(100, 82, fall=0.05, ring=0.5, noise=0.08, band=(300, 1500), rattle=0.02),
    "frame drum": Drum(130, 88, fall=0.03, ring=0.18, noise=0.15, band=(300, 2000), rattle=0.02),
    "frame tick": Drum(420, 380, ring=0.03, tone=0.5, noise=0.5, band=(2000, 7000), rattle=0.02),
    "dum": Drum(150, 105, fall=0.02, ring=0.2, noise=0.2, band=(300, 1500), rattle=0.015),
    "tek": Drum(700, 620, ring=0.03, tone=0.4, noise=0.7, band=(2500, 8000), rattle=0.03),
    "conga high": Drum(330, 300, fall=0.02, ring=0.1, noise=0.15, rattle=0.01),
    "conga low": Drum(220, 195, fall=0.02, ring=0.14, noise=0.15, rattle=0.01),
    "chip snare": Drum(noise=0.7, band=(1500, 10000), rattle=0.05, tone=0),
    "crackle": Drum(noise=0.5, band=(2500, 7000), rattle=0.002, tone=0),
}
