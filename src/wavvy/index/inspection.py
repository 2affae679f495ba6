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
    last = -1
    for segment in snapshot.segments:
        for slot in np.flatnonzero(segment.tracks == track_id).tolist():
            peaks = segment.slot_fingerprint(slot).peaks()
            frames = peaks.frames + np.int32(segment.bases[slot])
            new = frames > last  # the slots of a long track overlap
            parts.append(Peaks(frames[new], peaks.freqs[new]))
            last = int(frames[-1]) if frames.size else last
    return concatenate(parts)


def vote_offsets(snapshot: Snapshot, track_id: int, query: Landmarks) -> I64:
    """Return, for each vote that the track gets, the half-frame at which the query would begin."""
    votes = [np.empty(0, np.int64)]
    for segment in snapshot.segments:
        slots = np.flatnonzero(segment.tracks == track_id)
        if slots.size:
            dead = np.ones(segment.header.slots, np.bool_)
            dead[slots] = False
            slot, offset = hits(segment, dead, query, budget=BUDGET)
            votes.append(offset + 2 * segment.bases[slot].astype(np.int64))
    return np.concatenate(votes)
