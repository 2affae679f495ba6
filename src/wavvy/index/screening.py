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
from wavvy.index.format import CHECKPOINT_FRAMES
from wavvy.index.image import AGREEMENT, MARGIN, QueryImage
from wavvy.index.placement import SEARCH, Warps, heard_peaks, row_of, time_of
from wavvy.index.prefetch import prefetch
from wavvy.index.segment import Segment

_AHEAD = 2  # candidates between asking for memory and reading it
_LINE = 64  # bytes in a line of the processor's cache


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
        _fetch_ahead(offsets, i, frames, checkpoints, marks, freqs)
        times, subbins = heard_peaks(offsets[i], time_warps[i], frames, checkpoints, marks, freqs)
        found[i] = _agreement(times, subbins, time_warps[i], pitch_warps[i], low_bin, agreement)
    return found


@kernel
def _fetch_ahead(
    offsets: I64, i: int, frames: int, checkpoints: U32, marks: U8, freqs: U16
) -> None:
    """Have memory fetched that candidates after the i-th will need."""
    if i + 2 * _AHEAD < offsets.size:
        prefetch(checkpoints, max(0, offsets[i + 2 * _AHEAD] // 2) // CHECKPOINT_FRAMES)
    if i + _AHEAD < offsets.size:
        first = max(0, offsets[i + _AHEAD] // 2)
        checkpoint = first // CHECKPOINT_FRAMES
        if checkpoint + 1 >= checkpoints.size:
            return
        before = int(np.int64(checkpoints[checkpoint]))
        there = int(np.int64(checkpoints[checkpoint + 1])) - before
        # About so many come before the first frame, and are heard.
        before += there * (first % CHECKPOINT_FRAMES) // CHECKPOINT_FRAMES
        heard = there * frames // (2 * CHECKPOINT_FRAMES)
        for peak in range(before, before + heard, _LINE // 2):  # of two bytes each
            prefetch(freqs, peak)
        for byte in range(
            (first + before) // 8, (first + before + frames // 2 + heard) // 8, _LINE
        ):
            prefetch(marks, byte)


@kernel
def _agreement(
    times: F64, subbins: F64, time_warp: float, pitch_warp: float, low_bin: int, agreement: I16
) -> float:
    """Return what `screen` does of one candidate, from the half-frames and sub-bins of its peaks.

    Sums up as each is placed: with `placed` and `agreements` in turn it takes a fifth longer.
    """
    height = agreement.shape[0]
    stop = agreement.shape[1] - 2 * MARGIN + SEARCH
    sums = np.zeros(2 * SEARCH + 1, np.int64)
    placed = 0
    for i in range(times.size):
        row = row_of(subbins[i], pitch_warp, low_bin)
        time = time_of(times[i], time_warp)
        if 0 <= row < height and -SEARCH <= time < stop:
            first = time - SEARCH + MARGIN
            around = agreement[row, first : first + sums.size]
            for shift in range(sums.size):
                sums[shift] += around[shift]
            placed += 1
    return float(sums.max() / (AGREEMENT * np.sqrt(max(placed, 1))))
