"""A query's spectrogram, whitened: how far each point stands out from its surroundings.

The second witness of a match looks the reference's peaks up in here. A peak counts even where the
query's own peak picking missed it, because noise moved it or pushed it down the ranks.
"""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import F32, I16, I64
from wavvy.dsp.kernel import kernel

_LOW, _HIGH = np.float32(-1.0), np.float32(4.0)
_NOISE_MB2 = 100.0**2
"""Added to the local variance, so that a level patch stays level: (1 dB) squared."""


def whiten(columns: I16, reach_frames: int, reach_bins: int, spread_frames: int) -> F32:
    """Whiten a log spectrogram against local mean and deviation.

    Parameters
    ----------
    columns : ndarray, shape (frames, bins), int16
        Levels in millibels.
    reach_frames, reach_bins : int
        Half-sizes of the patch that gives mean and deviation.
    spread_frames : int
        Each point takes the maximum of this many frames, and one bin, to either side.

    Returns
    -------
    ndarray, shape (frames, bins), float32
        Clipped deviations, with mean 0 and standard deviation 1 over the whole.
    """
    if not columns.size:
        return np.empty(columns.shape, np.float32)
    whitened = _standing_out(columns, reach_frames, reach_bins)
    spread: F32 = np.clip(_local_maximum(whitened, spread_frames), _LOW, _HIGH)
    deviation = float(spread.std())
    if deviation < 1e-3:
        return np.zeros_like(spread)
    spread -= spread.mean()
    spread /= np.float32(deviation)
    return spread


@kernel
def _standing_out(columns: I16, reach_frames: int, reach_bins: int) -> F32:
    frames, bins = columns.shape
    out = np.empty((frames, bins), np.float32)
    # Prefix sums along the bins of the levels, and of their squares, over the rows of the patch.
    sums = np.zeros(bins + 1, np.int64)
    squares = np.zeros(bins + 1, np.int64)
    rows = 0
    for t in range(-reach_frames, frames):
        if t + reach_frames < frames:
            _accumulate(columns[t + reach_frames], sums, squares, 1)
            rows += 1
        if t - reach_frames - 1 >= 0:
            _accumulate(columns[t - reach_frames - 1], sums, squares, -1)
            rows -= 1
        if t < 0:
            continue
        for f in range(bins):
            low = max(0, f - reach_bins)
            high = min(bins, f + reach_bins + 1)
            count = rows * (high - low)
            mean = (sums[high] - sums[low]) / count
            variance = (squares[high] - squares[low]) / count - mean * mean
            out[t, f] = (columns[t, f] - mean) / np.sqrt(max(variance, 0.0) + _NOISE_MB2)
    return out


@kernel
def _accumulate(row: I16, sums: I64, squares: I64, sign: int) -> None:
    total = np.int64(0)
    total_square = np.int64(0)
    for f in range(row.size):
        level = np.int64(row[f])
        total += level
        total_square += level * level
        sums[f + 1] += sign * total
        squares[f + 1] += sign * total_square


@kernel
def _local_maximum(values: F32, reach_frames: int) -> F32:
    frames, bins = values.shape
    across = np.empty_like(values)
    for t in range(frames):
        for f in range(bins):
            across[t, f] = max(
                values[t, max(0, f - 1)], max(values[t, f], values[t, min(bins - 1, f + 1)])
            )
    out = across.copy()
    for t in range(frames):
        for u in range(max(0, t - reach_frames), min(frames, t + reach_frames + 1)):
            for f in range(bins):
                out[t, f] = max(out[t, f], across[u, f])
    return out
