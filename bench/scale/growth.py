"""How a figure grows with the number of tracks, and what that would make of many more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Growth(NamedTuple):
    """A power law: value = at_one × tracks ** exponent.

    Attributes
    ----------
    exponent, at_one : float
    sizes : int
        How many sizes it was fitted to.
    worst : float
        Largest factor by which one of them lies off the curve.
    """

    exponent: float
    at_one: float
    sizes: int
    worst: float

    def at(self, tracks: float) -> float:
        """Return what the curve says of so many tracks."""
        return float(self.at_one * tracks**self.exponent)


def fitted(tracks: Sequence[float], values: Sequence[float]) -> Growth | None:
    """Fit a straight line to the logarithms; None of fewer than two sizes.

    Parameters
    ----------
    tracks, values : sequence of float, of the same length
        All above 0.
    """
    if len(tracks) < 2:
        return None
    x, y = np.log(tracks), np.log(values)
    exponent, constant = np.polyfit(x, y, 1)
    off = np.abs(y - (constant + exponent * x)).max()
    return Growth(float(exponent), float(np.exp(constant)), len(tracks), float(np.exp(off)))
