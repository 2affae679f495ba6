"""Nomination: landmarks of the query vote for alignments with one segment.

Offsets are counted in half-frames, the query's own resolution with two sub-hop shifts: a candidate
says that half-frame 0 of the query lies at half-frame ``offset`` of the segment. It names a track
thereby, as the gaps between tracks are longer than a query.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import I32, I64, U8, Bools
from wavvy.dsp.kernel import kernel
from wavvy.index.segment import Segment

TOLERANCE = 2
"""Half-frames either way by which votes for one candidate may differ: one frame. With more, they
would not fall into neighbouring cells of the sieve."""
COUNTERS_A_VOTE = 4
"""How many the sieve has, about. With fewer, votes that share one by chance look like agreement,
and what has a few more of its own is lost among them."""
_CELL_BITS = 2  # a cell of the sieve is four half-frames wide
_MOST_SIEVE_BITS = 22  # more take longer than what they find is worth
_LEAST_SIEVE_BITS = 10
_MOST_COUNTED = 127  # in a cell, so that two fit a byte
_KEPT_FOR_EACH = 8  # cells that pass the sieve, for each candidate wanted


class Candidates(NamedTuple):
    """Nominated alignments.

    Attributes
    ----------
    offsets : ndarray, shape (n,), int64
        Half-frame of the segment at which the query's half-frame 0 lies.
    votes : ndarray, shape (n,), int64
        Votes for each, within the tolerance; a landmark may have several.
    """

    offsets: I64
    votes: I64


def nominate(segment: Segment, dead: Bools, votes: I32, *, most: int, least: int = 1) -> Candidates:
    """Return the alignments with the most votes, best first.

    Parameters
    ----------
    dead : ndarray, shape (tracks,), bool
        Which tracks of the segment were removed.
    votes : ndarray, shape (n,), int32
        The offset that each vote is for, as ``lookup`` finds them.
    most : int
        How many candidates to return at most.
    least : int, default 1
        Votes that a candidate must have, at most 254.
    """
    bits = _sieve_bits(votes.size)
    kept = _kept(votes, bits, _KEPT_FOR_EACH * most, least)
    kept.sort()
    offsets, together = _local_best(kept, 2 * TOLERANCE, least)
    if dead.any():
        alive = ~dead[segment.positions(offsets >> 1)]
        offsets, together = offsets[alive], together[alive]
    leading, counts = _best(offsets, together, most)
    return Candidates(leading - TOLERANCE, counts)


def _sieve_bits(size: int) -> int:
    bits = (COUNTERS_A_VOTE * size).bit_length()
    return min(max(bits, _LEAST_SIEVE_BITS), _MOST_SIEVE_BITS)


@kernel
def _passing(offsets: I32, bits: int, most: int, least: int) -> U8:
    """Tell of each cell of the sieve whether its offsets pass: about the ``most`` best do.

    None passes that has, with a neighbour, fewer than ``least``.

    Counts votes in cells, many of which share a counter: up to its limit, no count is too low.
    The cells are 1 or 0, shape (2 ** bits,), uint8.
    """
    size = 1 << bits
    mask = size - 1
    counters = np.zeros(size + 1, np.uint8)  # the last cell stands before the first once more
    for offset in offsets:
        cell = 1 + ((offset >> _CELL_BITS) & mask)
        counters[cell] += counters[cell] < _MOST_COUNTED
    counters[0] = counters[size]
    pairs = np.empty(size + 1, np.uint8)  # of each cell and the one before
    highest = np.uint8(0)
    for cell in range(size):
        pairs[cell] = counters[cell] + counters[cell + 1]
        highest = max(highest, pairs[cell])
    pairs[size] = counters[size] + counters[1]
    enough = int(highest)  # from least to that lies what a pair needs to be among the best
    while least < enough:
        middle = (least + enough) // 2
        above = np.uint8(middle)
        passing = 0
        for cell in range(size):
            passing += pairs[cell] >= above
        if passing > most:
            least = middle + 1
        else:
            enough = middle
    needed = np.uint8(least)
    for cell in range(size):
        pairs[cell] = max(pairs[cell], pairs[cell + 1]) >= needed
    return pairs[:size]


@kernel
def _kept(offsets: I32, bits: int, most: int, least: int) -> I32:
    """Return the offsets in cells that pass."""
    passing = _passing(offsets, bits, most, least)
    mask = passing.size - 1
    kept = np.empty(offsets.size, np.int32)
    n = 0
    for offset in offsets:
        kept[n] = offset
        n += passing[(offset >> _CELL_BITS) & mask]
    return kept[:n]


@kernel
def _local_best(votes: I32, width: int, least: int) -> tuple[I32, I64]:
    """Return the offsets whose votes no other within ``width`` exceeds, and those votes.

    Parameters
    ----------
    votes : ndarray, shape (n,), int32
        The offset that each vote is for, ascending. It counts for those up to ``width`` above too.
    width : int
        Half-frames.
    least : int
        Votes below which an offset is left out.
    """
    offsets = np.empty(votes.size, np.int32)
    together = np.empty(votes.size, np.int64)
    distinct = first = 0
    for i in range(votes.size):
        while votes[i] - votes[first] > width:
            first += 1
        if distinct == 0 or votes[i] != offsets[distinct - 1]:
            offsets[distinct] = votes[i]
            distinct += 1
        together[distinct - 1] = i + 1 - first
    best = np.empty(distinct, np.int64)
    n = low = 0
    for i in range(distinct):
        while offsets[i] - offsets[low] > width:
            low += 1
        highest = together[i] >= least
        j = low
        while highest and j < distinct and offsets[j] - offsets[i] <= width:
            if together[j] > together[i] or (together[j] == together[i] and j > i):
                highest = False
            j += 1
        if highest:
            best[n] = i
            n += 1
    return offsets[best[:n]], together[best[:n]]


@kernel
def _best(offsets: I32, votes: I64, most: int) -> tuple[I64, I64]:
    """Return those with the most votes, best first, and of as many votes the first ones first."""
    if votes.size == 0:
        return np.empty(0, np.int64), votes
    highest = votes.max()
    places = np.zeros(highest + 2, np.int64)  # where the next goes, by votes fewer than the best
    for i in range(votes.size):
        places[highest - votes[i] + 1] += 1
    for fewer in range(highest + 1):
        places[fewer + 1] += places[fewer]
    size = min(most, votes.size)
    best_offsets, best_votes = np.empty(size, np.int64), np.empty(size, np.int64)
    for i in range(votes.size):
        place = places[highest - votes[i]]
        places[highest - votes[i]] += 1
        if place < size:
            best_offsets[place], best_votes[place] = offsets[i], votes[i]
    return best_offsets, best_votes
