"""Nomination: landmarks of the query vote for alignments with one segment.

Offsets are counted in half-frames, the query's own resolution with two sub-hop shifts: a candidate
says that half-frame 0 of the query lies at half-frame ``offset`` of the segment. It names a track
thereby, as the gaps between tracks are longer than a query.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import I32, I64, Bools
from wavvy.dsp.kernel import kernel
from wavvy.index.segment import Segment

_CELL_BITS = 2  # a cell of the sieve is four half-frames wide
_MOST_SIEVE_BITS = 20  # a megabyte of counters stays in the processor's cache
_LEAST_SIEVE_BITS = 10
_MOST_COUNTED = 127  # in a cell, so that two fit a byte
_KEPT_FOR_EACH = 8  # cells that pass the sieve, for each candidate wanted


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


def nominate(segment: Segment, dead: Bools, votes: I32, *, most: int, tolerance: int) -> Candidates:
    """Count votes.

    Parameters
    ----------
    dead : ndarray, shape (tracks,), bool
        Which tracks of the segment were removed.
    votes : ndarray, shape (n,), int32
        The offset that each vote is for, as ``lookup`` finds them.
    most : int
        How many candidates to return at most.
    tolerance : int
        Half-frames either way by which votes for one candidate may differ; at most 2, so that they
        fall into neighbouring cells of the sieve.
    """
    votes = votes[_sieve(votes, _sieve_bits(votes.size), _KEPT_FOR_EACH * most)]
    offsets, counts = np.unique(votes, return_counts=True)
    together = _count(offsets, counts, 2 * tolerance)
    best = _local_best(offsets, together, 2 * tolerance)
    if dead.any():
        best = best[~dead[segment.positions(offsets[best] >> 1)]]
    if best.size > most:
        best = best[np.argpartition(together[best], best.size - most)[best.size - most :]]
    best = best[np.argsort(-together[best], kind="stable")]
    return Candidates(offsets[best].astype(np.int64) - tolerance, together[best])


def _sieve_bits(size: int) -> int:
    return min(max(size.bit_length(), _LEAST_SIEVE_BITS), _MOST_SIEVE_BITS)


@kernel
def _sieve(offsets: I32, bits: int, most: int) -> Bools:
    """Mark the offsets in whose neighbourhood about the ``most`` best lie.

    Counts votes in cells, many of which share a counter: up to its limit, no count is too low.
    """
    size = 1 << bits
    mask = size - 1
    counters = np.zeros(size + 1, np.uint8)  # the last cell stands before the first once more
    for offset in offsets:
        cell = 1 + ((offset >> _CELL_BITS) & mask)
        counters[cell] += counters[cell] < _MOST_COUNTED
    counters[0] = counters[size]
    pairs = np.empty(size + 1, np.uint8)  # of each cell and the one before
    for cell in range(size):
        pairs[cell] = counters[cell] + counters[cell + 1]
    pairs[size] = counters[size] + counters[1]
    least = np.int64(pairs.max()) + 1
    passing = 0
    while least > 1:
        more = 0
        for cell in range(size):
            more += pairs[cell] == least - 1
        if passing > 0 and passing + more > most:
            break
        passing += more
        least -= 1
    kept = np.empty(offsets.size, np.bool_)
    for i in range(offsets.size):
        cell = (offsets[i] >> _CELL_BITS) & mask
        kept[i] = max(pairs[cell], pairs[cell + 1]) >= least
    return kept


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
