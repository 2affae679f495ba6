"""Which landmarks of a query are worth their look-up, where it is asked dozens of times over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wavvy.dsp.landmarks import Landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.index.lookup import touched
from wavvy.index.probes import Reach, probes
from wavvy.index.segment import Segment

RANGE_BYTES = 25_000
"""What a range of hashes counts for, in bytes of buckets touched. It takes less time than those,
but where it counts for less rare landmarks lead, and those of noise are rare too."""


def cheapest(
    segments: Sequence[Segment], landmarks: Landmarks, reach: Reach, params: FingerprintParams
) -> Landmarks:
    """Return a query's landmarks, those first whose hashes are few and rare in the index.

    A landmark that much music has brings votes for all of it, which takes time and tells little.

    Parameters
    ----------
    segments : sequence of Segment
        Of the index.
    landmarks : Landmarks
        With frames in half-frames.
    reach : Reach
        How far from each its hashes are looked up.
    params : FingerprintParams
        Of the index.
    """
    asked = probes(landmarks, reach, params)
    cost = np.full(asked.low.size, float(RANGE_BYTES))
    for segment in segments:
        cost += touched(segment, asked)
    together = np.bincount(asked.asking, cost, landmarks.frames.size)
    return landmarks.only(np.argsort(together, kind="stable"))
