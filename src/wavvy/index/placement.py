"""Where the peaks of a reference fall in a query, for a candidate offset and warp."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I16, I64, U8, U16, U32
from wavvy.dsp.kernel import kernel
from wavvy.dsp.peaks import SUBBINS
from wavvy.dsp.warp import Warp
from wavvy.index.image import AGREEMENT, MARGIN
from wavvy.index.marks import peak_frames

SEARCH = 4
"""Half-frames to either side of a nominated offset that are tried; at most half of ``MARGIN``."""
_NEAR_BEST = 0.9
"""Share of the best agreement from which an offset counts towards the refined one."""


class Warps(NamedTuple):
    """How each candidate would have to be played; see ``dsp.warp``.

    Attributes
    ----------
    times, pitches : ndarray, shape (n,), float64
    """

    times: F64
    pitches: F64

    @classmethod
    def all_of(cls, warp: Warp, count: int) -> Warps:
        """Return the same warp for each of ``count`` candidates."""
        return cls(np.full(count, warp.time), np.full(count, warp.pitch))


@kernel
def heard_peaks(
    offset: int, time_warp: float, frames: int, checkpoints: U32, marks: U8, freqs: U16
) -> tuple[F64, F64]:
    """Return the reference peaks about a query: half-frames from its start, and sub-bins."""
    last = 8 * marks.size - freqs.size  # as many frames as there are, or a few more
    start = max(0, offset // 2 - SEARCH)
    stop = min(last, (offset + int(frames * time_warp)) // 2 + SEARCH)
    if stop <= start:
        return np.empty(0), np.empty(0)
    heard, before = peak_frames(start, stop, checkpoints, marks)
    size = max(0, min(heard.size, freqs.size - before))
    times, subbins = np.empty(size), np.empty(size)
    for i in range(size):
        times[i] = 2 * (start + heard[i]) - offset
        subbins[i] = np.int64(freqs[before + i])
    return times, subbins


@kernel
def row_of(subbin: float, pitch_warp: float, low_bin: int) -> int:
    """Return the row of a query in which a reference peak of so many sub-bins falls."""
    return int(subbin * pitch_warp / SUBBINS + 0.5) - low_bin


@kernel
def time_of(time: float, time_warp: float) -> int:
    """Return the half-frame of a query at which a reference peak of this half-frame falls."""
    return int(np.floor(time / time_warp + 0.5))


@kernel
def placed(
    times: F64, subbins: F64, time_warp: float, pitch_warp: float, low_bin: int, agreement: I16
) -> tuple[I64, I64]:
    """Return where reference peaks fall in a query: half-frame and row.

    Those are left out that no shift of ``SEARCH`` half-frames brings inside.
    """
    at = np.empty(times.size, np.int64)
    rows = np.empty(times.size, np.int64)
    last = agreement.shape[1] - 2 * MARGIN + SEARCH
    n = 0
    for i in range(times.size):
        row, time = row_of(subbins[i], pitch_warp, low_bin), time_of(times[i], time_warp)
        if 0 <= row < agreement.shape[0] and -SEARCH <= time < last:
            at[n] = time
            rows[n] = row
            n += 1
    return at[:n], rows[:n]


@kernel
def best_shift(times: I64, rows: I64, agreement: I16) -> float:
    """Return the middle of the shifts about the nominated offset that agree about best.

    Peaks coincide within half a frame, so the agreement of a clean clip has a flat top.
    """
    return SEARCH - middle(agreements(times, rows, agreement, SEARCH))


@kernel
def middle(sums: F64) -> float:
    """Return the centre of what lies near the highest; the middle position where nothing agrees."""
    highest = sums.max()
    if highest <= 0.0:
        return 0.5 * (sums.size - 1)
    above = np.maximum(sums - _NEAR_BEST * highest, 0.0)
    return float((above * np.arange(sums.size)).sum() / above.sum())


@kernel
def agreements(times: I64, rows: I64, agreement: I16, reach: int) -> F64:
    """Sum up what both witnesses see, for peaks moved from ``reach`` half-frames early to late."""
    sums = np.zeros(2 * reach + 1, np.int64)
    for i in range(times.size):
        first = times[i] - reach + MARGIN
        around = agreement[rows[i], first : first + sums.size]
        for step in range(sums.size):
            sums[step] += around[step]
    return sums / AGREEMENT
