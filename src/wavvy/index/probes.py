"""Which hashes a query asks for: those about its landmarks, as far as it reaches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I32, I64, U8, U16, U32
from wavvy.dsp.kernel import kernel
from wavvy.dsp.landmarks import (
    CELL,
    HASH_BITS,
    MAX_DF,
    ROW_BITS,
    Landmarks,
    end_of_row,
    pack,
    span_code,
)
from wavvy.dsp.params import FingerprintParams

_DIGITS = 3
_DIGIT_BITS = -(-HASH_BITS // _DIGITS)


class Reach(NamedTuple):
    """How far a reference landmark may be from a query's.

    Attributes
    ----------
    subbins : int
        In the frequency of either peak: all cells that come so near are asked.
    frames : int
        In the frames from the first peak to the second.
    spread : float
        Share of their frequencies by which both peaks may be higher, or both lower, beyond that: by
        the same share, so that where one lies tells about where the other does.
    """

    subbins: int
    frames: int
    spread: float = 0.0


class Probes(NamedTuple):
    """Ranges of hashes, sorted by the lowest.

    Attributes
    ----------
    low, high : ndarray, shape (n,), uint32
        First and last hash of each range.
    asking : ndarray, shape (n,), int32
        Position of the landmark that asks for each.
    times : ndarray, shape (tempos, landmarks), int32
        Half-frame of each landmark, as it would be if the query played at each tempo.
    """

    low: U32
    high: U32
    asking: I32
    times: I32

    def only(self, chosen: I64) -> Probes:
        """Return the ranges at these positions."""
        return Probes(self.low[chosen], self.high[chosen], self.asking[chosen], self.times)


def probes(
    landmarks: Landmarks, reach: Reach, params: FingerprintParams, tempos: Sequence[float] = (1.0,)
) -> Probes:
    """Return what a query's landmarks, with frames in half-frames, ask for.

    Parameters
    ----------
    tempos : sequence of float
        How much faster than a track the query may play it; asked for together, where landmarks are
        so short that it changes their spans little.
    """
    low, high, asking, times = _probes(
        landmarks.frames,
        landmarks.first,
        landmarks.second,
        landmarks.spans,
        np.array(tempos, np.float64),
        *reach,
        params.pair_min_frames,
        params.pair_max_frames,
    )
    return Probes(*_sorted(low, high, asking), times)


@kernel
def _probes(
    frames: I32,
    first: U16,
    second: U16,
    spans: U8,
    tempos: F64,
    subbins: int,
    steps: int,
    spread: float,
    shortest: int,
    longest: int,
) -> tuple[U32, U32, I32, I32]:
    times = np.empty((tempos.size, frames.size), np.int32)
    least_spans, most_spans = np.empty(frames.size, np.int64), np.empty(frames.size, np.int64)
    slowest, fastest = tempos.min(), tempos.max()
    for i in range(frames.size):
        for tempo in range(tempos.size):
            times[tempo, i] = int(np.rint(tempos[tempo] * frames[i]))
        span = np.int64(spans[i])
        least_spans[i], most_spans[i] = int(np.rint(slowest * span)), int(np.rint(fastest * span))
    room = 0
    for i in range(first.size):
        farthest = subbins + spread * max(np.int64(first[i]), np.int64(second[i]))
        cells = int(2 * farthest / CELL) + 3
        rows = (cells >> ROW_BITS) + 2  # that so many differences may lie in
        room += (most_spans[i] - least_spans[i] + 2 * steps + 1) * cells * rows
    low = np.empty(room, np.uint32)
    high = np.empty(low.size, np.uint32)
    asking = np.empty(low.size, np.int32)
    n = 0
    for i in range(first.size):
        f1, f2 = int(np.int64(first[i])), int(np.int64(second[i]))
        from_dt = max(least_spans[i] - steps, shortest)
        to_dt = min(most_spans[i] + steps, longest)
        if from_dt > to_dt:
            continue
        lowest = int(np.floor(f1 * (1 - spread))) - subbins
        highest = int(np.ceil(f1 * (1 + spread))) + subbins
        for cell in range(lowest // CELL, highest // CELL + 1):
            # By what shares both were shifted if the first peak lies in this cell.
            least = max((cell * CELL - subbins - f1) / f1, -spread)
            most = min(((cell + 1) * CELL - 1 + subbins - f1) / f1, spread)
            from_f2 = int(np.floor(f2 * (1 + least))) - subbins
            to_f2 = int(np.ceil(f2 * (1 + most))) + subbins
            from_df = max(from_f2 // CELL - cell, -MAX_DF)
            to_df = min(to_f2 // CELL - cell, MAX_DF)
            for code in range(span_code(from_dt), span_code(to_dt) + 1):
                df = from_df
                while df <= to_df:
                    last = min(end_of_row(df), to_df)
                    low[n], high[n] = pack(code, cell, df), pack(code, cell, last)
                    asking[n] = i
                    n += 1
                    df = last + 1
    return low[:n], high[:n], asking[:n], times


@kernel
def _sorted(low: U32, high: U32, asking: I32) -> tuple[U32, U32, I32]:
    """Put ranges in order of their lowest hash, by a radix sort."""
    for digit in range(_DIGITS):
        low, high, asking = _sorted_by_digit(low, high, asking, digit * _DIGIT_BITS)
    return low, high, asking


@kernel
def _sorted_by_digit(low: U32, high: U32, asking: I32, shift: int) -> tuple[U32, U32, I32]:
    """Put ranges in order of some bits of their lowest hash."""
    mask = (1 << _DIGIT_BITS) - 1
    places = np.zeros(mask + 2, np.int64)
    for i in range(low.size):
        places[((np.int64(low[i]) >> shift) & mask) + 1] += 1
    for digit in range(mask + 1):
        places[digit + 1] += places[digit]
    sorted_low, sorted_high, sorted_asking = (
        np.empty_like(low),
        np.empty_like(high),
        np.empty_like(asking),
    )
    for i in range(low.size):
        at = (np.int64(low[i]) >> shift) & mask
        place = places[at]
        places[at] += 1
        sorted_low[place], sorted_high[place], sorted_asking[place] = low[i], high[i], asking[i]
    return sorted_low, sorted_high, sorted_asking
