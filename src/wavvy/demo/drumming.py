"""Drum grooves with ghost notes and a fill before each new section."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wavvy.demo.piece import Groove, Piece

_STEPS_PER_BEAT = 4
_LOUDNESS = {"X": 1.0, "x": 0.75, "o": 0.4}


@dataclass(frozen=True, slots=True)
class Hit:
    """A stroke on a drum; time in quarter notes."""

    start: float
    drum: str
    velocity: float


def drum_section(piece: Piece, groove: Groove, bars: int, random: np.random.Generator) -> list[Hit]:
    """Play `groove` for `bars` bars, times from the section's start.

    No two bars are quite alike: strokes vary in strength, soft ones come and go, and the last
    half bar becomes a fill where the piece has drums for one.
    """
    steps = round(bars * piece.beats * _STEPS_PER_BEAT)
    fill_steps = round(piece.beats * _STEPS_PER_BEAT / 2) if piece.fill and bars >= 4 else 0
    hits: list[Hit] = []
    for drum, figure in groove.items():
        pattern = figure.replace(" ", "")
        for step in range(steps):
            symbol = pattern[step % len(pattern)]
            if step >= steps - fill_steps and drum != "kick":
                continue
            if symbol == "o" and random.random() < 0.2:
                continue
            if symbol in _LOUDNESS:
                velocity = _LOUDNESS[symbol] * random.uniform(0.85, 1.0)
                hits.append(Hit(step / _STEPS_PER_BEAT, drum, velocity))
    hits += _fill(piece.fill, steps - fill_steps, fill_steps, random)
    if fill_steps and piece.crash:
        hits.append(Hit(0.0, piece.crash, 0.7))
    return sorted(hits, key=lambda hit: (hit.start, hit.drum))


def _fill(drums: tuple[str, ...], first: int, steps: int, random: np.random.Generator) -> list[Hit]:
    """Run through `drums` in sixteenths, denser and louder towards the end."""
    hits: list[Hit] = []
    for step in range(steps):
        progress = step / steps
        if step % 2 == 0 or random.random() < 0.35 + 0.5 * progress:
            drum = drums[int(progress * len(drums))]
            velocity = (0.5 + 0.45 * progress) * random.uniform(0.85, 1.0)
            hits.append(Hit((first + step) / _STEPS_PER_BEAT, drum, velocity))
    return hits
