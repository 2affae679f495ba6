"""The landmarks of a clip and their votes for one track."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import I32, I64
from wavvy.dsp.landmarks import CELL, Landmarks, query_landmarks, reference_landmarks, unpack
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import Peaks
from wavvy.dsp.warp import Warp
from wavvy.explain.explanation import OffsetHistogram
from wavvy.query import FAN_OUT, SHIFTS, Query, warped_peaks

MOST_PAIRS = 500
MOST_BINS = 500
REACH = 6
"""Half-frames either way within which a vote is for the candidate: votes may differ by two from the
place that they nominate, and that by four from where the witnesses find the clip in the end."""

_CELLS = 1 << 16  # more than there are frequency cells, so that frame and cell make one key


class Voters(NamedTuple):
    """A query's landmarks, at the track's tempo and pitch.

    Attributes
    ----------
    landmarks : Landmarks
        With frames in half-frames from the start of the query.
    first, second : ndarray, shape (n,), int64
        Which of the query's peaks each landmark pairs.
    """

    landmarks: Landmarks
    first: I64
    second: I64


def voters(query: Query, params: FingerprintParams, warp: Warp) -> Voters:
    """Pair a query's peaks as they would lie in a track that it plays faster and higher."""
    parts = []
    for members, peaks, shift in warped_peaks(query, params, warp):
        paired = query_landmarks(peaks, params, fan_out=FAN_OUT)
        f1, df, dt = unpack(paired.hashes)
        keys = _key(peaks.frames, peaks.freqs // np.uint16(CELL))
        order = np.argsort(keys, kind="stable")  # scaled frames may bring them out of order
        first = order[np.searchsorted(keys, _key(paired.frames, f1), sorter=order)]
        second = order[np.searchsorted(keys, _key(paired.frames + dt, f1 + df), sorter=order)]
        offsets = SHIFTS * paired.frames + np.int32(shift)
        parts.append((paired.hashes, offsets, members[first], members[second]))
    hashes, offsets, first, second = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Voters(Landmarks(hashes, offsets), first, second)


def _key(frames: I32 | I64, cells: object) -> I64:
    return frames.astype(np.int64) * _CELLS + np.asarray(cells, np.int64)


def pairs(
    voting: Voters, track: Peaks, offset: float, params: FingerprintParams
) -> list[tuple[int, int]]:
    """Return the landmarks that a query and a track share at an offset.

    Parameters
    ----------
    offset : float
        Half-frame of the track at which the query begins.

    Returns
    -------
    list of (int, int)
        The query's two peaks, in order of time, each pair once; of many, some from all over it.
    """
    known = reference_landmarks(track, params)
    asked = voting.landmarks
    order = np.argsort(asked.hashes, kind="stable")
    hashes = asked.hashes[order]
    low = np.searchsorted(hashes, known.hashes, side="left")
    counts = np.searchsorted(hashes, known.hashes, side="right") - low
    # Each reference landmark meets all of the query's that have its hash.
    of_known = np.repeat(np.arange(counts.size), counts)
    nth = np.arange(of_known.size) - np.repeat(np.cumsum(counts) - counts, counts)
    met = order[low[of_known] + nth]
    there = SHIFTS * known.frames[of_known] - asked.frames[met]
    voted = met[np.abs(there - round(offset)) <= REACH]
    shared = set(zip(voting.first[voted].tolist(), voting.second[voted].tolist(), strict=True))
    most = min(len(shared), MOST_PAIRS)
    every = sorted(shared)
    return [every[i * len(every) // most] for i in range(most)]


def histogram(offsets: I64, candidate: float, half_frame_ms: float) -> OffsetHistogram:
    """Count votes by position.

    Parameters
    ----------
    offsets : ndarray, shape (votes,), int64
        Half-frame of the track at which each vote would have the query begin.
    candidate : float
        The half-frame that was found; it becomes the middle of a bin.
    """
    width = 2 * REACH + 1
    first = round(candidate) - REACH
    bins, votes = np.unique((offsets - first) // width, return_counts=True)
    others = votes[bins != 0]
    most = np.sort(np.argsort(-votes, kind="stable")[:MOST_BINS])
    starts = (first + bins[most] * width) * half_frame_ms
    return OffsetHistogram(
        round(width * half_frame_ms),
        float(others.mean()) if others.size else 0.0,
        [(round(start), n) for start, n in zip(starts.tolist(), votes[most].tolist(), strict=True)],
    )
