"""The last seconds of a clip, so that what was asked of them can be asked again."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F32, I16
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.spectrogram import Spectrogram
from wavvy.query import SHIFTS, WINDOW_SECONDS, GrowingQuery, Query
from wavvy.recognizer import Moment

_LEAD_SECONDS = 2
"""What came before a window has a say in which of its first peaks are kept, but no further back."""


class Window(NamedTuple):
    """What was thought at a moment of a clip, and of what.

    Attributes
    ----------
    moment : Moment
    first : int
        Sample of the clip with which ``samples`` begin, a whole number of hops.
    samples : ndarray, shape (n,), float32
        The audio that was asked about and what came just before it, mono.
    """

    moment: Moment
    first: int
    samples: F32

    def asked(self, params: FingerprintParams) -> tuple[Query, I16]:
        """Return what was asked at the moment, and its spectrogram in millibels."""
        growing = GrowingQuery(params)
        growing.push(self.samples)
        query = growing.query()
        before = SHIFTS * self.first // params.hop
        peaks = query.peaks._replace(frames=query.peaks.frames + np.int32(before))
        levels = Spectrogram(params, params.hop // SHIFTS).push(self.samples)[query.start :]
        return replace(query, start=query.start + before, peaks=peaks), levels

    def heard(self, query: Query, params: FingerprintParams) -> F32:
        """Return the samples, shape (n,), of all frames of a query."""
        hop = params.hop // SHIFTS
        start = query.start * hop - self.first
        size = (query.half_frames - 1) * hop + params.window if query.half_frames else 0
        return self.samples[start : start + size]


class Tape:
    """Keeps the last samples of a clip for as long as a query may look back."""

    def __init__(self, params: FingerprintParams) -> None:
        self._params = params
        self._most = (WINDOW_SECONDS + _LEAD_SECONDS) * params.sample_rate + params.window
        self._recent = np.empty(0, np.float32)
        self._end = 0

    def take(self, samples: F32) -> None:
        """Take mono samples, shape (n,), float32, before a session is given them."""
        self._recent = np.concatenate((self._recent[-self._most :], samples))
        self._end += samples.size

    def window(self, moment: Moment) -> Window:
        """Return the window of a moment among the samples taken last."""
        # A moment tells its time to the nearest millisecond; the clip's end is within that.
        end = min(self._end, round((moment.elapsed_ms + 0.5) * self._params.sample_rate / 1000))
        hop = self._params.hop
        first = -(-max(0, end - self._most) // hop) * hop
        gone = self._end - self._recent.size
        return Window(moment, first, self._recent[first - gone : end - gone].copy())
