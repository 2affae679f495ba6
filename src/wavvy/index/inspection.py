"""Looking into the index for one track, to explain an answer."""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import I64
from wavvy.dsp.landmarks import Landmarks
from wavvy.dsp.peaks import Peaks
from wavvy.dsp.stream import concatenate
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
