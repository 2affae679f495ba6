"""Screening: a quick look at many candidates, between their votes and their evidence.

In a large library chance gives many alignments as many votes as a noisy clip gives the right one,
and to weigh the evidence for all of them would take too long. What the query's image sums up to
where a candidate's peaks lie is told faster. It leaves luck out, so it chooses whom to weigh and
decides nothing; ``python -m bench.glance`` tells what that finds, and what it costs.
"""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import F64, I16, I64, U8, U16, U32
from wavvy.dsp.kernel import kernel
from wavvy.index.image import MARGIN, QueryImage
from wavvy.index.placement import SEARCH, Warps, agreements, heard_peaks, placed
from wavvy.index.segment import Segment


def screen(segment: Segment, offsets: I64, warps: Warps, image: QueryImage, low_bin: int) -> F64:
    """Return how well a query agrees with each candidate of a segment, played as its warp says.

    Parameters
    ----------
    segment : Segment
        Holds the candidates' peaks.
    offsets : ndarray, shape (n,), int64
        Half-frame of the segment at which the query's half-frame 0 lies.
    warps : Warps
        One for each candidate.
    image : QueryImage
        Of the query.
    low_bin : int
        Bin of the image's first row.

    Returns
    -------
    agreement : ndarray, shape (n,), float64
        At the best place within ``SEARCH`` half-frames of each offset: what the standardised image
        sums up to at the candidate's peaks, over the square root of their number. 0 where there is
        nothing to compare.
    """
    return _screen(
        offsets,
        warps.times,
        warps.pitches,
        *segment.peaks,
        low_bin,
        image.sight.agreement,
    )


@kernel
def _screen(
    offsets: I64,
    time_warps: F64,
    pitch_warps: F64,
    checkpoints: U32,
    marks: U8,
    freqs: U16,
    low_bin: int,
    agreement: I16,
) -> F64:
    frames = agreement.shape[1] - 2 * MARGIN
    found = np.zeros(offsets.size)
    for i in range(offsets.size):
        times, subbins = heard_peaks(offsets[i], time_warps[i], frames, checkpoints, marks, freqs)
        at, rows = placed(times, subbins, time_warps[i], pitch_warps[i], low_bin, agreement)
        if at.size:
            found[i] = agreements(at, rows, agreement, SEARCH).max() / np.sqrt(at.size)
    return found
