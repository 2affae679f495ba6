"""Having the system read what a search for certain tracks will need, before anybody searches."""

from __future__ import annotations

import mmap
from collections.abc import Iterable

import numpy as np

from wavvy.dsp.landmarks import reference_landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.index.lookup import byte_ranges
from wavvy.index.probes import Probes
from wavvy.index.snapshot import Snapshot


def warm(snapshot: Snapshot, track_ids: Iterable[int], params: FingerprintParams) -> int:
    """Read the peaks of tracks, and have the postings of their landmarks read, in all segments.

    Parameters
    ----------
    snapshot : Snapshot
        The index as of one commit.
    track_ids : iterable of int
        Those that are not in it are left out.
    params : FingerprintParams
        Those of the index.

    Returns
    -------
    int
        How many of the tracks there are.
    """
    wanted = np.fromiter(track_ids, np.int64)
    warmed = 0
    for segment, dead in zip(*snapshot, strict=True):
        for position in np.flatnonzero(np.isin(segment.tracks, wanted) & ~dead).tolist():
            fingerprint = segment.fingerprint(position)
            hashes = np.unique(reference_landmarks(fingerprint.peaks(), params).hashes())
            warmed += 1
            nobody = np.zeros(hashes.size, np.int32), np.zeros((1, 1), np.int32)
            if hasattr(mmap, "MADV_WILLNEED") and hashes.size:
                # A clip of the track asks all segments for them.
                asked = Probes(hashes, hashes, *nobody)
                for other in snapshot.segments:
                    other.prefetch(*byte_ranges(other, asked))
    return warmed
