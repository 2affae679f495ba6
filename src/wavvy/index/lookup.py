"""Looking a query's landmarks up: from ranges of hashes to votes for alignments."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from math import isqrt

import numpy as np

from wavvy.dsp.arrays import I32, I64, U32, U64
from wavvy.dsp.kernel import kernel
from wavvy.dsp.landmarks import HASH_BITS
from wavvy.index.postings import find, most_numbers
from wavvy.index.prefetch import prefetch
from wavvy.index.probes import Probes
from wavvy.index.segment import Segment

LEAST_BUDGET = 8_000_000
"""Bytes of the buckets that a question may always touch ..."""
BUDGET_GROWTH = 260
"""... and this times the square root of all postings' bytes, if that is more: the rarest hashes
come first."""
LARGE = 10_000_000
"""Bytes of buckets from which on all cores work at one question: with more postings than some 1.5
GB, as of 25,000 tracks, a question may touch as many."""
_ROOM = 1 << 16  # votes for which there is room at first
_AHEAD = 8  # ranges between asking for a bucket's memory and reading it
_LINE = 8  # words of postings in a line of the processor's cache
_MOST_FETCHED = 16 * _LINE  # words of a bucket that are fetched at most


def look_up(segments: Sequence[Segment], probes: Probes) -> list[I32]:
    """Return, for each segment, the offset that each vote is for at the query's first tempo.

    A vote of the query's half-frame t for the segment's frame f says that the query begins at the
    segment's half-frame ``2 * f - t``.
    """
    return [votes[0] for votes in look_up_tempos(segments, probes)]


def look_up_tempos(
    segments: Sequence[Segment], probes: Probes, budget: int | None = None
) -> list[I32]:
    """Return, for each segment, the offset that each vote is for at each of the query's tempos.

    Parameters
    ----------
    budget : int, optional
        Bytes of the buckets that it may touch, `budget_of` the segments by default: what touches
        least is asked.

    Returns
    -------
    list of ndarray, shape (tempos, votes), int32
        Half-frames of the segment, as `look_up` counts them.
    """
    sizes = [touched(segment, probes) for segment in segments]
    wanted = [int(each.sum()) for each in sizes]
    # A small segment's few buckets are touched many times over, but read from memory once.
    total = sum(min(w, s.header.posting_bytes) for w, s in zip(wanted, segments, strict=True))
    asked = [probes] * len(segments)
    budget = budget_of(segments) if budget is None else budget
    if max(total, *wanted, 0) > budget:
        budgets = [budget * each // max(total, each) for each in wanted]
        asked = [_affordable(probes, *each) for each in zip(sizes, budgets, strict=True)]
    longest = [int(each.max(initial=0)) for each in sizes]
    cores = 1 if min(total, budget) < LARGE else os.cpu_count() or 1
    if cores == 1:
        return list(map(_votes_of, segments, asked, longest))
    parts = [
        [_threads().submit(_votes_of, segment, part, most) for part in _parts(each, cores)]
        for segment, each, most in zip(segments, asked, longest, strict=True)
    ]
    return [np.concatenate([part.result() for part in of_one], axis=1) for of_one in parts]


def budget_of(segments: Sequence[Segment]) -> int:
    """Return how many bytes of buckets a question may touch."""
    posting_bytes = sum(segment.header.posting_bytes for segment in segments)
    return max(LEAST_BUDGET, BUDGET_GROWTH * isqrt(posting_bytes))


def _votes_of(segment: Segment, probes: Probes, longest: int) -> I32:
    """Return the offset that each vote in one segment is for.

    No range of hashes touches more than ``longest`` bytes there.
    """
    if segment.is_cold():
        segment.prefetch(*byte_ranges(segment, probes))
    return _votes(
        *probes,
        HASH_BITS - segment.header.directory_bits,
        segment.header.frame_bits,
        segment.directory,
        segment.postings,
        longest,
    )


def touched(segment: Segment, probes: Probes) -> I64:
    """Return the bytes of the buckets that each range of hashes touches in a segment.

    That is what it costs at most: it unpacks no more of them than it wants.
    """
    starts, ends = byte_ranges(segment, probes)
    return ends - starts


def byte_ranges(segment: Segment, probes: Probes) -> tuple[I64, I64]:
    """Return the first byte, and the one after the last, that each range of hashes touches."""
    rest = HASH_BITS - segment.header.directory_bits
    return _byte_ranges(probes.low, probes.high, rest, segment.directory)


def _affordable(probes: Probes, sizes: I64, budget: int) -> Probes:
    """Keep the ranges that touch least, as many as a budget allows; of one size all or none."""
    together = np.cumsum(np.bincount(sizes) * np.arange(sizes.max(initial=0) + 1))
    too_large = np.searchsorted(together, budget, side="right")
    return probes.only(np.flatnonzero(sizes < too_large))


def _parts(probes: Probes, count: int) -> list[Probes]:
    return [probes.only(part) for part in np.array_split(np.arange(probes.low.size), count)]


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="wavvy-lookup")


@kernel
def _byte_ranges(low: U32, high: U32, rest: int, directory: U32) -> tuple[I64, I64]:
    starts, ends = np.empty(low.size, np.int64), np.empty(low.size, np.int64)
    for i in range(low.size):
        starts[i] = directory[np.int64(low[i]) >> rest]
        ends[i] = directory[(np.int64(high[i]) >> rest) + 1]
    return starts, ends


@kernel
def _votes(
    low: U32,
    high: U32,
    asking: I32,
    times: I32,
    rest: int,
    frame_bits: int,
    directory: U32,
    postings: U64,
    longest: int,
) -> I32:
    bits = rest + frame_bits
    numbers = np.empty(most_numbers(longest, bits), np.int64)
    offsets = np.empty((times.shape[0], _ROOM), np.int32)
    frame_mask = (1 << frame_bits) - 1
    n = 0
    for i in range(low.size):
        _fetch_ahead(low, i, rest, directory, postings)
        lowest, highest = int(np.int64(low[i])), int(np.int64(high[i]))
        for bucket in range(lowest >> rest, (highest >> rest) + 1):
            begin, end = int(np.int64(directory[bucket])), int(np.int64(directory[bucket + 1]))
            first = bucket << rest
            least = max(lowest - first, 0) << frame_bits
            beyond = (highest + 1 - first) << frame_bits
            found = find(postings, begin, end, bits, least, beyond, numbers)
            if n + found > offsets.shape[1]:
                offsets = _grown(offsets, n, 2 * (n + found))
            for tempo in range(times.shape[0]):
                time = times[tempo, asking[i]]
                for j in range(found):
                    offsets[tempo, n + j] = 2 * (numbers[j] & frame_mask) - time
            n += found
    return offsets[:, :n]


@kernel
def _fetch_ahead(low: U32, i: int, rest: int, directory: U32, postings: U64) -> None:
    """Have memory fetched that ranges after the i-th will need: the directory's, then the bucket's.

    A bucket is fetched for the first of the ranges that lie in it.
    """
    if i + 2 * _AHEAD < low.size:
        prefetch(directory, int(np.int64(low[i + 2 * _AHEAD])) >> rest)
    if i + _AHEAD < low.size:
        bucket = int(np.int64(low[i + _AHEAD])) >> rest
        if bucket != int(np.int64(low[i + _AHEAD - 1])) >> rest:
            first = int(np.int64(directory[bucket])) // 8
            last = int(np.int64(directory[bucket + 1])) // 8
            for word in range(first, min(last, first + _MOST_FETCHED) + 1, _LINE):
                prefetch(postings, word)


@kernel
def _grown(offsets: I32, used: int, size: int) -> I32:
    grown = np.empty((offsets.shape[0], size), np.int32)
    grown[:, :used] = offsets[:, :used]
    return grown
