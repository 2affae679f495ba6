"""Peaks and queries of the shared library's track 3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soxr

from wavvy.dsp.arrays import F32
from wavvy.dsp.fingerprint import fingerprint_blocks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import Peaks
from wavvy.query import GrowingQuery, Query

RATE = 16000
MakeQuery = Callable[..., Query]


def _mono(samples: np.ndarray[Any, np.dtype[np.float32]], pace: float = 1.0) -> F32:
    return soxr.resample(samples, RATE * pace, DEFAULT.sample_rate).astype(np.float32)


@pytest.fixture(scope="session")
def track_peaks(track: np.ndarray[Any, np.dtype[np.float32]]) -> Peaks:
    return fingerprint_blocks([_mono(track)], DEFAULT).peaks()


@pytest.fixture(scope="session")
def query_of(track: np.ndarray[Any, np.dtype[np.float32]]) -> MakeQuery:
    """Give a function that asks for the track from one second to another, played faster."""

    def make(start: float, stop: float, pace: float = 1.0) -> Query:
        growing = GrowingQuery(DEFAULT)
        growing.push(_mono(track[round(start * RATE) : round(stop * RATE)], pace))
        return growing.query()

    return make
