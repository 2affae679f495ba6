"""What a query looks like to the witnesses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F32, F64, I64, U8
from wavvy.dsp.kernel import kernel


class QueryImage(NamedTuple):
    """What verification looks candidates up in; all at half-frames.

    Attributes
    ----------
    occupied : ndarray, shape (half-frames, bins), uint8
        1 within a frame and a bin of a query peak.
    whitened : ndarray, shape (half-frames, bins), float32
        The query's spectrogram as ``dsp.whitening`` makes it.
    time_shifts, bin_shifts : ndarray, int64
        Displacements, in half-frames and bins, at which chance is measured.
    pitch_ratios : ndarray, float64
        Ratios of frequencies at which it is measured too.
    """

    occupied: U8
    whitened: F32
    time_shifts: I64
    bin_shifts: I64
    pitch_ratios: F64


def occupancy(times: I64, bins: I64, shape: tuple[int, int], reach: int) -> U8:
    """Draw query peaks as patches of ``reach`` half-frames and one bin to either side."""
    image = np.zeros(shape, np.uint8)
    _draw(image, times, bins, reach)
    return image


@kernel
def _draw(image: U8, times: I64, bins: I64, reach: int) -> None:
    frames, height = image.shape
    for i in range(times.size):
        for t in range(max(0, times[i] - reach), min(frames, times[i] + reach + 1)):
            for f in range(max(0, bins[i] - 1), min(height, bins[i] + 2)):
                image[t, f] = 1
