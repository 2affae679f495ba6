"""How far two tracks agree, peak by peak and section by section.

A recording that was encoded again, made louder or cut at its ends has most of its peaks at the same
places. Another version of the piece, a remix or a medley has them for a while at best. So a pair is
judged by sections: in each, the share of peaks that coincide, beyond what the same two tracks have
in common by chance when one is shifted against the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I64, U16
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.kernel import kernel
from wavvy.dsp.peaks import SUBBINS

SECTION_FRAMES = 250
"""Length of a section, about: 10 s."""
LEAST_PEAKS = 50
"""A section in which both tracks have fewer, such as one that is mostly silent, is not judged."""
ALIKE = 0.25
"""Share of a section's peaks that coincide, beyond chance, from which it is of one recording."""
_NEAR_FRAMES = 1
_SHIFTS = np.array([-71, -53, -31, -17, 17, 31, 53, 71])
"""Frames by which a track is shifted to measure chance: 0.7 to 2.8 s, no multiples of one beat."""
_REFINED = 2  # frames to either side of a nominated offset that are tried
_ABOUT_BEST = 0.98
_LEAST_ROOM = 1e-6  # above chance: none is left where every shift agrees, as in a steady tone


class Agreement(NamedTuple):
    """How far two tracks agree where they overlap.

    Attributes
    ----------
    offset : int
        Frame of the second track at which the first begins; below 0, it begins earlier.
    overlap : int
        Frames that both have.
    shares : ndarray, shape (n,), float64
        For each section that can be judged, the share of peaks that coincide beyond chance: 0 is
        chance, 1 is all.
    """

    offset: int
    overlap: int
    shares: F64

    @property
    def alike(self) -> float:
        """Share of the sections that are of one recording; 0 where none can be judged."""
        return float(np.mean(self.shares >= ALIKE)) if self.shares.size else 0.0


def agreement(first: Fingerprint, second: Fingerprint, offset: int) -> Agreement:
    """Compare two tracks.

    Parameters
    ----------
    first : Fingerprint
        Whose peaks are looked for: of the shorter track, so that all of it counts.
    second : Fingerprint
        In which they are looked for.
    offset : int
        About at which frame of the second the first begins.
    """
    starts = np.concatenate(([0], np.cumsum(second.counts, dtype=np.int64)))
    frames = np.repeat(np.arange(first.counts.size, dtype=np.int64), first.counts)
    tried = np.arange(offset - _REFINED, offset + _REFINED + 1)
    whole = first.counts.size + 1
    hits, _ = _coincidences(frames, first.freqs, starts, second.freqs, tried, whole, 1)
    # Peaks coincide within a frame, so neighbours agree about alike: the middle one is right.
    best = int(np.rint(tried[hits[:, 0] >= _ABOUT_BEST * hits.max()].mean()))

    begin, end = max(0, -best), min(first.counts.size, second.counts.size - best)
    overlap = max(0, end - begin)
    sections = max(1, round(overlap / SECTION_FRAMES))  # all of one length
    length = max(1, -(-overlap // sections))
    inside = (frames >= begin) & (frames < end)
    hits, peaks = _coincidences(
        frames[inside] - begin,
        first.freqs[inside],
        starts,
        second.freqs,
        np.concatenate(([best], best + _SHIFTS)) + begin,
        length,
        sections,
    )
    edges = np.minimum(begin + length * np.arange(sections + 1), begin + overlap) + best
    theirs = np.diff(starts[np.clip(edges, 0, second.counts.size)])
    judged = np.maximum(peaks[0], theirs) >= LEAST_PEAKS
    hits, peaks = hits[:, judged], peaks[:, judged]
    # Where only one of them is silent, they are not alike, however well a few peaks of noise fit.
    together = hits[0] / np.maximum(peaks[0], LEAST_PEAKS)
    chance = hits[1:].sum(axis=0) / np.maximum(peaks[1:].sum(axis=0), LEAST_PEAKS * _SHIFTS.size)
    return Agreement(best, overlap, (together - chance) / np.maximum(1 - chance, _LEAST_ROOM))


@kernel
def _coincidences(
    frames: I64, freqs: U16, starts: I64, others: U16, shifts: I64, length: int, sections: int
) -> tuple[I64, I64]:
    """Count the peaks that coincide with one of another track, and those that could.

    Parameters
    ----------
    frames, freqs : ndarray, shape (peaks,)
        The peaks.
    starts : ndarray, shape (frames + 1,), int64
        First peak of each frame of the other track, and the number of its peaks.
    others : ndarray, uint16
        Their frequencies.
    shifts : ndarray, shape (n,), int64
        Frames by which the other track is late.
    length : int
        Frames of a section.
    sections : int
        How many sections there are.

    Returns
    -------
    hits, peaks : ndarray, shape (n, sections), int64
    """
    hits = np.zeros((shifts.size, sections), np.int64)
    peaks = np.zeros((shifts.size, sections), np.int64)
    last = starts.size - 1
    for s in range(shifts.size):
        for i in range(frames.size):
            at = frames[i] + shifts[s]
            if at < 0 or at >= last:
                continue
            section = frames[i] // length
            peaks[s, section] += 1
            freq = np.int64(freqs[i])
            begin = starts[max(at - _NEAR_FRAMES, 0)]
            for j in range(begin, starts[min(at + _NEAR_FRAMES + 1, last)]):
                if abs(np.int64(others[j]) - freq) <= SUBBINS:
                    hits[s, section] += 1
                    break
    return hits, peaks
