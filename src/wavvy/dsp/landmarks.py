"""Landmarks: pairs of peaks, and the hash that a reference keeps of them.

The hash holds, from the high bits down::

    f1  12 bits   cell of the first peak's frequency, a quarter of a bin (0.98 Hz) wide
    df  10 bits   cell of the second peak's frequency less f1, from -511 to 511, offset by 512
    dt   5 bits   frames from the first peak to the second, from 20 on in steps of four

Cells are finer than noise leaves a peak, so a query looks around: at all cells within so many
sub-bins of its own two frequencies.

See A. Wang, "An Industrial-Strength Audio Search Algorithm", ISMIR 2003.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

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

_SPAN_CODES = np.array(
    [min(dt, EXACT_SPANS + max(dt - EXACT_SPANS, 0) // 4) for dt in range(64)], np.uint32
)


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
    """

    frames: I32
    first: U16
    second: U16
    spans: U8

    def only(self, chosen: slice | I64 | Bools) -> Landmarks:
        """Return those at some positions."""
        frames, first, second, spans = self
        return Landmarks(frames[chosen], first[chosen], second[chosen], spans[chosen])

    def hashes(self) -> U32:
        """Return what names each landmark, ``HASH_BITS`` wide; uint32."""
        first = self.first // np.uint16(CELL)
        df = self.second // np.uint16(CELL) - first.astype(np.int32)
        return (
            first.astype(np.uint32) << np.uint32(DF_BITS + DT_BITS)
            | (df + (MAX_DF + 1)).astype(np.uint32) << np.uint32(DT_BITS)
            | _SPAN_CODES[self.spans]
        )


@kernel
def pack(f1: int, df: int, dt: int) -> int:
    """Pack a landmark's cells, and the frames between its peaks, into its hash."""
    code = dt if dt < EXACT_SPANS else EXACT_SPANS + (dt - EXACT_SPANS) // 4
    return (f1 << (DF_BITS + DT_BITS)) | ((df + MAX_DF + 1) << DT_BITS) | code


class LandmarkStream:
    """Pairs the peaks of a stream as they are found.

    ``push`` returns the landmarks that end with a settled peak, which no later one can change.
    ``tail`` returns those that end with an open peak, as if the stream ended there. Each time they
    are in the order in which they begin.

    Parameters
    ----------
    fan_out : int
        Pairs that each peak starts: with the first so many after it that lie near in frequency.
    """

    def __init__(self, params: FingerprintParams, fan_out: int) -> None:
        self._params = params
        self._fan_out = fan_out
        self._recent = Peaks(np.empty(0, np.int32), np.empty(0, np.uint16))  # may start more
        self._started = np.empty(0, np.uint8)  # how many each of them has

    def push(self, peaks: Peaks) -> Landmarks:
        """Take settled peaks; return the landmarks that they end."""
        self._recent, self._started, landmarks = self._joined(peaks)
        if peaks.frames.size:
            oldest = self._recent.frames[-1] - self._params.pair_max_frames
            begin = int(np.searchsorted(self._recent.frames, oldest))
            frames, freqs = self._recent
            self._recent = Peaks(frames[begin:], freqs[begin:])
            self._started = self._started[begin:]
        return landmarks

    def tail(self, peaks: Peaks) -> Landmarks:
        """Return what ``push`` would, and stay as it was."""
        return self._joined(peaks)[2]

    def _joined(self, peaks: Peaks) -> tuple[Peaks, U8, Landmarks]:
        frames = np.concatenate((self._recent.frames, peaks.frames))
        freqs = np.concatenate((self._recent.freqs, peaks.freqs))
        started = np.concatenate((self._started, np.zeros(peaks.frames.size, np.uint8)))
        joined = Peaks(frames, freqs)
        found = _paired(joined, self._started.size, started, self._params, self._fan_out)
        return joined, started, found


def reference_landmarks(peaks: Peaks, params: FingerprintParams) -> Landmarks:
    """Pair each peak with the next few in time that lie near it in frequency."""
    return query_landmarks(peaks, params, fan_out=params.fan_out)


def query_landmarks(peaks: Peaks, params: FingerprintParams, *, fan_out: int) -> Landmarks:
    """Pair each peak as a reference would, but more often.

    Parameters
    ----------
    fan_out : int
        Pairs that each peak starts: more than a reference's, as other peaks come in between.
    """
    return _paired(peaks, 0, np.zeros(peaks.frames.size, np.uint8), params, fan_out)


def _paired(
    peaks: Peaks, new: int, started: U8, params: FingerprintParams, fan_out: int
) -> Landmarks:
    """Pair peaks from the ``new`` ones on with any before that have not started enough."""
    return Landmarks(
        *_pair(
            *peaks,
            new,
            started,
            params.pair_min_frames,
            params.pair_max_frames,
            params.pair_max_bins * SUBBINS,
            fan_out,
        )
    )


def concatenate(parts: Iterable[Landmarks]) -> Landmarks:
    """Put landmarks together."""
    return Landmarks(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@kernel
def _pair(
    frames: I32,
    freqs: U16,
    new: int,
    started: U8,
    min_dt: int,
    max_dt: int,
    max_df: int,
    fan_out: int,
) -> tuple[I32, U16, U16, U8]:
    times = np.empty(frames.size * fan_out, np.int32)
    first = np.empty(times.size, np.uint16)
    second = np.empty(times.size, np.uint16)
    spans = np.empty(times.size, np.uint8)
    n = 0
    for i in range(frames.size):
        f1 = np.int64(freqs[i])
        pairs = np.int64(started[i])
        j = max(i + 1, new)
        while j < frames.size and pairs < fan_out:
            dt = frames[j] - frames[i]
            if dt > max_dt:
                break
            if dt >= min_dt and abs(np.int64(freqs[j]) - f1) <= max_df:
                times[n] = frames[i]
                first[n] = freqs[i]
                second[n] = freqs[j]
                spans[n] = dt
                n += 1
                pairs += 1
            j += 1
        started[i] = pairs
    return times[:n], first[:n], second[:n], spans[:n]
