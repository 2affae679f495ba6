"""Synthetic tracks: fingerprints of music that nobody has played, and yet like those of music.

Each is made from two real tracks, by a chance that its number alone decides:

- **Sections.** A track is cut into sections of 5 to 30 s, which are played in another order. Within
  a section all stays as it was: what repeats still repeats.
- **Voices.** Below a dividing frequency between 400 and 1600 Hz the peaks are those of one track,
  above it those of the other. Landmarks are at most 484 Hz high, so most pair peaks of one track,
  and their distances are those of music.
- **Key.** Each voice is moved into a related key, higher or lower: most music keeps to one tuning
  and to the keys with few accidentals, so its frequencies are not spread evenly. Then by some
  cents, as no tuning is exact. Peaks that leave the band drop out.
- **Tempo.** All is played 0.8 to 1.25 times as fast.
- **Density.** Each second keeps as many peaks as the first track, the leader, has in a second.
  Surplus ones are left out and missing ones taken from across the dividing frequency, a partial at
  a time: it is the same ones in every repeat.
- **Length.** The leader's, scaled so that the mean is about four minutes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bench.scale.sources import Sources
from wavvy.dsp.arrays import F64, I32, I64, U16, U64
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.kernel import kernel
from wavvy.dsp.params import DEFAULT, FingerprintParams
from wavvy.dsp.peaks import SUBBINS

SEED = 20260404
MEAN_SECONDS = 243.0
SHORTEST_SECONDS = 30.0
SECTION_SECONDS = (5.0, 30.0)
DIVIDING_HZ = (400.0, 1600.0)
KEYS = (-7, -5, -2, 0, 2, 5, 7)
"""Semitones between related keys, which share all but one or two of their notes."""
CENTS = 3.0
"""Standard deviation of the tuning."""
FASTEST = 1.25

_SECOND = 25
"""Frames over which the density is kept."""
_PARTIAL = 2 * SUBBINS
"""Sub-bins over which peaks count as one partial: as wide as a landmark's cell."""
_RANK_BITS, _INDEX_BITS = 16, 24


class Voice(NamedTuple):
    """One source as a synthetic track plays it.

    Attributes
    ----------
    frames : ndarray, shape (n,), int32
        Frames of the synthetic track, ascending.
    freqs : ndarray, shape (n,), uint16
        In sub-bins, within the band.
    ranks : ndarray, shape (n,), uint64
        Which peaks come first where there are too many: the lower. ``_RANK_BITS`` of chance, the
        same for all peaks of a partial, below one bit for the wrong side of the dividing frequency.
    per_second : ndarray, shape (seconds,), float64
        Peaks that the source has in a second of its own, whatever the band.
    """

    frames: I32
    freqs: U16
    ranks: U64
    per_second: F64


class Synthesiser:
    """Makes synthetic tracks.

    Parameters
    ----------
    sources : Sources
        The real tracks, of which no clip may be asked; at least two.
    """

    def __init__(self, sources: Sources, params: FingerprintParams = DEFAULT) -> None:
        self._sources = sources
        self._params = params
        self._frames_per_second = params.sample_rate / params.hop
        self._shorter = MEAN_SECONDS * self._frames_per_second / float(sources.lengths.mean())

    def fingerprint(self, number: int) -> Fingerprint:
        """Return the synthetic track with this number; the same number is the same track."""
        rng = np.random.default_rng((SEED, number))
        leader, second = rng.choice(self._sources.lengths.size, 2, replace=False).tolist()
        shortest = SHORTEST_SECONDS * self._frames_per_second
        length = round(max(shortest, self._shorter * int(self._sources.lengths[leader])))
        stretch = FASTEST ** rng.uniform(-1, 1)
        low, high = np.log(DIVIDING_HZ)
        dividing = np.exp(rng.uniform(low, high)) * self._params.window / self._params.sample_rate
        below = bool(rng.integers(2))
        first = self._voice(rng, leader, length, stretch, dividing, below=below)
        other = self._voice(rng, second, length, stretch, dividing, below=not below)
        return _mixed(first, other, length)

    def _voice(
        self,
        rng: np.random.Generator,
        source: int,
        length: int,
        stretch: float,
        dividing: float,
        *,
        below: bool,
    ) -> Voice:
        """Play a source: `stretch` is how many times as long, `dividing` is in bins."""
        p = self._params
        peaks = self._sources.peaks(source)
        begins, ends = self._sections(rng, int(self._sources.lengths[source]))
        frames, freqs = _played(peaks.frames, peaks.freqs, begins, ends, stretch, length)
        seconds = -(-length // _SECOND)
        per_second = np.bincount(frames // _SECOND, minlength=seconds).astype(np.float64) * stretch
        octaves = (rng.choice(KEYS) + rng.normal(0, CENTS / 100)) / 12
        heard = np.rint(freqs * 2.0**octaves).astype(np.int64)
        chance = rng.integers(1 << _RANK_BITS, size=(1 << 16) // _PARTIAL, dtype=np.uint64)
        wrong_side = ((heard < dividing * SUBBINS) != below).astype(np.uint64)
        ranks = chance[freqs // _PARTIAL] | wrong_side << np.uint64(_RANK_BITS)
        inside = (heard >= p.low_bin * SUBBINS) & (heard < p.high_bin * SUBBINS)
        return Voice(frames[inside], heard[inside].astype(np.uint16), ranks[inside], per_second)

    def _sections(self, rng: np.random.Generator, frames: int) -> tuple[I64, I64]:
        """Return where the sections of a source begin and end, in another order."""
        shortest, longest = (round(s * self._frames_per_second) for s in SECTION_SECONDS)
        sizes = rng.integers(shortest, longest + 1, size=frames // shortest + 1)
        bounds = np.append(0, np.cumsum(sizes))
        bounds = np.append(bounds[bounds < frames], frames)
        order = rng.permutation(bounds.size - 1)
        return bounds[:-1][order], bounds[1:][order]


def _mixed(first: Voice, other: Voice, length: int) -> Fingerprint:
    """Keep, in each second, as many peaks of the two voices as the first has."""
    frames = np.concatenate((first.frames, other.frames))
    seconds = (frames // _SECOND).astype(np.uint64)
    keys = seconds << np.uint64(1 + _RANK_BITS + _INDEX_BITS)
    keys |= np.concatenate((first.ranks, other.ranks)) << np.uint64(_INDEX_BITS)
    keys |= np.arange(frames.size, dtype=np.uint64)
    keys.sort()
    chosen = (keys & np.uint64((1 << _INDEX_BITS) - 1)).astype(np.int64)
    quotas = np.rint(first.per_second).astype(np.int64)
    sizes = np.bincount(seconds.astype(np.int64), minlength=quotas.size)
    before = np.repeat(np.cumsum(sizes) - sizes, sizes)
    chosen = chosen[np.arange(frames.size) - before < np.repeat(quotas, sizes)]
    freqs = np.concatenate((first.freqs, other.freqs))
    points = frames[chosen].astype(np.uint64) << np.uint64(16) | freqs[chosen].astype(np.uint64)
    points.sort()
    counts = np.bincount((points >> np.uint64(16)).astype(np.int64), minlength=length)
    return Fingerprint(counts.astype(np.uint8), points.astype(np.uint16))


@kernel
def _played(
    frames: I32, freqs: U16, begins: I64, ends: I64, stretch: float, length: int
) -> tuple[I32, U16]:
    """Return the peaks of sections one after the other, again and again until the length."""
    size = 1024
    times = np.empty(size, np.int32)
    heard = np.empty(size, np.uint16)
    n = 0
    start = 0
    section = 0
    while start < length:
        begin, end = begins[section], ends[section]
        i = np.searchsorted(frames, begin)
        while i < frames.size and frames[i] < end:
            t = start + int(np.floor((frames[i] - begin) * stretch + 0.5))
            if t < length:
                if n == size:
                    size *= 2
                    times = np.concatenate((times, np.empty(size - n, np.int32)))
                    heard = np.concatenate((heard, np.empty(size - n, np.uint16)))
                times[n] = t
                heard[n] = freqs[i]
                n += 1
            i += 1
        start += max(1, int(np.ceil((end - begin) * stretch)))
        section = (section + 1) % begins.size
    return times[:n], heard[:n]
