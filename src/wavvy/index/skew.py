"""Skew: how far a clip is from the tempo and pitch of the track that it was found in.

Landmarks are so short that music is recognised at another tempo too, but then only a part of the
clip keeps in step with the track, and which part is not known. So each skew is screened with the
clip in step at several of its moments. The index is not asked again.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from wavvy.dsp.arrays import F64
from wavvy.dsp.warp import Warp
from wavvy.index.image import QueryImage
from wavvy.index.placement import SEARCH, Warps
from wavvy.index.screening import screen
from wavvy.index.segment import Segment
from wavvy.index.votes import Candidates

_FARTHEST = 0.145
"""Change of tempo that is tried at most, a fraction of it."""
_STEP = 4.0
"""Half-frames by which a change of tempo by one step moves the end of a clip, two from its middle.
Tried are one step, two, four, six and so on."""
_DETUNED = (-0.01, -0.005, 0.005, 0.01)
"""Changes of pitch with which landmarks still meet the track's, as of a turntable that is off."""


def skewed(
    segment: Segment, candidates: Candidates, image: QueryImage, low_bin: int, bar: float
) -> tuple[Candidates, Warps]:
    """Return, with its best skew, each candidate that agrees more than ``bar`` with one.

    Parameters
    ----------
    candidates : Candidates
        As they were found without a skew.
    image : QueryImage
        Of the query.
    low_bin : int
        Bin of the image's first row.
    bar : float
        In the units of `screen`.
    """
    later, skews = _skews(image.whitened.shape[1])
    offsets = np.rint(np.add.outer(candidates.offsets, later)).astype(np.int64)
    every = Warps(*(np.tile(column, len(offsets)) for column in skews))
    agreement = screen(segment, offsets.ravel(), every, image, low_bin).reshape(offsets.shape)
    best = agreement.argmax(axis=1)
    chosen = np.flatnonzero(agreement.max(axis=1) > bar)
    return (
        Candidates(offsets[chosen, best[chosen]], candidates.votes[chosen]),
        Warps(*(column[best[chosen]] for column in skews)),
    )


@lru_cache
def _skews(half_frames: int) -> tuple[F64, Warps]:
    """Return the skews that are tried with a query of so many half-frames.

    Returns
    -------
    later : ndarray, shape (n,), float64
        Half-frames of the track by which the query begins later than without a skew.
    skews : Warps
        One for each.
    """
    step = _STEP / max(half_frames, 1)
    most = int(_FARTHEST / step)
    changes = [k * step for k in (1, *range(2, most + 1, 2)) if k <= most]
    tempos = [Warp(1 + sign * by, 1.0) for by in changes for sign in (1, -1)]
    detuned = [Warp(time, 1 + by) for by in _DETUNED for time in (1.0, 1 + by)]
    tried = []
    for warp in tempos + detuned:
        at_end = (1 - warp.time) * half_frames  # if it is in step with the track at its end
        moments = max(1, int(np.ceil(abs(at_end) / (2 * SEARCH))))
        tried += [((i + 0.5) / moments * at_end, *warp) for i in range(moments)]
    later, times, pitches = np.array(tried).T
    return later, Warps(times, pitches)
