"""The votes of a stream, kept from question to question: each landmark is looked up once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import I32, I64
from wavvy.dsp.landmarks import Landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.index.lookup import look_up
from wavvy.index.probes import Reach, probes
from wavvy.index.segment import Segment

_TOGETHER = 1000  # landmarks, at most, whose votes are forgotten together
_FREQ_BITS, _SPAN_BITS = 14, 6  # in which a landmark's frequencies, and its span, fit


class _Part(NamedTuple):
    """Votes of some landmarks, by segment; offsets are those of the stream's beginning."""

    last: int  # half-frame of the stream at which the last of them begins
    votes: list[I32]


class Tally:
    """Votes of the landmarks of a stream's last seconds.

    The newest landmarks may change yet: later peaks crowd some out. Most do not, so none is looked
    up again, and the votes of those few that are gone stay with the others, as do those of one that
    has been joined with a twin since.

    Parameters
    ----------
    reach : Reach
        How far from a query's landmark a reference's may be.
    rank : int
        What the ranks of the landmarks that it is asked with are below.
    """

    def __init__(self, params: FingerprintParams, reach: Reach, rank: int) -> None:
        self.rank = rank
        self._params = params
        self._reach = reach
        self._begin(())

    def _begin(self, segments: tuple[Segment, ...]) -> None:
        """Keep nothing of what other segments were asked."""
        self._segments = segments
        self._parts: list[_Part] = []
        self._known = np.empty(0, np.int64)  # keys of what was looked up, ascending

    def votes(
        self, segments: tuple[Segment, ...], landmarks: Landmarks, *, start: int
    ) -> list[I32]:
        """Look up what is new; return, for each segment, the offset that each vote is for.

        Parameters
        ----------
        landmarks : Landmarks
            Of the query, of a rank below the tally's; frames in half-frames from its start.
        start : int
            Half-frame of the stream at which the query starts.

        Returns
        -------
        list of ndarray, shape (votes,), int32
            Half-frames of the segment at which the query would begin.
        """
        if segments != self._segments:
            self._begin(segments)
        of_stream = landmarks._replace(frames=landmarks.frames + np.int32(start))
        self._parts = [part for part in self._parts if part.last >= start]
        over = np.searchsorted(self._known, start << (2 * _FREQ_BITS + _SPAN_BITS))
        self._known = self._known[over:]
        new = of_stream.only(self._unknown(of_stream))
        for at in range(0, new.frames.size, _TOGETHER):
            some = new.only(slice(at, at + _TOGETHER))
            found = look_up(segments, probes(some, self._reach, self._params))
            # Copies, as votes come with the room that more of them would have had.
            self._parts.append(_Part(int(some.frames.max()), [votes.copy() for votes in found]))
        if not self._parts:
            return [np.empty(0, np.int32) for _ in segments]
        by_segment = zip(*(part.votes for part in self._parts), strict=True)
        return [_moved(votes, start) for votes in by_segment]

    def _unknown(self, landmarks: Landmarks) -> I64:
        """Return the positions of those that were not looked up yet; they count as known then."""
        keys = _keys(landmarks)
        at = np.searchsorted(self._known, keys)
        before = np.append(self._known, -1)[at] == keys
        self._known = np.sort(np.concatenate((self._known, keys[~before])))
        return np.flatnonzero(~before)


def _moved(parts: Sequence[I32], by: int) -> I32:
    """Put parts of votes together, each vote moved; in one pass, as they are many."""
    moved = np.empty(sum(part.size for part in parts), np.int32)
    at = 0
    for part in parts:
        np.add(part, np.int32(by), out=moved[at : at + part.size])
        at += part.size
    return moved


def _keys(landmarks: Landmarks) -> I64:
    """Return what tells landmarks apart, in order of time."""
    keys = landmarks.frames.astype(np.int64)
    for values, bits in (
        (landmarks.first, _FREQ_BITS),
        (landmarks.second, _FREQ_BITS),
        (landmarks.spans, _SPAN_BITS),
    ):
        keys = keys << bits | values
    return keys
