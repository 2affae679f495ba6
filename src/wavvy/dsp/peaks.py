"""Spectral peaks: the few points of a spectrogram that survive noise.

A peak is a local maximum, judged by its height over the mean of the patch around it (its salience).
Peaks compete with those about half a second before and after, and the most salient are kept. Both
rules are local in time, so they can be applied to a stream; see A. Wang, "An Industrial-Strength
Audio Search Algorithm", ISMIR 2003, for why peaks, and D. Ellis' audfprint for ranking them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

import numpy as np

from wavvy.dsp.arrays import I16, I32, I64, U16, Bools
from wavvy.dsp.kernel import kernel
from wavvy.dsp.params import FingerprintParams

SUBBINS = 16
"""Frequencies are integers in this fraction of a bin: 0.24 Hz."""

_LOWEST = np.int16(-32768)
_WORD = 8  # flags that are looked at together


class Peaks(NamedTuple):
    """Peaks in order of time, then frequency.

    Attributes
    ----------
    frames : ndarray, shape (n,), int32
        Frame of each peak.
    freqs : ndarray, shape (n,), uint16
        Frequency in sub-bins above 0 Hz (``SUBBINS`` to the bin), by parabolic interpolation.
    ranks : ndarray, shape (n,), uint16
        How many of the peaks that each competes with are more salient. A stricter picker, which
        keeps ``k``, finds just those of a rank below ``k``. 0 for all where that is not known.
    """

    frames: I32
    freqs: U16
    ranks: U16

    @classmethod
    def alike(cls, frames: I32, freqs: U16) -> Self:
        """Return peaks of which none counts more than another."""
        return cls(frames, freqs, np.zeros(frames.size, np.uint16))

    @classmethod
    def none(cls) -> Self:
        """Return no peaks."""
        return cls.alike(np.empty(0, np.int32), np.empty(0, np.uint16))

    def only(self, chosen: slice | I64 | Bools) -> Self:
        """Return those at some positions."""
        frames, freqs, ranks = self
        return type(self)(frames[chosen], freqs[chosen], ranks[chosen])


def concatenate(parts: Iterable[Peaks]) -> Peaks:
    """Join peaks that follow each other in time."""
    return Peaks(*(np.concatenate(column) for column in zip(*parts, strict=True)))


class _Candidates(NamedTuple):
    """Local maxima that stand above the mean of the patch around them, in order.

    Attributes
    ----------
    frames, salience : ndarray, shape (n,), int32
        Where in the stream, and how far above, in millibels.
    freqs : ndarray, shape (n,), uint16
        As in `Peaks`.
    """

    frames: I32
    salience: I32
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
        self._candidates = _Candidates(
            np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.uint16)
        )
        self._searched = 0  # frames before this one have all their candidates
        self._settled = 0  # frames before this one have been returned
        self._sums = np.zeros(params.bins, np.int32)  # of the patch around the frame before

    def push(self, columns: I16) -> Peaks:
        """Take frames, shape (frames, bins) in millibels; return the peaks that are settled."""
        p = self._params
        self._columns = np.concatenate((self._columns, columns))
        searched = max(self._searched, self._first + len(self._columns) - p.mean_frames)
        self._candidates = self._search(searched, self._sums)
        self._searched = searched
        settled = max(self._settled, searched - p.rank_frames)
        peaks = self._best(self._candidates, settled)
        self._settled = settled
        begin = int(np.searchsorted(self._candidates.frames, settled - p.rank_frames))
        frames, salience, freqs = self._candidates
        self._candidates = _Candidates(frames[begin:], salience[begin:], freqs[begin:])
        surplus = searched - p.mean_frames - 1 - self._first
        if surplus > 0:
            self._columns = self._columns[surplus:]
            self._first += surplus
        return peaks

    def tail(self) -> Peaks:
        """Return the peaks of the frames not settled yet, as if the stream ended now."""
        end = self._first + len(self._columns)
        return self._best(self._search(end, self._sums.copy()), end)

    def _search(self, stop: int, sums: I32) -> _Candidates:
        """Return the candidates so far, and those of the frames up to ``stop``."""
        p = self._params
        frames, salience, freqs = _find(
            self._columns,
            self._first,
            self._searched,
            stop,
            sums,
            p.neighbourhood_frames,
            p.neighbourhood_bins,
            p.mean_frames,
            p.mean_bins,
            p.low_bin,
        )
        known = self._candidates
        return _Candidates(
            np.concatenate((known.frames, frames)),
            np.concatenate((known.salience, salience)),
            np.concatenate((known.freqs, freqs)),
        )

    def _best(self, candidates: _Candidates, stop: int) -> Peaks:
        """Return the peaks among the candidates from the frames settled up to ``stop``."""
        frames, salience, freqs = candidates
        first, last = np.searchsorted(frames, (self._settled, stop)).tolist()
        ranks = _ranks(frames, salience, first, last, self._params.rank_frames)
        peaks = Peaks(frames[first:last], freqs[first:last], ranks)
        return peaks.only(ranks < self._keep)


@kernel
def _find(
    columns: I16,
    first: int,
    start: int,
    stop: int,
    sums: I32,
    reach_frames: int,
    reach_bins: int,
    mean_frames: int,
    mean_bins: int,
    low_bin: int,
) -> tuple[I32, I32, U16]:
    """Find the candidates of frames ``start`` to ``stop`` where ``columns`` begins with ``first``.

    ``sums`` holds, for each bin, the sum of the levels in the patch around the frame before
    ``start``; rows enter and leave as the patch moves on. Integers: exact in any order.
    """
    bins = columns.shape[1]
    end = first + columns.shape[0]
    most = max(0, stop - start) * (bins // (reach_bins + 1) + 1)
    frames = np.empty(most, np.int32)
    salience = np.empty(most, np.int32)
    freqs = np.empty(most, np.uint16)
    nothing = np.zeros(bins, np.int16)
    lowest = np.empty(bins, np.int16)
    spare = np.empty(bins + 2 * reach_bins, np.int16)
    stands = np.zeros(-(-bins // _WORD) * _WORD, np.bool_)
    standing = np.empty(bins, np.int64)
    n = 0
    for t in range(start, stop):
        if t == 0:
            for u in range(min(end, mean_frames)):
                _exchange(nothing, columns[u], sums)
        leaving, entering = t - mean_frames - 1, t + mean_frames
        _exchange(
            columns[leaving - first] if leaving >= 0 else nothing,
            columns[entering - first] if entering < end else nothing,
            sums,
        )
        rows = min(end, entering + 1) - max(0, leaving + 1)
        now = t - first
        _write_threshold(columns, now, reach_frames, reach_bins, spare, lowest)
        row = columns[now]
        for f in standing[: _write_standing(row, lowest, stands, standing)]:
            level = np.int64(row[f])
            if row[max(0, f - reach_bins) : f].max() == level:
                continue
            low = max(0, f - mean_bins)
            high = min(bins, f + mean_bins + 1)
            mean = sums[low:high].sum() // (rows * (high - low))
            if level > mean:
                frames[n] = t
                salience[n] = level - mean
                freqs[n] = _interpolated(row, f, low_bin)
                n += 1
    return frames[:n], salience[:n], freqs[:n]


@kernel
def _exchange(leaving: I16, entering: I16, sums: I32) -> None:
    for f in range(sums.size):
        sums[f] += np.int32(entering[f]) - np.int32(leaving[f])


@kernel
def _write_threshold(
    columns: I16, t: int, reach_frames: int, reach_bins: int, spare: I16, lowest: I16
) -> None:
    """Write, for each bin, the lowest level that no neighbour in another row forbids.

    A maximum is higher than the rows before and at least as high as its own and those after, so
    that among equals the first counts.
    """
    total, bins = columns.shape
    _write_maximum(columns[max(0, t - reach_frames) : t], reach_bins, spare, lowest)
    after = np.empty_like(lowest)
    _write_maximum(columns[t : min(total, t + reach_frames + 1)], reach_bins, spare, after)
    for f in range(bins):
        above = np.int16(lowest[f] + 1)
        lowest[f] = above if above > after[f] else after[f]


@kernel
def _write_maximum(rows: I16, reach: int, spare: I16, out: I16) -> None:
    """Write the maximum over all rows and ``reach`` bins to either side."""
    bins = out.size
    spare[:] = _LOWEST
    middle = spare[reach : reach + bins]
    for u in range(rows.shape[0]):
        row = rows[u]
        for f in range(bins):
            middle[f] = row[f] if row[f] > middle[f] else middle[f]
    out[:] = _LOWEST
    for step in range(2 * reach + 1):
        moved = spare[step : step + bins]
        for f in range(bins):
            out[f] = moved[f] if moved[f] > out[f] else out[f]


@kernel
def _write_standing(row: I16, lowest: I16, stands: Bools, standing: I64) -> int:
    """Write the bins that no neighbour forbids, but the first and the last; return how many.

    ``standing``, shape (bins,), takes them. ``stands`` is room for a flag for each bin, rounded up
    to a multiple of `_WORD`; those that are no bin's, and the first and last bin's, are false.
    """
    for f in range(1, row.size - 1):
        stands[f] = row[f] >= lowest[f]
    n = 0
    words = stands.view(np.uint64)
    for word in range(words.size):
        if words[word]:
            for f in range(word * _WORD, word * _WORD + _WORD):
                if stands[f]:
                    standing[n] = f
                    n += 1
    return n


@kernel
def _interpolated(row: I16, f: int, low_bin: int) -> int:
    """Refine a peak's bin by the parabola through it and its two neighbours; in sub-bins."""
    left, mid, right = np.float64(row[f - 1]), np.float64(row[f]), np.float64(row[f + 1])
    curve = left - 2 * mid + right
    shift = 0.5 * (left - right) / curve if curve < 0 else 0.0
    return int(np.rint((f + low_bin + shift) * SUBBINS))


@kernel
def _ranks(frames: I32, salience: I32, first: int, last: int, reach: int) -> U16:
    """Count, for each candidate from ``first`` to ``last``, the better ones within reach."""
    ranks = np.empty(max(0, last - first), np.uint16)
    low, high = 0, 0
    for i in range(first, last):
        while frames[low] < frames[i] - reach:
            low += 1
        while high < frames.size and frames[high] <= frames[i] + reach:
            high += 1
        level = salience[i]
        better = 0
        before, after = salience[low:i], salience[i + 1 : high]
        for j in range(before.size):
            better += before[j] >= level
        for j in range(after.size):
            better += after[j] > level
        ranks[i - first] = better
    return ranks
