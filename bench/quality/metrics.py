"""From trials to figures.

A threshold is chosen on the clips of unknown tracks: the lowest that accepts no more than the given
share of them. A system with one score has one threshold for all sorts of sound, so beside the
threshold of each cell there is the one of all cells of a length together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from bench.quality.trial import Trial

FALSE_ACCEPT_RATE = 0.01
STRICT_RATE = 0.001
OFFSET_MS = 50
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of a whole, with the 95 % interval (Wilson) that it stands for."""

    part: int
    whole: int
    low: float
    high: float

    @classmethod
    def of(cls, flags: Iterable[bool]) -> Share:
        """Count what is true."""
        flags = list(flags)
        if not flags:
            return cls(0, 0, 0.0, 1.0)
        test = scipy.stats.binomtest(sum(flags), len(flags))
        interval = test.proportion_ci(method="wilson")
        return cls(sum(flags), len(flags), float(interval.low), float(interval.high))

    @property
    def percent(self) -> float | None:
        """The share in per cent; None of nothing."""
        return 100 * self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Figures:
    """One cell at one length.

    Attributes
    ----------
    guessed : Share
        Of the known clips, those whose best guess is right.
    at_rate, at_rate_pooled, at_strict_rate : Share
        Right and above the threshold that accepts 1 % of this cell's unknown clips; of all cells'
        of this length; 0.1 % of all cells' of this length.
    accepted : Share
        Right, by default.
    wrong_track, wrong_place : Share
        Accepted by default and wrong.
    false_accepts : Share
        Of the unknown clips, those accepted by default.
    offset_ms_median, offset_ms_p95 : float
        Size of the right best guesses' offset error.
    offset_near : Share
        Of the right best guesses, those within `OFFSET_MS`.
    skew_right : Share
        Of the right best guesses, those with both skews right.
    known_cpu_ms, unknown_cpu_ms : float
        Median for one query.
    postings : float
        Median share of the index that a plain query touches.
    by_noise : dict of str to Share
        `at_rate` by kind of noise.
    """

    system: str
    seconds: float
    cell: str
    guessed: Share
    at_rate: Share
    at_rate_pooled: Share
    at_strict_rate: Share
    accepted: Share
    wrong_track: Share
    wrong_place: Share
    false_accepts: Share
    offset_ms_median: float | None
    offset_ms_p95: float | None
    offset_near: Share
    skew_right: Share
    known_cpu_ms: float | None
    unknown_cpu_ms: float | None
    postings: float | None
    by_noise: dict[str, Share]


def figures(trials: Sequence[Trial]) -> list[Figures]:
    """Return the figures of every cell, in the order in which the cells come."""
    by_length: dict[tuple[str, float], dict[str, list[Trial]]] = {}
    for trial in trials:
        cells = by_length.setdefault((trial.system, trial.seconds), {})
        cells.setdefault(trial.cell, []).append(trial)
    found = []
    for cells in by_length.values():
        pooled = [trial for cell in cells.values() for trial in cell]
        common, strict = threshold(pooled, FALSE_ACCEPT_RATE), threshold(pooled, STRICT_RATE)
        found += [_figures(cell, common, strict) for cell in cells.values()]
    return found


def threshold(trials: Iterable[Trial], rate: float) -> float:
    """Return the score above which no more than this share of the unknown clips lies.

    A clip of an unknown track whose music an indexed track really holds is no false accept.
    """
    unknown = [trial for trial in trials if not trial.known]
    false = sorted((trial.score for trial in unknown if not trial.right), reverse=True)
    allowed = math.floor(rate * len(unknown))
    return false[allowed] if len(false) > allowed else 0.0


def _figures(trials: Sequence[Trial], common: float, strict: float) -> Figures:
    known = [trial for trial in trials if trial.known]
    unknown = [trial for trial in trials if not trial.known]
    right = [trial for trial in known if trial.right]
    errors = [abs(trial.offset_error_ms) for trial in right]
    own = threshold(trials, FALSE_ACCEPT_RATE)
    wrong = [trial.accepted and not trial.accepted_right for trial in known]
    same_track = [trial.accepted_same_track for trial in known]
    kinds = sorted({trial.noise for trial in known})
    return Figures(
        system=trials[0].system,
        seconds=trials[0].seconds,
        cell=trials[0].cell,
        guessed=Share.of(trial.right for trial in known),
        at_rate=_above(known, own),
        at_rate_pooled=_above(known, common),
        at_strict_rate=_above(known, strict),
        accepted=Share.of(trial.accepted_right for trial in known),
        wrong_track=Share.of(w and not same for w, same in zip(wrong, same_track, strict=True)),
        wrong_place=Share.of(w and same for w, same in zip(wrong, same_track, strict=True)),
        false_accepts=Share.of(trial.accepted and not trial.accepted_right for trial in unknown),
        offset_ms_median=_percentile(errors, 50),
        offset_ms_p95=_percentile(errors, 95),
        offset_near=Share.of(error <= OFFSET_MS for error in errors),
        skew_right=Share.of(trial.skew_right for trial in right),
        known_cpu_ms=_percentile([trial.cpu_ms for trial in known], 50),
        unknown_cpu_ms=_percentile([trial.cpu_ms for trial in unknown], 50),
        postings=_percentile([trial.postings for trial in trials], 50),
        by_noise={kind: _above([t for t in known if t.noise == kind], own) for kind in kinds},
    )


def _above(known: Iterable[Trial], threshold: float) -> Share:
    return Share.of(trial.right and trial.score > threshold for trial in known)


def _percentile(values: Sequence[float], percent: float) -> float | None:
    return float(np.percentile(values, percent)) if values else None


class ErrorTradeoff(NamedTuple):
    """Both errors at every threshold that is worth it, from the strictest on.

    Attributes
    ----------
    false_accepts : ndarray, shape (n,), float64
        Share of the unknown clips that are accepted; ascending.
    misses : ndarray, shape (n,), float64
        Share of the known clips that are not accepted and right.
    """

    false_accepts: NDArray[np.float64]
    misses: NDArray[np.float64]


def error_tradeoff(trials: Sequence[Trial]) -> ErrorTradeoff:
    """Return the detection error trade-off of some trials."""
    known = [trial for trial in trials if trial.known]
    unknown = [trial for trial in trials if not trial.known]
    right = np.sort([trial.score for trial in known if trial.right])
    false = np.sort([trial.score for trial in unknown if not trial.right])
    thresholds = np.unique(np.concatenate((right, false)))[::-1]
    accepted = false.size - np.searchsorted(false, thresholds)
    found = right.size - np.searchsorted(right, thresholds)
    lowest = np.append(np.diff(accepted) > 0, True)  # of those with as many false accepts
    return ErrorTradeoff(accepted[lowest] / len(unknown), 1 - found[lowest] / len(known))


@dataclass(frozen=True, slots=True)
class Tenth:
    """What came of scores between two tenths; known and unknown clips weigh the same in all.

    Attributes
    ----------
    trials : int
    weight : float
        Of all trials' weight.
    score : float
        Mean of the scores.
    right : float
        Share that was right.
    low, high : float
        Its 95 % interval.
    """

    trials: int
    weight: float
    score: float
    right: float
    low: float
    high: float


def reliability(trials: Sequence[Trial]) -> list[Tenth | None]:
    """Compare the scores of best guesses with how often they are right, in tenths."""
    score = np.array([trial.score for trial in trials])
    right = np.array([trial.right for trial in trials], np.float64)
    known = np.array([trial.known for trial in trials], np.bool_)
    weight = np.where(known, 0.5 / max(known.sum(), 1), 0.5 / max((~known).sum(), 1))
    tenth = np.minimum((score * TENTHS).astype(np.int64), TENTHS - 1)
    tenths: list[Tenth | None] = []
    for number in range(TENTHS):
        here = tenth == number
        if not here.any():
            tenths.append(None)
            continue
        weights = weight[here]
        mean_score, share = (float(np.average(of[here], weights=weights)) for of in (score, right))
        # With weights, so many trials of equal weight would tell as much (Kish).
        effective = round(weights.sum() ** 2 / (weights**2).sum())
        test = scipy.stats.binomtest(round(share * effective), effective)
        low, high = test.proportion_ci(method="wilson")
        tenths.append(
            Tenth(int(here.sum()), float(weights.sum()), mean_score, share, float(low), float(high))
        )
    return tenths


def calibration_error(tenths: Iterable[Tenth | None]) -> float:
    """Return the expected calibration error: the mean distance between score and share right."""
    full = [tenth for tenth in tenths if tenth]
    return sum(tenth.weight * abs(tenth.score - tenth.right) for tenth in full)
