"""Looking into the index for one track, to explain an answer."""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import I64, Bools
from wavvy.dsp.landmarks import Landmarks
from wavvy.dsp.peaks import Peaks
from wavvy.dsp.stream import concatenate
from wavvy.index.image import QueryImage
from wavvy.index.search import BUDGET, Snapshot
from wavvy.index.votes import hits


def track_peaks(snapshot: Snapshot, track_id: int) -> Peaks:
    """Return all reference peaks of a track; frames count from its start."""
    parts = [Peaks(np.empty(0, np.int32), np.empty(0, np.uint16))]
    for segment in snapshot.segments:
        positions = np.flatnonzero(segment.tracks == track_id).tolist()
        parts += [segment.fingerprint(position).peaks() for position in positions]
    return concatenate(parts)


def vote_offsets(snapshot: Snapshot, track_id: int, query: Landmarks) -> I64:
    """Return, for each vote that the track gets, the half-frame at which the query would begin."""
    votes = [np.empty(0, np.int64)]
    for segment in snapshot.segments:
        for position in np.flatnonzero(segment.tracks == track_id).tolist():
            offsets = hits(segment, query, budget=BUDGET)
            own = offsets[segment.positions(offsets >> 1) == position]
            votes.append(own - 2 * int(segment.starts[position]))
    return np.concatenate(votes)


def coincidences(image: QueryImage, times: I64, bins: I64, low_bin: int) -> tuple[Bools, float]:
    """Tell which points coincide with a query's peaks, and what share would by luck.

    Parameters
    ----------
    times, bins : ndarray, shape (n,), int64
        Half-frame and row of each point, within the image.
    low_bin : int
        Bin of the image's first row.

    Returns
    -------
    matched : ndarray, shape (n,), bool
    luck : float
        Mean share that coincides at the shifts in time, frequency and pitch by which the witnesses
        measure chance.
    """
    frames, height = image.occupied.shape
    matched: Bools = image.occupied[times, bins] > 0
    later = (times[:, np.newaxis] + image.time_shifts) % max(frames, 1)
    by_time = image.occupied[later, bins[:, np.newaxis]]
    pitched = np.rint((bins[:, np.newaxis] + low_bin) * image.pitch_ratios).astype(np.int64)
    moved = np.concatenate((bins[:, np.newaxis] + image.bin_shifts, pitched - low_bin), axis=1)
    point, shift = np.nonzero((moved >= 0) & (moved < height))
    by_frequency = image.occupied[times[point], moved[point, shift]]
    tries = by_time.size + by_frequency.size
    hit = int(by_time.sum(dtype=np.int64) + by_frequency.sum(dtype=np.int64))
    return matched, hit / tries if tries else 0.0
