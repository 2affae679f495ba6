"""Clips of known origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.audio import RATE, Samples, audio

SEED = 20260101
QUIETEST_RMS = 0.003  # about -50 dBFS: below, a clip is silence between movements
FASTEST = 1.11
"""So much of the track lies behind a clip's start for each second of it: a clip that is played
faster takes in more of the track."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A few seconds of a track.

    Attributes
    ----------
    path : Path
        The track.
    start : int
        Sample of the track at which the clip starts, at `RATE` Hz.
    length : int
        Samples.
    """

    path: Path
    start: int
    length: int

    @property
    def start_ms(self) -> float:
        """Where in the track the clip starts."""
        return 1000 * self.start / RATE

    @property
    def samples(self) -> Samples:
        """The clip as it is in the track, shape (length,)."""
        return self.source(self.length)

    def source(self, length: int) -> Samples:
        """Return `length` samples of the track from the clip's start on."""
        return np.array(audio(self.path)[self.start : self.start + length])


def draw(paths: Sequence[Path], count: int, seconds: float, rng: np.random.Generator) -> list[Clip]:
    """Draw `count` clips: a track by chance, then a start by chance, silence drawn again."""
    clips: list[Clip] = []
    length = round(seconds * RATE)
    for choice in rng.integers(len(paths), size=count):
        latest = audio(paths[choice]).size - round(FASTEST * length)
        while True:
            clip = Clip(paths[choice], int(rng.integers(latest)), length)
            if np.sqrt(np.mean(clip.samples**2)) >= QUIETEST_RMS:
                break
        clips.append(clip)
    return clips
