"""Warps: what a turntable, a tempo knob or a pitch knob does to music."""

from __future__ import annotations

from typing import NamedTuple


class Warp(NamedTuple):
    """How a clip differs from the track it plays.

    Attributes
    ----------
    time : float
        Seconds of the track in a second of the clip: 1.03 plays 3 % faster.
    pitch : float
        Frequency in the clip of what is 1 Hz in the track: 1.03 sounds 3 % higher.
    """

    time: float = 1.0
    pitch: float = 1.0


PLAIN = Warp()

HALF_STEP = 0.00375
"""Share by which a frequency is off at most for one of the warps that move frequencies."""
_PITCH_STEP = 1 / 8  # semitones: 0.7 %
_PITCH_STEPS, _SPEED_STEPS = 16, 9  # to two semitones, and to 6.5 % of speed
_TEMPO_STEP, _TEMPO_STEPS = 0.04, 3  # to 12 %


def warp_grid() -> list[Warp]:
    """Return the warps that are tried, each near enough to its neighbours for landmarks to meet.

    Three lines through the plain one: faster and higher at once (a turntable), faster alone, higher
    alone. Landmarks are short, so tempo moves them little; frequency is what must fit. Speeds are
    as much higher as some of the pitches, so that one look-up serves both.
    """
    pitches = {
        step: 2 ** (step * _PITCH_STEP / 12) for step in range(-_PITCH_STEPS, 1 + _PITCH_STEPS)
    }
    tempos = [1 + step * _TEMPO_STEP for step in range(-_TEMPO_STEPS, _TEMPO_STEPS + 1)]
    return (
        [Warp(pitch, pitch) for step, pitch in pitches.items() if 0 < abs(step) <= _SPEED_STEPS]
        + [Warp(tempo, 1.0) for tempo in tempos]
        + [Warp(1.0, pitch) for step, pitch in pitches.items() if step]
    )
