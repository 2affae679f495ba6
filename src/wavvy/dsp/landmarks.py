"""Landmarks: pairs of peaks, and the hash that names them.

The hash of a landmark holds, from the high bits down::

    f1  9 bits   cell of the first peak's frequency, two bins (7.8 Hz) wide
    df  7 bits   cell of the second peak's frequency less f1, from -63 to 63, offset by 64
    dt  6 bits   frames from the first peak to the second, 1 to 63

See A. Wang, "An Industrial-Strength Audio Search Algorithm", ISMIR 2003.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import I32, I64, U16, U32
from wavvy.dsp.kernel import kernel
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import SUBBINS, Peaks

F1_BITS, DF_BITS, DT_BITS = 9, 7, 6
HASH_BITS = F1_BITS + DF_BITS + DT_BITS
CELL = 2 * SUBBINS
"""Width of a frequency cell, in sub-bins."""

_DF_OFFSET = 1 << (DF_BITS - 1)
_DT_MASK = (1 << DT_BITS) - 1
_DF_MASK = (1 << DF_BITS) - 1


class Landmarks(NamedTuple):
    """Hashed pairs of peaks.

    Attributes
    ----------
    hashes : ndarray, shape (n,), uint32
        What was heard, ``HASH_BITS`` wide.
    frames : ndarray, shape (n,), int32
        When: the frame of the first peak.
    """

    hashes: U32
    frames: I32


@kernel
def pack(f1: int, df: int, dt: int) -> np.uint32:
    """Pack a landmark's cells and frames into its hash."""
    return np.uint32((f1 << (DF_BITS + DT_BITS)) | ((df + _DF_OFFSET) << DT_BITS) | dt)


def unpack(hashes: U32) -> tuple[I64, ...]:
    """Undo ``pack``: return (f1, df, dt), each int64 of the shape of ``hashes``."""
    wide = hashes.astype(np.int64)
    return (
        wide >> (DF_BITS + DT_BITS),
        ((wide >> DT_BITS) & _DF_MASK) - _DF_OFFSET,
        wide & _DT_MASK,
    )


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
    return Landmarks(
        *_pair(
            peaks.frames,
            peaks.freqs,
            params.pair_min_frames,
            params.pair_max_frames,
            params.pair_max_bins * SUBBINS,
            fan_out,
        )
    )


@kernel
def _pair(
    frames: I32, freqs: U16, min_dt: int, max_dt: int, max_df: int, fan_out: int
) -> tuple[U32, I32]:
    hashes = np.empty(frames.size * fan_out, np.uint32)
    times = np.empty(hashes.size, np.int32)
    n = 0
    for i in range(frames.size):
        f1 = np.int64(freqs[i])
        pairs = 0
        j = i + 1
        while j < frames.size and pairs < fan_out:
            dt = frames[j] - frames[i]
            if dt > max_dt:
                break
            f2 = np.int64(freqs[j])
            if dt >= min_dt and abs(f2 - f1) <= max_df:
                cell = int(f1 // CELL)
                hashes[n] = pack(cell, int(f2 // CELL) - cell, dt)
                times[n] = frames[i]
                n += 1
                pairs += 1
            j += 1
    return hashes[:n], times[:n]
