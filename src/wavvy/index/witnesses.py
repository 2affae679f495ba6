"""Verification: what single peaks say of a candidate.

A pair survives noise only when both its peaks do, so pairs only nominate. Here each reference peak
of a candidate gives evidence by itself, as two witnesses see it:

1. Does a peak of the query coincide with it, within a frame and a bin?
2. How far does the query's whitened spectrogram stand out where it lies?

Both are measured against luck, estimated for each peak by asking the same query elsewhere:
at shifts in time (what a sustained tone answers anyway), in frequency (what a drum in the same
tempo answers anyway) and in pitch by semitones (what other music in the same tuning answers
anyway).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F32, F64, I64, U8, U16, U32
from wavvy.dsp.kernel import kernel
from wavvy.index.image import QueryImage
from wavvy.index.placement import Warps, best_shift, heard_peaks, placed
from wavvy.index.segment import Segment
from wavvy.index.votes import Candidates

_MIN_PEAKS = 3
"""Reference peaks below which nothing is concluded."""
_SHARED = 0.2
"""Share of the mean over all peaks in each one's chance: a few shifts alone tell it badly."""
_MIN_VARIANCE = 0.05


class Evidence(NamedTuple):
    """What was found for each candidate.

    Attributes
    ----------
    offsets : ndarray, shape (n,), float64
        Refined offsets in half-frames.
    coincidence : ndarray, shape (n,), float64
        Log-likelihood ratio of the first witness, in nats.
    prominence : ndarray, shape (n,), float64
        Log-likelihood ratio of the second witness, in nats.
    peaks, matched : ndarray, shape (n,), int64
        Reference peaks within the clip, and how many of them coincide with a query peak.
    """

    offsets: F64
    coincidence: F64
    prominence: F64
    peaks: I64
    matched: I64

    @property
    def total(self) -> F64:
        """Evidence of both witnesses, in nats."""
        return self.coincidence + self.prominence


def weigh(
    segment: Segment, candidates: Candidates, warps: Warps, image: QueryImage, low_bin: int
) -> Evidence:
    """Collect the evidence for each candidate of a segment, played as its warp says."""
    if not image.time_shifts.size:
        none = np.zeros(candidates.offsets.size)
        nothing = np.zeros_like(candidates.offsets)
        return Evidence(candidates.offsets.astype(np.float64), none, none, nothing, nothing)
    return Evidence(
        *_weigh(
            candidates.offsets,
            warps.times,
            warps.pitches,
            *segment.peaks,
            low_bin,
            image.occupied,
            image.whitened,
            image.time_shifts,
            image.bin_shifts,
            image.pitch_ratios,
        )
    )


@kernel
def _weigh(
    offsets: I64,
    time_warps: F64,
    pitch_warps: F64,
    counts: U8,
    checkpoints: U32,
    freqs: U16,
    low_bin: int,
    occupied: U8,
    whitened: F32,
    time_shifts: I64,
    bin_shifts: I64,
    pitch_ratios: F64,
) -> tuple[F64, F64, F64, I64, I64]:
    refined = np.empty(offsets.size)
    coincidence = np.empty(offsets.size)
    prominence = np.empty(offsets.size)
    peaks = np.empty(offsets.size, np.int64)
    matched = np.empty(offsets.size, np.int64)
    for i in range(offsets.size):
        times, subbins = heard_peaks(
            offsets[i], time_warps[i], occupied.shape[0], counts, checkpoints, freqs
        )
        at, bins = placed(times, subbins, time_warps[i], pitch_warps[i], low_bin, occupied)
        shift = best_shift(at, bins, occupied, whitened)
        refined[i] = offsets[i] + shift * time_warps[i]
        peaks[i], matched[i], coincidence[i], prominence[i] = _testify(
            at - round(shift),
            bins,
            low_bin,
            occupied,
            whitened,
            time_shifts,
            bin_shifts,
            pitch_ratios,
        )
    return refined, coincidence, prominence, peaks, matched


@kernel
def _testify(
    times: I64,
    bins: I64,
    low_bin: int,
    occupied: U8,
    whitened: F32,
    time_shifts: I64,
    bin_shifts: I64,
    pitch_ratios: F64,
) -> tuple[int, int, float, float]:
    """Return peaks within the query, those matched, and what the two witnesses say."""
    frames, height = occupied.shape
    inside = np.empty(times.size, np.int64)
    hit = np.empty(times.size)
    chance = np.empty(times.size)  # of a hit, by any of the three kinds of luck
    lead = np.empty(times.size)  # of the whitened level over the luckiest kind's mean
    n = 0
    for i in range(times.size):
        t, f = times[i], bins[i]
        if t < 0 or t >= frames:
            continue
        hits, level = 0.0, 0.0
        for shift in time_shifts:
            u = (t + shift) % frames
            hits += occupied[u, f]
            level += whitened[u, f]
        no_luck = 1.0 - hits / time_shifts.size
        highest = level / time_shifts.size
        hits, level, tried = 0.0, 0.0, 0
        for shift in bin_shifts:
            if 0 <= f + shift < height:
                hits += occupied[t, f + shift]
                level += whitened[t, f + shift]
                tried += 1
        no_luck *= 1.0 - hits / tried
        highest = max(highest, level / tried)
        hits, level, tried = 0.0, 0.0, 0
        for ratio in pitch_ratios:
            g = round((f + low_bin) * ratio) - low_bin
            if 0 <= g < height:
                hits += occupied[t, g]
                level += whitened[t, g]
                tried += 1
        no_luck *= 1.0 - hits / tried
        highest = max(highest, level / tried)
        inside[n] = t
        hit[n] = occupied[t, f]
        chance[n] = 1.0 - no_luck
        lead[n] = whitened[t, f] - highest
        n += 1
    matched = int(hit[:n].sum())
    if n < _MIN_PEAKS:
        return n, matched, 0.0, 0.0
    coincidence = _log_likelihood_ratio(hit[:n], chance[:n])
    return n, matched, coincidence, _normal_likelihood_ratio(lead[:n], inside[:n])


@kernel
def _log_likelihood_ratio(hit: F64, chance: F64) -> float:
    """Weigh "a share of the peaks survived, the rest hit by chance" against "all by chance"."""
    mean = chance.mean()
    survived = min(max((hit.mean() - mean) / max(1.0 - mean, 1e-6), 0.0), 0.98)
    total = 0.0
    for i in range(hit.size):
        by_chance = (1.0 - _SHARED) * chance[i] + _SHARED * mean
        by_chance = min(max(by_chance, 0.005), 0.98)
        in_a_match = survived + (1.0 - survived) * by_chance
        if hit[i] > 0:
            total += np.log(in_a_match / by_chance)
        else:
            total += np.log((1.0 - in_a_match) / (1.0 - by_chance))
    return total


@kernel
def _normal_likelihood_ratio(lead: F64, times: I64) -> float:
    """Weigh "the mean is what it is" against "the mean is zero", the variance unknown in both.

    Peaks of one frame belong to one event and err together, so each frame counts as one of n draws
    (a cluster-robust variance). With few draws a large t is no rarity, which the likelihood ratio
    of Student's test, n/2 log(1 + t^2 / (n - 1)), knows and t^2 / 2 does not. The t here is the
    mean over its robust standard error, without Student's correction of n / (n - 1).
    """
    mean = lead.mean()
    if mean <= 0.0:
        return 0.0
    variance = 0.0
    event = 0.0
    draws = 0
    for i in range(lead.size):
        event += lead[i] - mean
        if i + 1 == lead.size or times[i + 1] != times[i]:
            variance += event * event
            event = 0.0
            draws += 1
    squared_t = lead.sum() ** 2 / max(variance, _MIN_VARIANCE * lead.size)
    return float(0.5 * draws * np.log1p(squared_t / max(draws - 1, 1)))
