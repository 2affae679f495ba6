"""Where the peaks of a reference fall in a query, for a candidate offset and warp."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F32, F64, I64, U8, U16, U32
from wavvy.dsp.kernel import kernel
from wavvy.dsp.peaks import SUBBINS
from wavvy.dsp.warp import Warp
from wavvy.index.format import CHECKPOINT_FRAMES

SEARCH = 4
"""Half-frames to either side of a nominated offset that are tried."""
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
    offset: int, time_warp: float, frames: int, counts: U8, checkpoints: U32, freqs: U16
) -> tuple[F64, F64]:
    """Return the reference peaks about a query: half-frames from its start, and sub-bins."""
    start = max(0, offset // 2 - SEARCH)
    stop = min(counts.size, (offset + int(frames * time_warp)) // 2 + SEARCH)
    if stop <= start:
        return np.empty(0), np.empty(0)
    checkpoint = start // CHECKPOINT_FRAMES
    first = np.int64(checkpoints[checkpoint])
    for t in range(checkpoint * CHECKPOINT_FRAMES, start):
        first += counts[t]
    size = 0
    for t in range(start, stop):
        size += counts[t]
    size = max(0, min(size, int(freqs.size - first)))
    times = np.empty(size)
    subbins = np.empty(size)
    n = 0
    for t in range(start, stop):
        for _ in range(counts[t]):
            if n < size:
                times[n] = 2 * t - offset
                subbins[n] = freqs[first + n]
                n += 1
    return times, subbins


@kernel
def placed(
    times: F64, subbins: F64, time_warp: float, pitch_warp: float, low_bin: int, occupied: U8
) -> tuple[I64, I64]:
    """Return where reference peaks fall in the query's image: half-frame and row."""
    at = np.empty(times.size, np.int64)
    rows = np.empty(times.size, np.int64)
    n = 0
    for i in range(times.size):
        row = int(subbins[i] * pitch_warp / SUBBINS + 0.5) - low_bin
        if 0 <= row < occupied.shape[1]:
            at[n] = int(np.floor(times[i] / time_warp + 0.5))
            rows[n] = row
            n += 1
    return at[:n], rows[:n]


@kernel
def best_shift(times: I64, bins: I64, occupied: U8, whitened: F32) -> float:
    """Return the middle of the shifts about the nominated offset that agree about best.

    Peaks coincide within a frame, so the agreement of a clean clip has a flat top.
    """
    sums = np.empty(2 * SEARCH + 1)
    for step in range(sums.size):
        sums[step] = agreement(times, bins, step - SEARCH, occupied, whitened)
    return middle(sums) - SEARCH


@kernel
def middle(sums: F64) -> float:
    """Return the centre of what lies near the highest; the middle position where nothing agrees."""
    highest = sums.max()
    if highest <= 0.0:
        return 0.5 * (sums.size - 1)
    above = np.maximum(sums - _NEAR_BEST * highest, 0.0)
    return float((above * np.arange(sums.size)).sum() / above.sum())


@kernel
def agreement(times: I64, bins: I64, offset: int, occupied: U8, whitened: F32) -> float:
    """Sum up what both witnesses see at an offset."""
    total = 0.0
    for i in range(times.size):
        t = times[i] - offset
        if 0 <= t < occupied.shape[0]:
            total += 2.0 * occupied[t, bins[i]] + whitened[t, bins[i]]
    return total
