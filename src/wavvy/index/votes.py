"""Nomination: landmarks of the query vote for (slot, offset) candidates in one segment.

Offsets are counted in half-frames, the query's own resolution with two sub-hop shifts: a candidate
says that half-frame 0 of the query lies at half-frame ``offset`` of the slot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import I32, I64, U8, U32, Bools
from wavvy.dsp.kernel import kernel
from wavvy.dsp.landmarks import HASH_BITS, Landmarks
from wavvy.index.segment import Segment

_BIAS = 1 << 20  # keeps offsets before the start of a slot positive


class Candidates(NamedTuple):
    """Nominated alignments, best first.

    Attributes
    ----------
    slots : ndarray, shape (n,), int64
    offsets : ndarray, shape (n,), int64
        Half-frame of the slot at which the query's half-frame 0 lies.
    votes : ndarray, shape (n,), int64
        Landmarks that agree within the tolerance.
    """

    slots: I64
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
    dead : ndarray, shape (slots,), bool
        Slots of removed tracks.
    query : Landmarks
        With frames in half-frames.
    most : int
        How many candidates to return at most.
    tolerance : int
        Half-frames either way by which votes for one candidate may differ.
    budget : int
        Postings to touch at most; the rarest hashes come first.
    """
    keys, counts = np.unique(_keys(segment, dead, query, budget), return_counts=True)
    votes = _count(keys, counts, 2 * tolerance)
    best = _local_best(keys, votes, 2 * tolerance)
    if best.size > most:
        best = best[np.argpartition(votes[best], best.size - most)[best.size - most :]]
    best = best[np.argsort(-votes[best], kind="stable")]
    slots, offsets = _unpack(keys[best])
    return Candidates(slots, offsets - tolerance, votes[best])


def hits(segment: Segment, dead: Bools, query: Landmarks, *, budget: int) -> tuple[I64, I64]:
    """Return slot and offset of every vote; parameters as for ``nominate``."""
    return _unpack(_keys(segment, dead, query, budget))


def _unpack(keys: I64) -> tuple[I64, I64]:
    return keys >> 32, (keys & 0xFFFFFFFF) - _BIAS


def _keys(segment: Segment, dead: Bools, query: Landmarks, budget: int) -> I64:
    """Return ``slot << 32 | biased offset`` of every vote, rarest hashes first within a budget."""
    rest = HASH_BITS - segment.header.directory_bits
    bounds = _posting_lists(segment.directory, query.hashes, rest)
    sizes = bounds[:, 1] - bounds[:, 0]
    order = np.argsort(sizes, kind="stable")
    affordable = order[: np.searchsorted(np.cumsum(sizes[order]), budget, side="right")]
    return _hits(
        bounds[affordable],
        query.hashes[affordable] & np.uint32((1 << rest) - 1),
        query.frames[affordable],
        segment.residuals,
        segment.postings,
        dead,
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
def _hits(bounds: I64, rests: U32, times: I32, residuals: U8, postings: U32, dead: Bools) -> I64:
    size = 0
    for i in range(bounds.shape[0]):
        size += bounds[i, 1] - bounds[i, 0]
    keys = np.empty(size, np.int64)
    exact = residuals.size == 0
    n = 0
    for i in range(bounds.shape[0]):
        for j in range(bounds[i, 0], bounds[i, 1]):
            if exact or residuals[j] == rests[i]:
                slot = np.int64(postings[j] >> 16)
                if slot < dead.size and not dead[slot]:
                    offset = 2 * np.int64(postings[j] & 0xFFFF) - times[i]
                    keys[n] = (slot << 32) | (offset + _BIAS)
                    n += 1
    return keys[:n]


@kernel
def _count(keys: I64, counts: I64, width: int) -> I64:
    """For each key count the votes for the keys up to ``width`` below it, itself included."""
    votes = np.empty(keys.size, np.int64)
    low = 0
    total = 0
    for i in range(keys.size):
        total += counts[i]
        while keys[i] - keys[low] > width:
            total -= counts[low]
            low += 1
        votes[i] = total
    return votes


@kernel
def _local_best(keys: I64, votes: I64, width: int) -> I64:
    """Return the positions whose votes no other within ``width`` exceeds."""
    best = np.empty(keys.size, np.int64)
    n = 0
    low = 0
    for i in range(keys.size):
        while keys[i] - keys[low] > width:
            low += 1
        highest = True
        j = low
        while j < keys.size and keys[j] - keys[i] <= width:
            if votes[j] > votes[i] or (votes[j] == votes[i] and j > i):
                highest = False
                break
            j += 1
        if highest:
            best[n] = i
            n += 1
    return best[:n]
