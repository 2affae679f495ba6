"""Landmarks: pairs of peaks, and the hash that a reference keeps of them.

The hash holds, from the high bits down::

    dt   5 bits   frames from the first peak to the second, from 20 on in steps of four
    df   5 bits   cell of the second peak's frequency less f1, from -511 to 511, offset by 512;
                  the high bits of it
    f1  12 bits   cell of the first peak's frequency, a quarter of a bin (0.98 Hz) wide
    df   5 bits   the low bits

Cells are finer than noise leaves a peak, so a query looks around: at all cells within so many
sub-bins of its own two frequencies. In this order their hashes lie in few rows, and most of those
close together, as do then the postings of an index.

See A. Wang, "An Industrial-Strength Audio Search Algorithm", ISMIR 2003.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wavvy.dsp.arrays import I32, I64, U8, U16, U32, Bools
from wavvy.dsp.kernel import kernel
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import SUBBINS, Peaks

F1_BITS, DF_BITS, DT_BITS = 12, 10, 5
HASH_BITS = F1_BITS + DF_BITS + DT_BITS
CELL = SUBBINS // 4
"""Width of a frequency cell, in sub-bins."""
MAX_DF = (1 << (DF_BITS - 1)) - 1
"""Largest difference of cells that fits the hash."""

EXACT_SPANS = 20
"""Frames up to which each span has a code of its own."""

ROW_BITS = 5
"""Low bits of the difference of cells that lie together: so many differences make a row, in which
one more is the next hash."""
_IN_ROW = (1 << ROW_BITS) - 1
_NO_RANK = 65535


class Landmarks(NamedTuple):
    """Pairs of peaks.

    Attributes
    ----------
    frames : ndarray, shape (n,), int32
        When: the frame of the first peak.
    first, second : ndarray, shape (n,), uint16
        Frequencies of the two peaks in sub-bins.
    spans : ndarray, shape (n,), uint8
        Frames from the first to the second.
    ranks : ndarray, shape (n,), uint16
        The higher of the two peaks' ranks: the more salient both are, the likelier a reference has
        the landmark too.
    """

    frames: I32
    first: U16
    second: U16
    spans: U8
    ranks: U16

    def only(self, chosen: slice | I64 | Bools) -> Landmarks:
        """Return those at some positions."""
        columns: Any = (column[chosen] for column in self)
        return Landmarks(*columns)

    def hashes(self) -> U32:
        """Return what names each landmark, ``HASH_BITS`` wide; uint32."""
        return _hashes(self.first, self.second, self.spans)


@kernel
def span_code(dt: int) -> int:
    """Return what stands for so many frames between two peaks in a hash."""
    return dt if dt < EXACT_SPANS else EXACT_SPANS + (dt - EXACT_SPANS) // 4


@kernel
def pack(code: int, f1: int, df: int) -> int:
    """Pack a landmark's span code and cells into its hash."""
    offset = df + MAX_DF + 1
    high = code << (DF_BITS - ROW_BITS) | offset >> ROW_BITS
    return (high << F1_BITS | f1) << ROW_BITS | offset & _IN_ROW


@kernel
def _hashes(first: U16, second: U16, spans: U8) -> U32:
    hashes = np.empty(first.size, np.uint32)
    for i in range(first.size):
        f1, f2 = int(np.int64(first[i])) // CELL, int(np.int64(second[i])) // CELL
        hashes[i] = pack(span_code(int(np.int64(spans[i]))), f1, f2 - f1)
    return hashes


@kernel
def end_of_row(df: int) -> int:
    """Return the last difference of cells in the row of ``df``."""
    return (df + MAX_DF + 1 | _IN_ROW) - (MAX_DF + 1)


def reference_landmarks(peaks: Peaks, params: FingerprintParams) -> Landmarks:
    """Pair each peak with the next few in time that lie near it in frequency."""
    return query_landmarks(peaks, params, fan_out=params.fan_out)


def query_landmarks(
    peaks: Peaks, params: FingerprintParams, *, fan_out: int, shifts: int = 1
) -> Landmarks:
    """Pair each peak as a reference would that had kept just those as salient as the pair.

    So landmarks of a rank below some are those of the peaks of a rank below it.

    Parameters
    ----------
    fan_out : int
        How many peaks after it each is paired with; see `_pair`.
    shifts : int, default 1
        Sub-hop analyses that the peaks are of, whose frames take turns: those of one are paired.

    Returns
    -------
    Landmarks
        In the order in which they begin; with frames as the peaks have them.
    """
    return Landmarks(
        *_pair(
            *peaks,
            fan_out,
            shifts,
            params.pair_min_frames,
            params.pair_max_frames,
            params.pair_max_bins * SUBBINS,
        )
    )


def concatenate(parts: Iterable[Landmarks]) -> Landmarks:
    """Put landmarks together."""
    return Landmarks(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@kernel
def _pair(
    frames: I32,
    freqs: U16,
    ranks: U16,
    fan_out: int,
    shifts: int,
    min_dt: int,
    max_dt: int,
    max_df: int,
) -> tuple[I32, U16, U16, U8, U16]:
    """Pair each peak with some that follow and lie near it in frequency.

    A reference pairs with the first ``fan_out`` of these. Which peaks it has kept, a query cannot
    know: noise adds some. So two are paired here if fewer than ``fan_out`` of those between them
    are as salient as both. Peaks that are all alike are paired as a reference's.
    """
    last = fan_out - 1
    nearest, farthest = shifts * min_dt, shifts * max_dt
    lowest = np.empty(fan_out, np.int64)  # ranks of those that follow a peak so far, ascending
    times = np.empty(frames.size * fan_out + 1, np.int32)
    first = np.empty(times.size, np.uint16)
    second = np.empty(times.size, np.uint16)
    spans = np.empty(times.size, np.uint8)
    worse = np.empty(times.size, np.uint16)
    n = 0
    for i in range(frames.size):
        time, f1, rank = frames[i], np.int64(freqs[i]), np.int64(ranks[i])
        lowest[:] = enough = _NO_RANK
        # From slices it reads faster, as no position in them is negative.
        frames_after, freqs_after, ranks_after = frames[i + 1 :], freqs[i + 1 :], ranks[i + 1 :]
        for j in range(frames_after.size):
            later = frames_after[j] - time
            if later > farthest or enough <= rank:
                break
            f2, rank2 = np.int64(freqs_after[j]), np.int64(ranks_after[j])
            near = later >= nearest and abs(f2 - f1) <= max_df
            if rank2 >= enough or not near or later % shifts:
                continue
            if n == times.size:
                times, spans = _doubled(times), _doubled(spans)
                first, second, worse = _doubled(first), _doubled(second), _doubled(worse)
            times[n], first[n], second[n] = time, f1, f2
            spans[n] = later // shifts
            worse[n] = max(rank, rank2)
            n += 1
            at = last
            while at > 0 and lowest[at - 1] > rank2:
                lowest[at] = lowest[at - 1]
                at -= 1
            lowest[at] = rank2
            enough = lowest[last]
    return times[:n], first[:n], second[:n], spans[:n], worse[:n]


@kernel
def _doubled(values: NDArray[Any]) -> NDArray[Any]:
    doubled = np.empty(2 * values.size, values.dtype)
    doubled[: values.size] = values
    return doubled
