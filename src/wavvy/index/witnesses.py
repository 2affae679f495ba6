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
from wavvy.index.format import CHECKPOINT_FRAMES
from wavvy.index.segment import Segment
from wavvy.index.votes import Candidates

_SEARCH = 4
"""Half-frames to either side of a nominated offset that are tried."""
_NEAR_BEST = 0.9
"""Share of the best agreement from which an offset counts towards the refined one."""
_MIN_PEAKS = 3
"""Reference peaks below which nothing is concluded."""
_SHARED = 0.2
"""Share of the mean over all peaks in each one's chance: a few shifts alone tell it badly."""
_MIN_VARIANCE = 0.05


class QueryImage(NamedTuple):
    """What verification looks candidates up in; all at half-frames.

    Attributes
    ----------
    occupied : ndarray, shape (half-frames, bins), uint8
        1 within a frame and a bin of a query peak.
    whitened : ndarray, shape (half-frames, bins), float32
        The query's spectrogram as ``dsp.whitening`` makes it.
    time_shifts, bin_shifts : ndarray, int64
        Displacements, in half-frames and bins, at which chance is measured.
    pitch_ratios : ndarray, float64
        Ratios of frequencies at which it is measured too.
    """

    occupied: U8
    whitened: F32
    time_shifts: I64
    bin_shifts: I64
    pitch_ratios: F64


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


def occupancy(times: I64, bins: I64, shape: tuple[int, int], reach: int) -> U8:
    """Draw query peaks as patches of ``reach`` half-frames and one bin to either side."""
    image = np.zeros(shape, np.uint8)
    _draw(image, times, bins, reach)
    return image


def weigh(segment: Segment, candidates: Candidates, image: QueryImage, low_bin: int) -> Evidence:
    """Collect the evidence for each candidate of a segment."""
    if not image.time_shifts.size:
        none = np.zeros(candidates.offsets.size)
        nothing = np.zeros_like(candidates.offsets)
        return Evidence(candidates.offsets.astype(np.float64), none, none, nothing, nothing)
    return Evidence(
        *_weigh(
            candidates.offsets,
            segment.counts,
            segment.checkpoints,
            segment.freqs,
            low_bin,
            image.occupied,
            image.whitened,
            image.time_shifts,
            image.bin_shifts,
            image.pitch_ratios,
        )
    )


@kernel
def _draw(image: U8, times: I64, bins: I64, reach: int) -> None:
    frames, height = image.shape
    for i in range(times.size):
        for t in range(max(0, times[i] - reach), min(frames, times[i] + reach + 1)):
            for f in range(max(0, bins[i] - 1), min(height, bins[i] + 2)):
                image[t, f] = 1


@kernel
def _weigh(
    offsets: I64,
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
    frames, height = occupied.shape
    refined = np.empty(offsets.size)
    coincidence = np.empty(offsets.size)
    prominence = np.empty(offsets.size)
    peaks = np.empty(offsets.size, np.int64)
    matched = np.empty(offsets.size, np.int64)
    for i in range(offsets.size):
        times, bins = _peaks_between(
            max(0, offsets[i] // 2 - _SEARCH),
            min(counts.size, (offsets[i] + frames) // 2 + _SEARCH),
            counts,
            checkpoints,
            freqs,
            low_bin,
            height,
        )
        refined[i] = _best_offset(times, bins, offsets[i], occupied, whitened)
        peaks[i], matched[i], coincidence[i], prominence[i] = _testify(
            times - round(refined[i]),
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
def _best_offset(times: I64, bins: I64, nominated: int, occupied: U8, whitened: F32) -> float:
    """Return the middle of the offsets around the nominated one that agree about best.

    Peaks coincide within a frame, so the agreement of a clean clip has a flat top.
    """
    sums = np.empty(2 * _SEARCH + 1)
    for step in range(sums.size):
        sums[step] = _agreement(times, bins, nominated + step - _SEARCH, occupied, whitened)
    above = np.maximum(sums - _NEAR_BEST * sums.max(), 0.0)
    if sums.max() <= 0.0:
        return float(nominated)
    middle = (above * np.arange(sums.size)).sum() / above.sum()
    return nominated - _SEARCH + float(middle)


@kernel
def _peaks_between(
    start: int,
    stop: int,
    counts: U8,
    checkpoints: U32,
    freqs: U16,
    low_bin: int,
    height: int,
) -> tuple[I64, I64]:
    """Return the peaks of frames [start, stop): half-frame of the segment, row of the image."""
    if stop <= start:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    checkpoint = start // CHECKPOINT_FRAMES
    peak = np.int64(checkpoints[checkpoint])
    for t in range(checkpoint * CHECKPOINT_FRAMES, start):
        peak += counts[t]
    size = 0
    for t in range(start, stop):
        size += counts[t]
    times = np.empty(size, np.int64)
    bins = np.empty(size, np.int64)
    n = 0
    for t in range(start, stop):
        for _ in range(counts[t]):
            if peak >= freqs.size:
                return times[:n], bins[:n]
            row = ((np.int64(freqs[peak]) + 8) >> 4) - low_bin
            peak += 1
            if 0 <= row < height:
                times[n] = 2 * t
                bins[n] = row
                n += 1
    return times[:n], bins[:n]


@kernel
def _agreement(times: I64, bins: I64, offset: int, occupied: U8, whitened: F32) -> float:
    total = 0.0
    for i in range(times.size):
        t = times[i] - offset
        if 0 <= t < occupied.shape[0]:
            total += 2.0 * occupied[t, bins[i]] + whitened[t, bins[i]]
    return total


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

    Peaks of one frame belong to one event and err together, so each frame counts as one draw (a
    cluster-robust variance). With few draws a large t-statistic is no rarity, which the ratio
    n/2 log(1 + t^2 / (n - 1)) of Student's test knows and t^2 / 2 does not.
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
