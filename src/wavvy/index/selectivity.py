"""Which landmarks of a query are worth their look-up.

Of a noisy query's landmarks a track has few. Likelier than others are those of salient peaks and of
short spans, and twins: what both sub-hop analyses have found, half a frame apart, depends little on
where frames begin, so a track's frames show it too. Siblings, whose spans differ by a frame, are
likelier than what one analysis found alone. To ask for both of two twins would cost twice and tell
little more, so they are joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I32, U8, U16
from wavvy.dsp.kernel import kernel
from wavvy.dsp.landmarks import CELL, Landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.index.lookup import touched
from wavvy.index.probes import Reach, probes
from wavvy.index.segment import Segment

RANGE_BYTES = 10_000
"""What a range of hashes counts for, in bytes of buckets touched. It takes less time than those,
but where it counts for less rare landmarks lead, and those of noise are rare too."""
TWIN, SIBLING = 8.0, 2.0
"""How many times what others do twins and siblings may cost."""
SPAN_FRAMES = 30.0
"""Frames of a span by which it becomes less likely, by the factor e, that a track has it."""
_JOINED, _ALONE, _HAS_SIBLING, _HAS_TWIN = range(4)


class Distinct(NamedTuple):
    """A query's landmarks, one for two twins, and how likely a track has each.

    Attributes
    ----------
    landmarks : Landmarks
        In order of their half-frames. Of twins the earlier is left, with the mean frequencies and
        its own rank.
    likelihoods : ndarray, shape (n,), float64
        Relative to one another, without a unit; see `_likelihoods`.
    """

    landmarks: Landmarks
    likelihoods: F64

    @classmethod
    def of(cls, landmarks: Landmarks) -> Distinct:
        """Join twins among landmarks in order of their frames, which are half-frames.

        Each sub-hop analysis has every other half-frame.
        """
        first, second, kin = _with_kin(
            landmarks.frames, landmarks.first, landmarks.second, landmarks.spans
        )
        kept = np.flatnonzero(kin != _JOINED)
        landmarks = landmarks._replace(first=first, second=second).only(kept)
        return cls(landmarks, _likelihoods(landmarks, kin[kept]))

    def below(self, rank: int) -> Distinct:
        """Return those of a rank below one."""
        below = self.landmarks.ranks < rank
        return Distinct(self.landmarks.only(below), self.likelihoods[below])

    def likeliest(self, most: int) -> Landmarks:
        """Return the likeliest of them, no more than ``most``, in no particular order."""
        if self.likelihoods.size <= most:
            return self.landmarks
        return self.landmarks.only(np.argpartition(-self.likelihoods, most)[:most])

    def worthiest(
        self, segments: Sequence[Segment], reach: Reach, params: FingerprintParams
    ) -> Landmarks:
        """Return them, those first that tell most for what they cost.

        A landmark that much music has brings votes for all of it, which takes time and tells
        little.

        Parameters
        ----------
        segments : sequence of Segment
            Of the index.
        reach : Reach
            How far from each its hashes are looked up.
        params : FingerprintParams
            Of the index.

        Returns
        -------
        Landmarks
            Those that no hash stands for are left out.
        """
        asked = probes(self.landmarks, reach, params)
        bytes_counted = np.full(asked.low.size, float(RANGE_BYTES))
        for segment in segments:
            bytes_counted += touched(segment, asked)
        cost = np.bincount(asked.asking, bytes_counted, self.likelihoods.size)
        order = np.argsort(cost / self.likelihoods, kind="stable")
        return self.landmarks.only(order[np.count_nonzero(cost == 0) :])


def _likelihoods(landmarks: Landmarks, kin: U8) -> F64:
    """Return how likely it is that a track has each landmark, in proportion, shape (n,).

    The weights were chosen by what is found for what it costs; see ``python -m bench.glance``.
    """
    by_kin = np.array((0.0, 1.0, SIBLING, TWIN))[kin]
    by_salience = 1 / np.sqrt(1.0 + landmarks.ranks)
    by_span = np.exp(landmarks.spans / -SPAN_FRAMES)
    likelihoods: F64 = by_kin * by_salience * by_span
    return likelihoods


@kernel
def _with_kin(frames: I32, first: U16, second: U16, spans: U8) -> tuple[U16, U16, U8]:
    """Find twins and siblings among landmarks in order of their half-frames, and join twins.

    Returns the frequencies of all in sub-bins, those of twins their mean, and each one's next of
    kin, shape (n,): the later of two twins is ``_JOINED``, whatever else it was.
    """
    first, second = first.copy(), second.copy()
    kin = np.full(frames.size, _ALONE, np.uint8)
    begin = end = 0  # of the next half-frame's
    for i in range(frames.size):
        while begin < frames.size and frames[begin] <= frames[i]:
            begin += 1
        end = max(begin, end)
        while end < frames.size and frames[end] <= frames[i] + 1:
            end += 1
        f1, f2, span = np.int64(first[i]), np.int64(second[i]), np.int64(spans[i])
        for j in range(begin, end):
            if abs(np.int64(first[j]) - f1) > CELL or abs(np.int64(second[j]) - f2) > CELL:
                continue
            longer = abs(np.int64(spans[j]) - span)
            if longer == 0 and kin[i] != _JOINED and kin[j] != _JOINED:
                kin[i], kin[j] = _HAS_TWIN, _JOINED
                first[i] = (f1 + np.int64(first[j])) // 2
                second[i] = (f2 + np.int64(second[j])) // 2
            elif longer == 1:
                kin[i] = _HAS_SIBLING if kin[i] == _ALONE else kin[i]
                kin[j] = _HAS_SIBLING if kin[j] == _ALONE else kin[j]
    return first, second, kin
