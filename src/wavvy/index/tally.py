"""The votes of a stream, kept from question to question: each landmark is looked up once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import I32, I64
from wavvy.dsp.landmarks import Landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.index.lookup import look_up
from wavvy.index.probes import Reach, probes
from wavvy.index.segment import Segment

_TOGETHER = 1000  # landmarks whose votes are forgotten together: about a second's


class _Part(NamedTuple):
    """Votes of some landmarks, by segment; offsets are those of the stream's beginning."""

    last: int
    votes: list[I32]


class Tally:
    """Votes of the landmarks of a stream's last seconds.

    Parameters
    ----------
    reach : Reach
        How far from a query's landmark a reference's may be.
    rank : int, optional
        Only landmarks of a rank below that are looked up.
    """

    def __init__(self, params: FingerprintParams, reach: Reach, rank: int | None = None) -> None:
        self._rank = rank
        self._params = params
        self._reach = reach
        self._segments: tuple[Segment, ...] = ()
        self._parts: list[_Part] = []
        self._counted = 0

    def votes(
        self, segments: tuple[Segment, ...], landmarks: Landmarks, *, start: int, settled: I64
    ) -> list[I32]:
        """Look up what is new; return, for each segment, the offset that each vote is for.

        Parameters
        ----------
        landmarks : Landmarks
            Of the query, with frames in half-frames from its start: first the settled ones.
        start : int
            Half-frame of the stream at which the query starts.
        settled : ndarray, shape (n,), int64
            The number in the stream of each landmark that nothing can change any more, ascending.
        """
        if segments != self._segments:
            self._segments, self._parts, self._counted = segments, [], 0
        of_stream = landmarks._replace(frames=landmarks.frames + np.int32(start))
        if self._rank is not None:
            salient = landmarks.ranks < self._rank
            of_stream, settled = of_stream.only(salient), settled[salient[: settled.size]]
        open_ = self._look_up(of_stream.only(slice(settled.size, None)))
        if settled.size:
            self._parts = [part for part in self._parts if part.last >= settled[0]]
        new = int(np.searchsorted(settled, self._counted))
        for at in range(new, settled.size, _TOGETHER):
            stop = min(at + _TOGETHER, settled.size)
            self._counted = int(settled[stop - 1]) + 1
            votes = self._look_up(of_stream.only(slice(at, stop)))
            self._parts.append(_Part(self._counted - 1, votes))
        lists = [*(part.votes for part in self._parts), open_]
        by_segment = zip(*lists, strict=True)
        return [np.concatenate(votes) + np.int32(start) for votes in by_segment]

    def _look_up(self, landmarks: Landmarks) -> list[I32]:
        return look_up(self._segments, probes(landmarks, self._reach, self._params))
