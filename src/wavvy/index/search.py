"""One query over all segments: nominate by landmarks, decide by single peaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I32, I64, Bools
from wavvy.dsp.landmarks import Landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.warp import PLAIN, Warp
from wavvy.index.image import QueryImage
from wavvy.index.lookup import look_up
from wavvy.index.placement import Warps
from wavvy.index.probes import Reach, probes
from wavvy.index.segment import Segment
from wavvy.index.sharpening import sharpen
from wavvy.index.votes import Candidates, nominate
from wavvy.index.witnesses import Evidence, weigh

MOST_CANDIDATES = 100
"""Candidates that are verified: on real music the right one is nearly always among them."""
WARPED_CANDIDATES = 8
"""Candidates that each warp nominates."""
SHARPENED = 16
"""Candidates, over all warps, whose warp is sharpened."""
TOLERANCE = 2
"""Half-frames by which votes for one candidate may differ: one frame."""
NARROW = Reach(2, 0)
"""How far a query's landmarks reach at first: every posting costs."""
WIDE = Reach(4, 1)
"""How far where that finds nothing: noise moves peaks."""
WARPED = Reach(8, 0)
"""How far those of a warped query do, as the warps tried are some way apart."""


class Snapshot(NamedTuple):
    """The index as of one commit.

    Attributes
    ----------
    segments : tuple of Segment
    dead : tuple of ndarray, shape (tracks,), bool
        For each segment, which of its tracks were removed.
    """

    segments: tuple[Segment, ...]
    dead: tuple[Bools, ...]


class Found(NamedTuple):
    """Verified candidates, in no particular order.

    Attributes
    ----------
    tracks : ndarray, shape (n,), int64
        Track ids.
    offsets : ndarray, shape (n,), float64
        Half-frame of the track at which the query begins.
    votes : ndarray, shape (n,), int64
        Landmarks that agree.
    evidence : ndarray, shape (n,), float64
        Evidence for the candidate in nats.
    peaks, matched : ndarray, shape (n,), int64
        Reference peaks within the query, and how many of them coincide with query peaks.
    times, pitches : ndarray, shape (n,), float64
        How the query plays the track; see ``dsp.warp``.
    """

    tracks: I64
    offsets: F64
    votes: I64
    evidence: F64
    peaks: I64
    matched: I64
    times: F64
    pitches: F64

    def only(self, chosen: I64) -> Found:
        """Return those at some positions."""
        columns: Any = (column[chosen] for column in self)
        return Found(*columns)


def search(
    snapshot: Snapshot,
    votes: Sequence[I32],
    image: QueryImage,
    params: FingerprintParams,
    most: int = MOST_CANDIDATES,
) -> Found:
    """Find what a query may be.

    Parameters
    ----------
    votes : sequence of ndarray, shape (n,), int32
        For each segment, the offset that each vote of the query's landmarks is for.
    image : QueryImage
        What the witnesses look candidates up in.
    params : FingerprintParams
        Of the index.
    most : int
        Candidates that are verified.
    """
    nominated = _nominated(snapshot, votes, most)
    low_bin = params.low_bin
    parts = []
    for segment, candidates in zip(snapshot.segments, nominated, strict=True):
        warps = Warps.all_of(PLAIN, candidates.offsets.size)
        evidence = weigh(segment, candidates, warps, image, low_bin)
        parts.append(_found(segment, candidates, warps, evidence))
    return joined(parts)


def search_warped(
    snapshot: Snapshot,
    queries: Iterable[tuple[Warp, Landmarks]],
    image: QueryImage,
    params: FingerprintParams,
) -> Found:
    """Find what a query may be if it plays a track faster, slower, higher or lower.

    Each warp nominates a few candidates. They are weighed as they are, and the best of all are
    sharpened: the warps tried are some way apart.

    Parameters
    ----------
    queries : iterable of (Warp, Landmarks)
        At least one. Each warp with the query's landmarks as they would lie in the track; frames in
        half-frames.
    """
    low_bin = params.low_bin
    gathered: list[list[tuple[Candidates, Warps]]] = [[] for _ in snapshot.segments]
    for warp, landmarks in queries:
        votes = look_up(snapshot.segments, probes(landmarks, WARPED, params))
        for i, found in enumerate(_nominated(snapshot, votes, WARPED_CANDIDATES)):
            gathered[i].append((found, Warps.all_of(warp, found.offsets.size)))
    chosen = list(zip(snapshot.segments, map(_gathered, gathered), strict=True))
    totals = [weigh(segment, c, w, image, low_bin).total for segment, (c, w) in chosen]
    parts = []
    for (segment, (candidates, warps)), best in zip(chosen, _highest(totals), strict=True):
        candidates = Candidates(*(column[best] for column in candidates))
        warps = Warps(*(column[best] for column in warps))
        candidates, warps = sharpen(segment, candidates, warps, image, low_bin)
        evidence = weigh(segment, candidates, warps, image, low_bin)
        parts.append(_found(segment, candidates, warps, evidence))
    return joined(parts)


def _gathered(pairs: Sequence[tuple[Candidates, Warps]]) -> tuple[Candidates, Warps]:
    """Join what several warps nominated in one segment."""
    candidates, warps = zip(*pairs, strict=True)
    return (
        Candidates(*map(np.concatenate, zip(*candidates, strict=True))),
        Warps(*map(np.concatenate, zip(*warps, strict=True))),
    )


def _highest(totals: Sequence[F64]) -> Iterator[I64]:
    """Yield, for each segment, the positions of those that are among the best of all."""
    best = np.argsort(-np.concatenate([*totals, np.empty(0)]), kind="stable")[:SHARPENED]
    first = 0
    for total in totals:
        yield best[(best >= first) & (best < first + total.size)] - first
        first += total.size


def _nominated(snapshot: Snapshot, votes: Sequence[I32], most: int) -> list[Candidates]:
    """Keep the candidates with the most votes over all segments."""
    nominated = [
        nominate(segment, dead, found, most=most, tolerance=TOLERANCE)
        for segment, dead, found in zip(*snapshot, votes, strict=True)
    ]
    counts = np.concatenate([np.empty(0, np.int64), *(c.votes for c in nominated)])
    if counts.size <= most:
        return nominated
    least = np.partition(counts, counts.size - most)[counts.size - most]
    return [Candidates(*(column[c.votes >= least] for column in c)) for c in nominated]


def _found(segment: Segment, candidates: Candidates, warps: Warps, evidence: Evidence) -> Found:
    positions = segment.positions(candidates.offsets >> 1)
    return Found(
        segment.tracks[positions],
        evidence.offsets - 2.0 * segment.starts[positions],
        candidates.votes,
        evidence.total,
        evidence.peaks,
        evidence.matched,
        *warps,
    )


def joined(parts: Sequence[Found]) -> Found:
    """Put candidates of several searches together."""
    if not parts:
        none, nothing = np.empty(0), np.empty(0, np.int64)
        return Found(nothing, none, nothing, none, nothing, nothing, none, none)
    return Found(*(np.concatenate(column) for column in zip(*parts, strict=True)))
