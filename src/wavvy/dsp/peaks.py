"""Spectral peaks: the few points of a spectrogram that survive noise.

A peak is a local maximum, judged by its height over the mean of the patch around it (its salience).
Peaks compete with those about half a second before and after, and the most salient are kept. Both
rules are local in time, so they can be applied to a stream; see A. Wang, "An Industrial-Strength
Audio Search Algorithm", ISMIR 2003, for why peaks, and D. Ellis' audfprint for ranking them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import I16, I32, I64, U16, Bools
from wavvy.dsp.kernel import kernel
from wavvy.dsp.params import FingerprintParams

SUBBINS = 16
"""Frequencies are integers in this fraction of a bin: 0.24 Hz."""


class Peaks(NamedTuple):
    """Peaks in order of time, then frequency.

    Attributes
    ----------
    frames : ndarray, shape (n,), int32
        Frame of each peak.
    freqs : ndarray, shape (n,), uint16
        Frequency in sub-bins above 0 Hz (``SUBBINS`` to the bin), by parabolic interpolation.
    """

    frames: I32
    freqs: U16


class PeakPicker:
    """Picks the peaks of a spectrogram that arrives in pieces.

    ``push`` returns peaks that no later frame can change. ``tail`` returns those of the last frames
    as they would be if the stream ended now. Together they are the peaks of the whole.
    """

    def __init__(self, params: FingerprintParams, peaks_per_second: int) -> None:
        self._params = params
        window_s = (2 * params.rank_frames + 1) * params.hop / params.sample_rate
        self._keep = round(peaks_per_second * window_s)
        self._columns = np.empty((0, params.bins), np.int16)
        self._first = 0  # frame of the stream that self._columns starts with
        self._settled = 0  # frames before this one have been returned

    def push(self, columns: I16) -> Peaks:
        """Take frames, shape (frames, bins) in millibels; return the peaks that are settled."""
        p = self._params
        self._columns = np.concatenate((self._columns, columns))
        end = self._first + len(self._columns)
        stop = end - p.mean_frames - p.rank_frames
        if stop <= self._settled:
            return _pick(self._columns, self._first, 0, 0, self._keep, p)
        peaks = _pick(self._columns, self._first, self._settled, stop, self._keep, p)
        self._settled = stop
        surplus = stop - p.mean_frames - p.rank_frames - self._first
        if surplus > 0:
            self._columns = self._columns[surplus:].copy()
            self._first += surplus
        return peaks

    def tail(self) -> Peaks:
        """Return the peaks of the frames not settled yet, as if the stream ended now."""
        end = self._first + len(self._columns)
        return _pick(self._columns, self._first, self._settled, end, self._keep, self._params)


def _pick(
    columns: I16, first: int, start: int, stop: int, keep: int, p: FingerprintParams
) -> Peaks:
    """Pick the peaks of frames ``start`` to ``stop`` where ``columns`` begins with ``first``."""
    if stop <= start:
        return Peaks(np.empty(0, np.int32), np.empty(0, np.uint16))
    frames, bins, salience = _candidates(
        columns,
        max(0, start - p.rank_frames - first),
        min(len(columns), stop + p.rank_frames - first),
        p.neighbourhood_frames,
        p.neighbourhood_bins,
        p.mean_frames,
        p.mean_bins,
    )
    kept = _most_salient(frames, salience, start - first, stop - first, p.rank_frames, keep)
    frames, bins = frames[kept], bins[kept]
    freqs = _interpolate(columns, frames, bins, p.low_bin)
    return Peaks(frames + np.int32(first), freqs)


@kernel
def _candidates(
    columns: I16,
    start: int,
    stop: int,
    reach_frames: int,
    reach_bins: int,
    mean_frames: int,
    mean_bins: int,
) -> tuple[I32, I32, I32]:
    """Find local maxima that stand above the mean of the patch around them."""
    total, bins = columns.shape
    frames_out = np.empty((stop - start) * bins // (reach_bins + 1) + 1, np.int32)
    bins_out = np.empty(frames_out.size, np.int32)
    salience_out = np.empty(frames_out.size, np.int32)
    # sums[f] is the sum of all levels below bin f over the rows of the patch; rows enter and leave
    # as the patch moves on. Integers: exact in any order.
    sums = np.zeros(bins + 1, np.int64)
    rows = 0
    for t in range(max(0, start - mean_frames), min(total, start + mean_frames)):
        _accumulate(columns[t], sums, 1)
        rows += 1
    n = 0
    for t in range(start, stop):
        if t + mean_frames < total:
            _accumulate(columns[t + mean_frames], sums, 1)
            rows += 1
        if t - mean_frames - 1 >= 0 and t > start:
            _accumulate(columns[t - mean_frames - 1], sums, -1)
            rows -= 1
        row = columns[t]
        f = 1
        while f < bins - 1:
            level = row[f]
            if level <= row[f - 1]:
                f += 1
                continue
            if level < row[f + 1]:
                f += 1
                continue
            if _is_maximum(columns, t, f, level, reach_frames, reach_bins):
                low = max(0, f - mean_bins)
                high = min(bins, f + mean_bins + 1)
                mean = (sums[high] - sums[low]) // (rows * (high - low))
                if level > mean:
                    frames_out[n] = t
                    bins_out[n] = f
                    salience_out[n] = level - mean
                    n += 1
            f += 1
    return frames_out[:n], bins_out[:n], salience_out[:n]


@kernel
def _accumulate(row: I16, sums: I64, sign: int) -> None:
    running = 0
    for f in range(row.size):
        running += row[f]
        sums[f + 1] += sign * running


@kernel
def _is_maximum(
    columns: I16, t: int, f: int, level: int, reach_frames: int, reach_bins: int
) -> bool:
    """Tell whether no neighbour is higher; among equals the first in time, then in frequency."""
    total, bins = columns.shape
    low = max(0, f - reach_bins)
    high = min(bins, f + reach_bins + 1)
    for u in range(max(0, t - reach_frames), min(total, t + reach_frames + 1)):
        for g in range(low, high):
            other = columns[u, g]
            if other > level or (other == level and (u < t or (u == t and g < f))):
                return False
    return True


@kernel
def _most_salient(
    frames: I32, salience: I32, start: int, stop: int, reach: int, keep: int
) -> Bools:
    """Mark the candidates in [start, stop) with fewer than ``keep`` better ones within reach."""
    kept = np.zeros(frames.size, np.bool_)
    low = 0
    for i in range(frames.size):
        while frames[low] < frames[i] - reach:
            low += 1
        if frames[i] < start or frames[i] >= stop:
            continue
        better = 0
        j = low
        while j < frames.size and frames[j] <= frames[i] + reach and better < keep:
            if salience[j] > salience[i] or (salience[j] == salience[i] and j < i):
                better += 1
            j += 1
        kept[i] = better < keep
    return kept


def _interpolate(columns: I16, frames: I32, bins: I32, low_bin: int) -> U16:
    """Refine each peak's bin by the parabola through it and its two neighbours."""
    left, mid, right = (columns[frames, bins + step].astype(np.float64) for step in (-1, 0, 1))
    curve = left - 2 * mid + right
    shift = np.where(curve < 0, 0.5 * (left - right) / np.where(curve < 0, curve, -1.0), 0.0)
    return np.rint((bins + low_bin + shift) * SUBBINS).astype(np.uint16)
