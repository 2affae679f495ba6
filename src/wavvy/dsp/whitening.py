"""A query's spectrogram, whitened: how far each point stands out from its surroundings.

The second witness of a match looks the reference's peaks up in here. A peak counts even where the
query's own peak picking missed it, because noise moved it or pushed it down the ranks.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from wavvy.dsp.arrays import F64, I16, I64, U8
from wavvy.dsp.kernel import kernel

STEPS = 50
"""Steps in one standard deviation of the surroundings."""

T = TypeVar("T", I16, U8)

_LOW, _HIGH = np.float32(-1 * STEPS), np.float32(4 * STEPS)
_BLOCK = 32  # rows that are turned into columns together
_STEPS = np.float32(STEPS)
_NOTHING, _HALF = np.float32(0.0), np.float32(0.5)
_NOISE_MB2 = np.float32(100.0**2)
"""Added to the local variance, so that a level patch stays level: (1 dB) squared."""


class Whitening:
    """Whitens a log spectrogram that arrives in pieces against local mean and deviation.

    ``push`` returns what no later frame can change. ``tail`` returns those of the last frames
    as they would be if the stream ended now. Both have shape (bins, frames), uint8: deviations from
    -1 up to 4, in `STEPS`.

    Parameters
    ----------
    bins : int
        Of the spectrogram.
    reach_frames, reach_bins : int
        Half-sizes of the patch that gives mean and deviation.
    spread : int
        Each point takes the maximum of this many frames, and one bin, to either side.
    """

    def __init__(self, bins: int, reach_frames: int, reach_bins: int, spread: int) -> None:
        self._reach_frames, self._reach_bins, self._spread = reach_frames, reach_bins, spread
        self._columns = np.empty((0, bins), np.int16)
        self._first = 0  # frame of the stream that self._columns starts with
        self._points = np.empty((0, bins), np.uint8)  # whitened, before they spread
        self._first_point = 0  # frame that self._points starts with
        self._settled = 0  # frames before this one have been returned
        # Sums of levels and of their squares over the patch around the frame before the next point.
        self._sums = np.zeros((2, bins), np.int64)

    def push(self, columns: I16) -> U8:
        """Take frames, shape (frames, bins) in millibels; return what is settled."""
        self._columns = np.concatenate((self._columns, columns))
        end = self._first + len(self._columns)
        self._points = self._pointed_out(end - self._reach_frames, self._sums)
        whitened = self._first_point + len(self._points)
        settled = max(self._settled, whitened - self._spread)
        rows = self._spread_out(self._points, settled)
        self._settled = settled
        self._first, self._columns = _since(
            whitened - self._reach_frames - 1, self._first, self._columns
        )
        self._first_point, self._points = _since(
            settled - self._spread, self._first_point, self._points
        )
        return rows

    def tail(self) -> U8:
        """Return what is not settled yet, as if the stream ended now."""
        end = self._first + len(self._columns)
        return self._spread_out(self._pointed_out(end, self._sums.copy()), end)

    def _pointed_out(self, stop: int, sums: I64) -> U8:
        """Return the points kept so far, and those of the frames up to ``stop``."""
        start = self._first_point + len(self._points)
        new = _whiten(
            self._columns, self._first, start, stop, sums, self._reach_frames, self._reach_bins
        )
        return np.concatenate((self._points, new))

    def _spread_out(self, points: U8, stop: int) -> U8:
        """Return what follows the settled part up to frame ``stop``."""
        start = self._settled - self._first_point
        return _local_maximum(points, start, stop - self._first_point, self._spread)


def _since(frame: int, first: int, rows: T) -> tuple[int, T]:
    """Drop the rows before a frame; return the frame that the rest begins with, and the rest."""
    surplus = max(0, frame - first)
    return first + surplus, rows[surplus:]


@kernel
def _whiten(
    columns: I16,
    first: int,
    start: int,
    stop: int,
    sums: I64,
    reach_frames: int,
    reach_bins: int,
) -> U8:
    """Whiten the frames ``start`` to ``stop`` where ``columns`` begins with ``first``.

    ``sums`` follows the patch, as rows enter and leave. Integers: exact in any order.
    """
    bins = columns.shape[1]
    end = first + columns.shape[0]
    out = np.empty((max(0, stop - start), bins), np.uint8)
    shares = np.empty(bins)  # one over the width of the patch
    for f in range(bins):
        shares[f] = 1.0 / (min(bins, f + reach_bins + 1) - max(0, f - reach_bins))
    # Sums over the bins below, so that those of a patch are differences, at the borders too. They
    # are exact as floats, and no vector code makes these of integers of 64 bits.
    below = np.zeros((2, bins + 2 * reach_bins + 1))
    level_sums, square_sums = below[0, reach_bins + 1 :], below[1, reach_bins + 1 :]
    nothing = np.zeros(bins, np.int16)
    levels, squares = sums[0], sums[1]
    for t in range(start, stop):
        if t == 0:
            for u in range(min(end, reach_frames)):
                _exchange(nothing, columns[u], sums)
        leaving, entering = t - reach_frames - 1, t + reach_frames
        _exchange(
            columns[leaving - first] if leaving >= 0 else nothing,
            columns[entering - first] if entering < end else nothing,
            sums,
        )
        rows = min(end, entering + 1) - max(0, leaving + 1)
        total, total_square = np.int64(0), np.int64(0)
        for f in range(bins):
            total += levels[f]
            total_square += squares[f]
            level_sums[f] = total
            square_sums[f] = total_square
        level_sums[bins:] = total
        square_sums[bins:] = total_square
        _stand_out(
            columns[t - first], below, 2 * reach_bins + 1, shares, 1.0 / rows, out[t - start]
        )
    return out


@kernel
def _exchange(leaving: I16, entering: I16, sums: I64) -> None:
    levels, squares = sums[0], sums[1]
    for f in range(levels.size):
        old, new = np.int64(leaving[f]), np.int64(entering[f])
        levels[f] += new - old
        squares[f] += new * new - old * old


@kernel
def _stand_out(row: I16, below: F64, width: int, shares: F64, share: float, out: U8) -> None:
    """Write by how many steps of a deviation each level lies above the mean around it."""
    sums, squares = below[0], below[1]
    sums_above, squares_above = sums[width:], squares[width:]
    for f in range(row.size):
        part = share * shares[f]
        mean = part * (sums_above[f] - sums[f])
        variance = np.float32(part * (squares_above[f] - squares[f]) - mean * mean)
        variance = variance if variance > _NOTHING else _NOTHING
        steps = (np.float32(row[f]) - np.float32(mean)) / np.sqrt(variance + _NOISE_MB2) * _STEPS
        steps = steps if steps > _LOW else _LOW
        steps = steps if steps < _HIGH else _HIGH
        out[f] = np.uint8(np.int32(steps - _LOW + _HALF))


@kernel
def _local_maximum(points: U8, start: int, stop: int, reach: int) -> U8:
    """Return the maxima around the points of rows ``start`` to ``stop``, shape (bins, frames)."""
    frames, bins = points.shape
    size = max(0, stop - start)
    out = np.empty((bins, size), np.uint8)
    above = np.zeros(bins + 2, np.uint8)
    middle = above[1 : bins + 1]
    block = np.empty((_BLOCK, bins), np.uint8)
    for first in range(0, size, _BLOCK):
        together = min(_BLOCK, size - first)
        for i in range(together):
            t = start + first + i
            middle[:] = points[t]
            for u in range(max(0, t - reach), min(frames, t + reach + 1)):
                row = points[u]
                for f in range(bins):
                    middle[f] = row[f] if row[f] > middle[f] else middle[f]
            row = block[i]
            for f in range(bins):
                row[f] = above[f] if above[f] > above[f + 1] else above[f + 1]
            for f in range(bins):
                row[f] = above[f + 2] if above[f + 2] > row[f] else row[f]
        for f in range(bins):
            for i in range(together):
                out[f, first + i] = block[i, f]
    return out
