"""What a query looks like to the witnesses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np

from wavvy.dsp.arrays import I16, I64, U8, U16
from wavvy.dsp.kernel import kernel

MARGIN = 8
"""Half-frames beyond either end of a query at which a peak may be looked up; nothing is there."""
AGREEMENT = 64
"""Steps of agreement in one standard deviation of the whitened image."""

HIT = 1 << 13
"""More than levels of the whitened image add up to over all places where luck is measured."""

_LEVEL = 1.0
"""Standard deviation, in steps of the whitened image, below which it is taken to be level."""


class Elsewhere(NamedTuple):
    """For each row of an image, other rows at which its luck is measured.

    Attributes
    ----------
    rows : ndarray, shape (bins, n), int64
        The others, those within the image first.
    counts : ndarray, shape (bins,), int64
        How many those are.
    """

    rows: I64
    counts: I64

    @classmethod
    def of(cls, rows: I64) -> Self:
        """Put those within the image first."""
        outside = (rows < 0) | (rows >= len(rows))
        order = np.argsort(outside, axis=1, kind="stable")
        return cls(np.take_along_axis(rows, order, axis=1), (~outside).sum(axis=1))


class Sight(NamedTuple):
    """What both witnesses see at each place, in one number.

    Attributes
    ----------
    agreement : ndarray, shape (bins, half-frames + 2 * MARGIN), int16
        The whitened image, standardised, and 2 where a query peak is, in steps of
        1 / ``AGREEMENT``; 0 beyond the ends.
    both : ndarray, shape (bins, half-frames), uint16
        The whitened image, and ``HIT`` more where a query peak is: sums of 32 hold both.
    scale : float
        One over the standard deviation of the whitened image; 0 where that is level.
    """

    agreement: I16
    both: U16
    scale: float


@dataclass(frozen=True)
class QueryImage:
    """What verification looks candidates up in; all at half-frames.

    A row is one bin over time, so that a shift in frequency is another row.

    Attributes
    ----------
    occupied : ndarray, shape (bins, half-frames), uint8
        1 within half a frame and a bin of a query peak.
    whitened : ndarray, shape (bins, half-frames), uint8
        How far the query's spectrogram stands out, as ``dsp.whitening`` makes it.
    time_shifts : ndarray, int64
        Displacements in half-frames at which chance is measured.
    shifted, pitched : Elsewhere
        Rows at which it is measured too: displaced in frequency, and in pitch.
    """

    occupied: U8
    whitened: U8
    time_shifts: I64
    shifted: Elsewhere
    pitched: Elsewhere

    @cached_property
    def sight(self) -> Sight:
        """What candidates are looked up in."""
        return Sight(*_sight(self.occupied, self.whitened))


@kernel
def _sight(occupied: U8, whitened: U8) -> tuple[I16, U16, float]:
    height, frames = occupied.shape
    total, squares = np.int64(0), np.int64(0)
    for f in range(height):
        row = whitened[f]
        for t in range(frames):
            total += np.int64(row[t])
            squares += np.int64(row[t]) * np.int64(row[t])
    size = max(1, height * frames)
    mean = total / size
    deviation = np.sqrt(max(0.0, squares / size - mean * mean))
    scale = 1.0 / deviation if deviation > _LEVEL else 0.0

    agreement = np.zeros((height, frames + 2 * MARGIN), np.int16)
    both = np.empty((height, frames), np.uint16)
    steps, base = np.float32(AGREEMENT * scale), np.float32(AGREEMENT * scale * mean)
    for f in range(height):
        seen, stands_out = occupied[f], whitened[f]
        agrees, sees = agreement[f, MARGIN : MARGIN + frames], both[f]
        for t in range(frames):
            level = np.float32(stands_out[t]) * steps - base
            agrees[t] = np.int16(np.rint(level)) + np.int16(2 * AGREEMENT) * seen[t]
            sees[t] = stands_out[t] + np.uint16(HIT) * seen[t]
    return agreement, both, scale


def occupancy(times: I64, bins: I64, shape: tuple[int, int], reach: int) -> U8:
    """Draw query peaks as patches of ``reach`` half-frames and one bin to either side."""
    image = np.zeros(shape, np.uint8)
    _draw(image, times, bins, reach)
    return image


@kernel
def _draw(image: U8, times: I64, bins: I64, reach: int) -> None:
    height, frames = image.shape
    for i in range(times.size):
        for f in range(max(0, bins[i] - 1), min(height, bins[i] + 2)):
            image[f, max(0, times[i] - reach) : min(frames, times[i] + reach + 1)] = 1
