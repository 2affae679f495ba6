"""Verification: what single peaks say of a candidate.

A pair survives noise only when both its peaks do, so pairs only nominate. Here each reference peak
of a candidate gives evidence by itself, as two witnesses see it:

1. Does a peak of the query coincide with it, within half a frame and a bin?
2. How far does the query's whitened spectrogram stand out where it lies?

Both are measured against luck, estimated for each peak by asking the same query elsewhere:
at shifts in time (what a sustained tone answers anyway), in frequency (what a drum in the same
tempo answers anyway) and in pitch by semitones (what other music in the same tuning answers
anyway). More kinds of luck never make a candidate more convincing, so the work ends with the first
kind that explains all of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I16, I64, U8, U16, U32, Bools
from wavvy.dsp.kernel import kernel
from wavvy.index.image import HIT, QueryImage
from wavvy.index.placement import Warps, best_shift, heard_peaks, placed
from wavvy.index.segment import Segment
from wavvy.index.votes import Candidates

_MIN_PEAKS = 3
"""Reference peaks below which nothing is concluded."""
_SHARED = 0.2
"""Share of the mean over all peaks in each one's chance: a few shifts alone tell it badly."""
_MIN_VARIANCE = 0.05
_TINY, _HUGE = 1e-200, 1e200


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
            *image.sight,
            image.time_shifts,
            *image.shifted,
            *image.pitched,
        )
    )


@kernel
def _weigh(
    offsets: I64,
    time_warps: F64,
    pitch_warps: F64,
    checkpoints: U32,
    marks: U8,
    freqs: U16,
    low_bin: int,
    agreement: I16,
    both: U16,
    scale: float,
    time_shifts: I64,
    shifted_rows: I64,
    shifted_counts: I64,
    pitched_rows: I64,
    pitched_counts: I64,
) -> tuple[F64, F64, F64, I64, I64]:
    refined = np.empty(offsets.size)
    coincidence = np.zeros(offsets.size)
    prominence = np.zeros(offsets.size)
    peaks = np.empty(offsets.size, np.int64)
    matched = np.empty(offsets.size, np.int64)
    for i in range(offsets.size):
        times, subbins = heard_peaks(
            offsets[i], time_warps[i], both.shape[1], checkpoints, marks, freqs
        )
        at, rows = placed(times, subbins, time_warps[i], pitch_warps[i], low_bin, agreement)
        shift = best_shift(at, rows, agreement)
        refined[i] = offsets[i] + shift * time_warps[i]
        at, rows = _inside(at - round(shift), rows, both.shape[1])
        hit, level = _looked_up(at, rows, both)
        peaks[i], matched[i] = hit.size, hit.sum()
        if hit.size < _MIN_PEAKS:
            continue
        no_luck, highest = np.ones(hit.size), np.zeros(hit.size)
        _ask_at_other_times(at, rows, both, time_shifts, no_luck, highest)
        if _explained(hit, level, no_luck, highest):
            continue
        _ask_in_other_rows(at, rows, both, shifted_rows, shifted_counts, no_luck, highest)
        if _explained(hit, level, no_luck, highest):
            continue
        _ask_in_other_rows(at, rows, both, pitched_rows, pitched_counts, no_luck, highest)
        coincidence[i] = _log_likelihood_ratio(hit, 1.0 - no_luck)
        prominence[i] = _normal_likelihood_ratio((level - highest) * scale, at)
    return refined, coincidence, prominence, peaks, matched


@kernel
def _inside(times: I64, rows: I64, frames: int) -> tuple[I64, I64]:
    """Keep the peaks that lie within the query."""
    n = 0
    for i in range(times.size):
        if 0 <= times[i] < frames:
            times[n] = times[i]
            rows[n] = rows[i]
            n += 1
    return times[:n], rows[:n]


@kernel
def _looked_up(times: I64, rows: I64, both: U16) -> tuple[Bools, F64]:
    """Return for each peak whether it coincides, and how far the query stands out there."""
    hit = np.empty(times.size, np.bool_)
    level = np.empty(times.size)
    for i in range(times.size):
        seen = both[rows[i], times[i]]
        hit[i] = seen >= HIT
        level[i] = seen % HIT
    return hit, level


@kernel
def _ask_at_other_times(
    times: I64, rows: I64, both: U16, shifts: I64, no_luck: F64, highest: F64
) -> None:
    """Take in what is found at shifts in time; what leaves at one end enters at the other."""
    frames = both.shape[1]
    for i in range(times.size):
        row = both[rows[i]]
        seen = np.uint32(0)
        for k in range(shifts.size):
            t = times[i] + shifts[k]
            t = t + frames if t < 0 else t
            t = t - frames if t >= frames else t
            seen += row[np.uint64(t)]
        _take_in(i, seen, shifts.size, no_luck, highest)


@kernel
def _ask_in_other_rows(
    times: I64, rows: I64, both: U16, others: I64, counts: I64, no_luck: F64, highest: F64
) -> None:
    """Take in what is found at shifts in frequency, as far as they stay inside."""
    for i in range(times.size):
        t, others_of_row, tried = np.uint64(times[i]), others[rows[i]], counts[rows[i]]
        seen = np.uint32(0)
        for k in range(tried):
            seen += both[np.uint64(others_of_row[k]), t]
        _take_in(i, seen, tried, no_luck, highest)


@kernel
def _take_in(i: int, seen: np.uint32, tried: int, no_luck: F64, highest: F64) -> None:
    """Count one kind of luck of a peak, if it was tried at all."""
    if tried > 0:
        no_luck[i] *= 1.0 - (seen // HIT) / tried
        highest[i] = max(highest[i], (seen % HIT) / tried)


@kernel
def _explained(hit: Bools, level: F64, no_luck: F64, highest: F64) -> bool:
    """Tell whether luck accounts for all that either witness sees."""
    return bool(hit.sum() + no_luck.sum() <= hit.size and level.sum() <= highest.sum())


@kernel
def _log_likelihood_ratio(hit: Bools, chance: F64) -> float:
    """Weigh "a share of the peaks survived, the rest hit by chance" against "all by chance"."""
    mean = chance.mean()
    survived = min(max((hit.mean() - mean) / max(1.0 - mean, 1e-6), 0.0), 0.98)
    total, product = 0.0, 1.0  # few logarithms: of products
    for i in range(hit.size):
        by_chance = (1.0 - _SHARED) * chance[i] + _SHARED * mean
        by_chance = min(max(by_chance, 0.005), 0.98)
        in_a_match = survived + (1.0 - survived) * by_chance
        if hit[i]:
            product *= in_a_match / by_chance
        else:
            product *= (1.0 - in_a_match) / (1.0 - by_chance)
        if not _TINY < product < _HUGE:
            total += np.log(product)
            product = 1.0
    return float(total + np.log(product))


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
