"""One query over all segments: nominate by landmarks, decide by single peaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I64, Bools
from wavvy.dsp.landmarks import Landmarks
from wavvy.index.segment import Segment
from wavvy.index.votes import Candidates, nominate
from wavvy.index.witnesses import Evidence, QueryImage, weigh

MOST_CANDIDATES = 100
"""Candidates that are verified: on real music the right one is nearly always among them."""
TOLERANCE = 2
"""Half-frames by which votes for one candidate may differ: one frame."""
BUDGET = 4_000_000
"""Postings that a query may touch in a segment."""


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
    matched : ndarray, shape (n,), int64
        Reference peaks that coincide with query peaks.
    """

    tracks: I64
    offsets: F64
    votes: I64
    evidence: F64
    matched: I64


def search(snapshot: Snapshot, query: Landmarks, image: QueryImage, low_bin: int) -> Found:
    """Find what a query may be.

    Parameters
    ----------
    query : Landmarks
        With frames in half-frames from the start of the query.
    image : QueryImage
        What the witnesses look candidates up in.
    low_bin : int
        Bin of the image's first row.
    """
    nominated = [
        nominate(segment, dead, query, most=MOST_CANDIDATES, tolerance=TOLERANCE, budget=BUDGET)
        for segment, dead in zip(snapshot.segments, snapshot.dead, strict=True)
    ]
    parts = [
        _found(segment, candidates, weigh(segment, candidates, image, low_bin))
        for segment, candidates in zip(snapshot.segments, _leaders(nominated), strict=True)
    ]
    if not parts:
        nothing = np.empty(0, np.int64)
        return Found(nothing, np.empty(0), nothing, np.empty(0), nothing)
    return Found(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _leaders(nominated: Sequence[Candidates]) -> list[Candidates]:
    """Keep the candidates with the most votes over all segments."""
    votes = np.concatenate([c.votes for c in nominated]) if nominated else np.empty(0, np.int64)
    if votes.size <= MOST_CANDIDATES:
        return list(nominated)
    least = np.partition(votes, votes.size - MOST_CANDIDATES)[votes.size - MOST_CANDIDATES]
    return [Candidates(*(column[c.votes >= least] for column in c)) for c in nominated]


def _found(segment: Segment, candidates: Candidates, evidence: Evidence) -> Found:
    positions = segment.positions(candidates.offsets >> 1)
    return Found(
        segment.tracks[positions],
        evidence.offsets - 2.0 * segment.starts[positions],
        candidates.votes,
        evidence.total,
        evidence.matched,
    )
