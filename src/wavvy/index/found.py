"""What a search has found: places of tracks, with what speaks for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I64, Bools


class Found(NamedTuple):
    """Verified candidates, in no particular order.

    Attributes
    ----------
    tracks : ndarray, shape (n,), int64
        Track ids.
    offsets : ndarray, shape (n,), float64
        Half-frame of the track at which the query begins.
    votes : ndarray, shape (n,), int64
        Votes that nominated it.
    evidence : ndarray, shape (n,), float64
        Evidence for the candidate in nats.
    peaks, matched : ndarray, shape (n,), int64
        Reference peaks within the query, and how many of them coincide with query peaks.
    times, pitches : ndarray, shape (n,), float64
        How the query plays the track; see ``dsp.warp``.
    """

    tracks: I64
    offsets: F64
    votes: I64
    evidence: F64
    peaks: I64
    matched: I64
    times: F64
    pitches: F64

    @property
    def plain(self) -> Bools:
        """Whether the query plays each as the track does, shape (n,), bool."""
        plain: Bools = (self.times == 1) & (self.pitches == 1)
        return plain

    def only(self, chosen: I64) -> Found:
        """Return those at some positions."""
        columns: Any = (column[chosen] for column in self)
        return Found(*columns)


def joined(parts: Sequence[Found]) -> Found:
    """Put what several searches found together."""
    if not parts:
        none, nothing = np.empty(0), np.empty(0, np.int64)
        return Found(nothing, none, nothing, none, nothing, nothing, none, none)
    return Found(*(np.concatenate(column) for column in zip(*parts, strict=True)))
