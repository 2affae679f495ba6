"""From evidence to a probability: what a score means.

``calibration.json`` holds, for clips of several lengths, the logistic curve fitted by
``bench/calibrate.py`` on music that was indexed and music that was not, in equal numbers.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from wavvy.dsp.arrays import F64


class Calibration(NamedTuple):
    """Logistic curves by clip length.

    Attributes
    ----------
    seconds : ndarray, shape (n,), float64
        Clip lengths, ascending; between them the curves are interpolated.
    even : ndarray, shape (n,), float64
        Evidence in nats at which a match is as likely right as wrong.
    slope : ndarray, shape (n,), float64
        Growth of the log-odds for each nat of evidence.
    threshold : float
        Score from which a match is accepted.
    stream_margin : float
        Nats of evidence that a live stream needs beyond that: it is asked again and again, and is
        to be wrong no more often than a clip that is asked once.
    """

    seconds: F64
    even: F64
    slope: F64
    threshold: float
    stream_margin: float

    def score(self, evidence: ArrayLike, seconds: float) -> F64:
        """Return the probability that each match is right.

        Parameters
        ----------
        evidence : array_like, shape (n,)
            In nats.
        seconds : float
            Length of the clip.
        """
        even, slope = self._curve(seconds)
        odds = slope * (np.asarray(evidence, np.float64) - even)
        return 1.0 / (1.0 + np.exp(-np.clip(odds, -40.0, 40.0)))

    def needed(self, seconds: float) -> float:
        """Return the evidence in nats from which a match is accepted."""
        even, slope = self._curve(seconds)
        return even + float(np.log(self.threshold / (1 - self.threshold))) / slope

    def _curve(self, seconds: float) -> tuple[float, float]:
        even = np.interp(seconds, self.seconds, self.even)
        return float(even), float(np.interp(seconds, self.seconds, self.slope))


@cache
def default_calibration() -> Calibration:
    """Return the table in the package."""
    table = json.loads(resources.files("wavvy").joinpath("calibration.json").read_text())
    seconds, even, slope = (np.array(table[name]) for name in ("seconds", "even", "slope"))
    return Calibration(seconds, even, slope, table["threshold"], table["stream_margin"])
