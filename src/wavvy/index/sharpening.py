"""From a warp that was near enough to nominate a candidate to the exact one."""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import F64, I16, I64, U8, U16, U32
from wavvy.dsp.kernel import kernel
from wavvy.index.image import MARGIN, QueryImage
from wavvy.index.placement import Warps, agreements, heard_peaks, middle, placed
from wavvy.index.segment import Segment
from wavvy.index.votes import Candidates

_WIDEST = 1.1
"""Stretch of the reference that is looked at while a warp is sharpened."""
_FARTHEST = 0.05
"""Change of time that is considered, a fraction: the warps that are tried lie closer together."""
_PITCH_STEP = 0.001
"""Change of pitch at scale 1, a fraction of the frequency."""
_IN_TUNE = 0.0025
"""Fraction of the frequency up to which a clip is taken to be in tune with the track."""
_SHIFTS = 2
"""Half-frames to either side that are tried with each change."""
_FINE = 12
"""Quarters of a step in time, and halves of one in pitch, to either side among which the middle of
the best is looked for."""
_RESOLVED = 3.0
"""Half-frames by which two time warps must differ over the length of a query to be told apart."""


def sharpen(
    segment: Segment, candidates: Candidates, warps: Warps, image: QueryImage, low_bin: int
) -> tuple[Candidates, Warps]:
    """Move each candidate to the warp, near its own, at which most peaks agree."""
    offsets, times, pitches = _sharpen(
        candidates.offsets,
        warps.times,
        warps.pitches,
        *segment.peaks,
        low_bin,
        image.sight.agreement,
    )
    return Candidates(offsets, candidates.votes), Warps(times, pitches)


@kernel
def _sharpen(
    offsets: I64,
    time_warps: F64,
    pitch_warps: F64,
    checkpoints: U32,
    marks: U8,
    freqs: U16,
    low_bin: int,
    agreement: I16,
) -> tuple[I64, F64, F64]:
    """Climb in time and pitch by turns, in ever smaller steps; time turns about the middle."""
    frames = agreement.shape[1] - 2 * MARGIN
    moved, times_out, pitches_out = offsets.copy(), time_warps.copy(), pitch_warps.copy()
    for i in range(offsets.size):
        times, subbins = heard_peaks(
            offsets[i], _WIDEST * time_warps[i], frames, checkpoints, marks, freqs
        )
        start, time, pitch = float(offsets[i]), time_warps[i], pitch_warps[i]
        highest = 0.0
        for scale in (4.0, 2.0, 1.0, 0.5):
            # At scale 1 a step moves the query's ends by a half-frame, and 2 kHz by half a bin.
            best = (start, time, pitch)
            for step in range(-2, 3):
                new_time = _within(time + step * scale * 2.0 / frames, time_warps[i])
                new_start = start + (time - new_time) * frames / 2
                for turn in range(-3, 4):
                    new_pitch = pitch * (1.0 + turn * scale * _PITCH_STEP)
                    at, rows = placed(
                        times + (offsets[i] - new_start),
                        subbins,
                        new_time,
                        new_pitch,
                        low_bin,
                        agreement,
                    )
                    totals = agreements(at, rows, agreement, _SHIFTS)
                    for moved_by in range(totals.size):
                        if totals[moved_by] > highest:
                            highest = totals[moved_by]
                            shift = _SHIFTS - moved_by
                            best = (new_start + shift * new_time, new_time, new_pitch)
            start, time, pitch = best
        # The agreement has a flat top in both: its middle is the better guess.
        at_middle = times + (offsets[i] - start)
        spread = np.empty((2, 2 * _FINE + 1))
        for step in range(spread.shape[1]):
            new_time = _within(time + (step - _FINE) * 0.5 / frames, time_warps[i])
            turned = at_middle - (time - new_time) * frames / 2
            at, rows = placed(turned, subbins, new_time, pitch, low_bin, agreement)
            spread[0, step] = agreements(at, rows, agreement, 0)[0]
            new_pitch = pitch * (1.0 + (step - _FINE) * 0.5 * _PITCH_STEP)
            at, rows = placed(at_middle, subbins, time, new_pitch, low_bin, agreement)
            spread[1, step] = agreements(at, rows, agreement, 0)[0]
        finer = _within(time + (middle(spread[0]) - _FINE) * 0.5 / frames, time_warps[i])
        pitch *= 1.0 + (middle(spread[1]) - _FINE) * 0.5 * _PITCH_STEP
        # Within what the query can resolve, the simplest cause: a turntable, or one knob alone.
        if abs(pitch - 1.0) < _IN_TUNE:
            pitch = 1.0
        for simple in (pitch, 1.0):
            if abs(finer - simple) * frames < _RESOLVED:
                finer = simple
                break
        start += (time - finer) * frames / 2
        moved[i], times_out[i], pitches_out[i] = round(start), finer, pitch
    return moved, times_out, pitches_out


@kernel
def _within(time: float, nominated: float) -> float:
    return max(nominated * (1.0 - _FARTHEST), min(nominated * (1.0 + _FARTHEST), time))
