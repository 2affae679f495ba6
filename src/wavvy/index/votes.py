"""Nomination: landmarks of the query vote for alignments with one segment.

Offsets are counted in half-frames, the query's own resolution with two sub-hop shifts: a candidate
says that half-frame 0 of the query lies at half-frame ``offset`` of the segment. It names a track
thereby, as the gaps between tracks are longer than a query.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import I32, I64, U8, U32, Bools
from wavvy.dsp.kernel import kernel
from wavvy.dsp.landmarks import HASH_BITS, Landmarks
from wavvy.index.segment import Segment


class Candidates(NamedTuple):
    """Nominated alignments, best first.

    Attributes
    ----------
    offsets : ndarray, shape (n,), int64
        Half-frame of the segment at which the query's half-frame 0 lies.
    votes : ndarray, shape (n,), int64
        Landmarks that agree within the tolerance.
    """

    offsets: I64
    votes: I64


def nominate(
    segment: Segment,
    dead: Bools,
    query: Landmarks,
    *,
    most: int,
    tolerance: int,
    budget: int,
) -> Candidates:
    """Let landmarks vote.

    Parameters
    ----------
    dead : ndarray, shape (tracks,), bool
        Which tracks of the segment were removed.
    query : Landmarks
        With frames in half-frames.
    most : int
        How many candidates to return at most.
    tolerance : int
        Half-frames either way by which votes for one candidate may differ.
    budget : int
        Postings to touch at most; the rarest hashes come first.
    """
    offsets, counts = np.unique(hits(segment, query, budget=budget), return_counts=True)
    votes = _count(offsets, counts, 2 * tolerance)
    best = _local_best(offsets, votes, 2 * tolerance)
    if dead.any():
        best = best[~dead[segment.positions(offsets[best] >> 1)]]
    if best.size > most:
        best = best[np.argpartition(votes[best], best.size - most)[best.size - most :]]
    best = best[np.argsort(-votes[best], kind="stable")]
    return Candidates(offsets[best].astype(np.int64) - tolerance, votes[best])


def hits(segment: Segment, query: Landmarks, *, budget: int) -> I32:
    """Return the offset of every vote, rarest hashes first within a budget; see ``nominate``."""
    rest = HASH_BITS - segment.header.directory_bits
    bounds = _posting_lists(segment.directory, query.hashes, rest)
    sizes = bounds[:, 1] - bounds[:, 0]
    order = np.argsort(sizes, kind="stable")
    affordable = order[: np.searchsorted(np.cumsum(sizes[order]), budget, side="right")]
    return _hits(
        bounds[affordable],
        query.hashes[affordable] & np.uint32((1 << rest) - 1),
        query.frames[affordable],
        segment.postings,
        segment.header.frame_bits,
    )


@kernel
def _posting_lists(directory: U32, hashes: U32, rest: int) -> I64:
    bounds = np.empty((hashes.size, 2), np.int64)
    for i in range(hashes.size):
        prefix = hashes[i] >> rest
        bounds[i, 0] = directory[prefix]
        bounds[i, 1] = directory[prefix + 1]
    return bounds


@kernel
def _hits(bounds: I64, rests: U32, times: I32, postings: U8, frame_bits: int) -> I32:
    size = 0
    for i in range(bounds.shape[0]):
        size += bounds[i, 1] - bounds[i, 0]
    offsets = np.empty(size, np.int32)
    low_bits = (np.int64(1) << frame_bits) - 1
    n = 0
    for i in range(bounds.shape[0]):
        for j in range(bounds[i, 0], bounds[i, 1]):
            posting = np.int64(postings[j, 0])
            for k in range(1, postings.shape[1]):
                posting |= np.int64(postings[j, k]) << (8 * k)
            if posting >> frame_bits == rests[i]:
                offsets[n] = 2 * (posting & low_bits) - times[i]
                n += 1
    return offsets[:n]


@kernel
def _count(offsets: I32, counts: I64, width: int) -> I64:
    """For each offset count the votes for those up to ``width`` below it, itself included."""
    votes = np.empty(offsets.size, np.int64)
    low = 0
    total = 0
    for i in range(offsets.size):
        total += counts[i]
        while offsets[i] - offsets[low] > width:
            total -= counts[low]
            low += 1
        votes[i] = total
    return votes


@kernel
def _local_best(offsets: I32, votes: I64, width: int) -> I64:
    """Return the positions whose votes no other within ``width`` exceeds."""
    best = np.empty(offsets.size, np.int64)
    n = 0
    low = 0
    for i in range(offsets.size):
        while offsets[i] - offsets[low] > width:
            low += 1
        highest = True
        j = low
        while j < offsets.size and offsets[j] - offsets[i] <= width:
            if votes[j] > votes[i] or (votes[j] == votes[i] and j > i):
                highest = False
                break
            j += 1
        if highest:
            best[n] = i
            n += 1
    return best[:n]
