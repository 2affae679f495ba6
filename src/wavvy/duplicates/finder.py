"""Which other tracks of an index are the same recording as a given one.

Some landmarks of the whole track vote for where it lies in others: those of the same recording
agree on one place, so few of them and exact hashes suffice. Each track nominated is compared over
all that both have in common.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import Landmarks, reference_landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.duplicates.agreement import Agreement, agreement
from wavvy.index.lookup import look_up
from wavvy.index.probes import probes
from wavvy.index.search import NARROW
from wavvy.index.store import Index
from wavvy.index.votes import nominate

METHOD = 1
"""Changes whenever this finds other duplicates than before, so that all tracks are asked anew."""
LEAST_OVERLAP = 0.8
"""Share of the longer track that both must have: a medley is no duplicate of what it plays."""
LEAST_ALIKE = 0.6
"""Share of the sections that must be of one recording."""
ASKED = 800
"""Most landmarks that are looked up of a track, from all of its length."""
LEAST_VOTES = 0.02
"""Share of them that must agree on a place for two tracks to be compared there."""
MOST_CANDIDATES = 100
"""Places in a segment that are looked at, those in the track itself included: music that repeats
itself has many."""
MOST_PLACES = 3
"""Places at which two tracks are compared; the best counts."""
_SLACK = 0.01  # the exact place is found when they are compared


class Compared(NamedTuple):
    """Two tracks that may be one recording, as they were compared.

    Attributes
    ----------
    track_id : int
        The other track.
    votes : int
        Landmarks that agree on the place.
    frames : int
        Length of the longer track.
    agreement : Agreement
        Of the shorter one with it.
    """

    track_id: int
    votes: int
    frames: int
    agreement: Agreement

    @property
    def shared(self) -> float:
        """Share of the longer track that both have."""
        return self.agreement.overlap / self.frames

    @property
    def similarity(self) -> float:
        """Share of the longer track, by time, that both have alike; 0 to 1."""
        return self.shared * self.agreement.alike

    @property
    def same(self) -> bool:
        """Whether they are one recording."""
        return self.shared >= LEAST_OVERLAP and self.agreement.alike >= LEAST_ALIKE


class DuplicateFinder:
    """Finds duplicates in an index; may be used from several threads."""

    def __init__(self, index: Index, params: FingerprintParams) -> None:
        self._index = index
        self._params = params

    def find(self, track_id: int, fingerprint: Fingerprint) -> dict[int, float]:
        """Return the tracks that are the same recording as a track of this fingerprint.

        From each one's id to its similarity, see `Compared`.

        Parameters
        ----------
        track_id : int
            The track itself, which is left out.
        """
        compared = self.compare(track_id, fingerprint)
        return {other.track_id: other.similarity for other in compared if other.same}

    def compare(self, track_id: int, fingerprint: Fingerprint) -> list[Compared]:
        """Compare a track with those that may be the same recording, each where it fits best."""
        segments, dead = self._index.snapshot()
        landmarks = self._asked(fingerprint)
        least = LEAST_VOTES * landmarks.frames.size
        asked = probes(landmarks, NARROW, self._params)
        found: defaultdict[int, list[Compared]] = defaultdict(list)
        for segment, gone, votes in zip(segments, dead, look_up(segments, asked), strict=True):
            candidates = nominate(segment, np.zeros_like(gone), votes, most=MOST_CANDIDATES)
            enough = candidates.votes >= least
            offsets, counts = candidates.offsets[enough], candidates.votes[enough]
            # A track may begin where another lies in the segment; its middle tells them apart.
            positions = segment.positions(offsets // 2 + fingerprint.counts.size // 2)
            for offset, count, position in zip(
                offsets.tolist(), counts.tolist(), positions.tolist(), strict=True
            ):
                other = int(segment.tracks[position])
                if other == track_id or gone[position] or len(found[other]) == MOST_PLACES:
                    continue
                place = offset // 2 - int(segment.starts[position])
                if not _overlaps(fingerprint.counts.size, segment.length(position), place):
                    continue
                theirs = segment.fingerprint(position)
                if theirs.freqs.size < int(theirs.counts.sum()):
                    continue  # its marks are damaged: whoever verifies the index says so
                found[other].append(_compared(other, count, fingerprint, theirs, place))
        return [max(places, key=lambda one: one.similarity) for places in found.values() if places]

    def _asked(self, fingerprint: Fingerprint) -> Landmarks:
        landmarks = reference_landmarks(fingerprint.peaks(), self._params)
        step = max(1, -(-landmarks.frames.size // ASKED))
        chosen = landmarks.only(slice(None, None, step))
        return chosen._replace(frames=2 * chosen.frames)


def _overlaps(first: int, second: int, place: int) -> bool:
    """Tell whether so many frames may have enough in common with so many others there."""
    overlap = min(first, second - place) - max(0, -place)
    return overlap >= (LEAST_OVERLAP - _SLACK) * max(first, second)


def _compared(
    track_id: int, votes: int, mine: Fingerprint, theirs: Fingerprint, place: int
) -> Compared:
    if mine.counts.size <= theirs.counts.size:
        return Compared(track_id, votes, theirs.counts.size, agreement(mine, theirs, place))
    return Compared(track_id, votes, mine.counts.size, agreement(theirs, mine, -place))
