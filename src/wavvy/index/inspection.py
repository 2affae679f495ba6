"""Looking into the index for one track, to explain an answer."""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import I64, Bools
from wavvy.dsp.peaks import Peaks, concatenate
from wavvy.index.image import QueryImage
from wavvy.index.snapshot import Snapshot


def track_peaks(snapshot: Snapshot, track_id: int) -> Peaks:
    """Return all reference peaks of a track; frames count from its start."""
    parts = [Peaks.none()]
    for segment in snapshot.segments:
        positions = np.flatnonzero(segment.tracks == track_id).tolist()
        parts += [segment.fingerprint(position).peaks() for position in positions]
    return concatenate(parts)


def coincidences(image: QueryImage, times: I64, bins: I64) -> tuple[Bools, float]:
    """Tell which points coincide with a query's peaks, and what share would by luck.

    Parameters
    ----------
    times, bins : ndarray, shape (n,), int64
        Half-frame and row of each point, within the image.

    Returns
    -------
    matched : ndarray, shape (n,), bool
    luck : float
        Mean share that coincides at the shifts in time, frequency and pitch by which the witnesses
        measure chance.
    """
    later = (times[:, np.newaxis] + image.time_shifts) % max(image.occupied.shape[1], 1)
    lucky = [image.occupied[bins[:, np.newaxis], later].ravel()]
    for rows, counts in (image.shifted, image.pitched):
        point, other = np.nonzero(np.arange(rows.shape[1]) < counts[bins, np.newaxis])
        lucky.append(image.occupied[rows[bins[point], other], times[point]])
    tries = np.concatenate(lucky)
    matched: Bools = image.occupied[bins, times] > 0
    return matched, float(tries.mean()) if tries.size else 0.0
