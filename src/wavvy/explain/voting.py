"""The landmarks of a clip and their votes for one track."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import I32, I64, U16
from wavvy.dsp.landmarks import Landmarks, concatenate, query_landmarks, reference_landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import Peaks
from wavvy.dsp.warp import Warp
from wavvy.explain.explanation import OffsetHistogram
from wavvy.index.probes import probes
from wavvy.index.search import NARROW
from wavvy.query import FAN_OUT, SHIFTS, Query, warped_peaks

MOST_PAIRS = 500
MOST_BINS = 500
REACH = 6
"""Half-frames either way within which a vote is for the candidate: votes may differ by two from the
place that they nominate, and that by four from where the witnesses find the clip in the end."""

_FREQUENCIES = 1 << 16  # as many as there are, so that frame and frequency make one key


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
    landmarks, first, second = [], [], []
    for members, peaks, shift in warped_peaks(query, params, warp):
        paired = query_landmarks(peaks, params, fan_out=FAN_OUT)
        keys = _key(peaks.frames, peaks.freqs)
        order = np.argsort(keys, kind="stable")  # scaled frames may bring them out of order
        begin = np.searchsorted(keys, _key(paired.frames, paired.first), sorter=order)
        end = np.searchsorted(keys, _key(paired.frames + paired.spans, paired.second), sorter=order)
        landmarks.append(paired._replace(frames=SHIFTS * paired.frames + np.int32(shift)))
        first.append(members[order[begin]])
        second.append(members[order[end]])
    return Voters(concatenate(landmarks), np.concatenate(first), np.concatenate(second))


def _key(frames: I32, freqs: U16) -> I64:
    return frames.astype(np.int64) * _FREQUENCIES + freqs


class Votes(NamedTuple):
    """What a query's landmarks say of a track.

    Attributes
    ----------
    voters : ndarray, shape (n,), int64
        Which of the query's landmarks votes.
    offsets : ndarray, shape (n,), int64
        Half-frame of the track at which it would have the query begin.
    """

    voters: I64
    offsets: I64


def votes(voting: Voters, track: Peaks, params: FingerprintParams) -> Votes:
    """Let a query's landmarks vote for one track, as they do for all in the index."""
    known = reference_landmarks(track, params)
    order = np.argsort(known.hashes(), kind="stable")
    hashes = known.hashes()[order]
    asked = probes(voting.landmarks, NARROW, params)
    low = np.searchsorted(hashes, asked.low, side="left")
    counts = np.searchsorted(hashes, asked.high, side="right") - low
    of_asked = np.repeat(np.arange(counts.size), counts)
    nth = np.arange(of_asked.size) - np.repeat(np.cumsum(counts) - counts, counts)
    there = known.frames[order[low[of_asked] + nth]].astype(np.int64)
    who = asked.asking[of_asked].astype(np.int64)
    return Votes(who, SHIFTS * there - voting.landmarks.frames[who])


def pairs(voting: Voters, cast: Votes, offset: float) -> list[tuple[int, int]]:
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
    voted = cast.voters[np.abs(cast.offsets - round(offset)) <= REACH]
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
    bins, counts = np.unique((offsets - first) // width, return_counts=True)
    others = counts[bins != 0]
    most = np.sort(np.argsort(-counts, kind="stable")[:MOST_BINS])
    starts = (first + bins[most] * width) * half_frame_ms
    return OffsetHistogram(
        round(width * half_frame_ms),
        float(others.mean()) if others.size else 0.0,
        [
            (round(start), n)
            for start, n in zip(starts.tolist(), counts[most].tolist(), strict=True)
        ],
    )
