"""Everything that is measured at one size."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.corpus import Corpus
from bench.quality.metrics import Figures, Share, figures
from bench.quality.trial import Trial
from bench.scale import cost, recall, upkeep
from bench.scale.cost import Cost
from bench.scale.library import Facts, built, real_files
from bench.scale.questions import questions
from bench.scale.upkeep import Upkeep

LENGTHS = (2.0, 5.0)
CELLS = ("snr5", "room5")
MAIN_SECONDS = 5.0
ADDED = 5
"""Tracks that are added and removed again."""
BUDGETS = (100_000, 300_000, 1_000_000, 3_000_000, 8_000_000, 20_000_000)
"""Bytes that a search may touch where that is varied; else `budget_of` tells how many."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of every size.

    Attributes
    ----------
    known, unknown : int
        Clips of tracks in the library, and of others, for each cell and length.
    timed_known, timed_unknown : int
        How many of those of 5 s are timed, in each cell; of known ones as many clean ones.
    varied : int
        How many of those of 5 s are searched for within each budget.
    """

    known: int = 200
    unknown: int = 500
    timed_known: int = 100
    timed_unknown: int = 50
    varied: int = 100


QUICK = Plan(known=40, unknown=100, timed_known=15, timed_unknown=10, varied=30)


@dataclass(frozen=True, slots=True)
class Effort:
    """What is found within a budget; clips of 5 s, not warped.

    Attributes
    ----------
    budget : int
        Bytes that may be touched.
    postings : float
        Median touched.
    cpu_ms : float
        Median of the search.
    found : Share
        Right at 1 % false accepts, all cells together.
    """

    budget: int
    postings: float
    cpu_ms: float
    found: Share


@dataclass(frozen=True, slots=True)
class Measured:
    """One library.

    Attributes
    ----------
    facts : Facts
    cost : Cost
    upkeep : Upkeep
    recall : list of Figures
        For each cell and length.
    efforts : list of Effort
    """

    facts: Facts
    cost: Cost
    upkeep: Upkeep
    recall: list[Figures]
    efforts: list[Effort]

    def found(self, cell: str, seconds: float) -> Share:
        """Return what is accepted and right at 0.1 % false accepts."""
        return next(
            one.at_strict_rate for one in self.recall if (one.cell, one.seconds) == (cell, seconds)
        )


def measure(size: int | None, music: Corpus, made_from: Sequence[Path], plan: Plan) -> Measured:
    """Build a library and measure it; None is the real tracks alone."""
    real = real_files(music, made_from)
    folder, facts = built(size or len(real), real, made_from)
    asked = questions(music, CELLS, LENGTHS, plan.known, plan.unknown)
    main = [one for one in asked if one.seconds == MAIN_SECONDS]
    clean = questions(music, ("clean",), (MAIN_SECONDS,), plan.timed_known, 0)
    known = [*clean, *(one for one in main if one.known)]
    unknown = [one for one in main if not one.known]

    def say(what: str) -> None:
        print(f"scale: {facts.tracks} tracks, {what}", file=sys.stderr)

    say("costs")
    costs = cost.measure(
        folder,
        cost.first(known, plan.timed_known),
        cost.first(unknown, plan.timed_unknown),
    )
    say("adding and removing")
    kept = upkeep.measure(folder, music.unknown[:ADDED])
    say("recall")
    trials = recall.ask_all(folder, asked)
    say("recall by effort")
    efforts = _efforts(recall.vary(folder, main, plan.varied, BUDGETS))
    return Measured(facts, costs, kept, figures(trials), efforts)


def _efforts(asked: Mapping[int, Sequence[Trial]]) -> list[Effort]:
    efforts = []
    for budget, trials in asked.items():
        found = figures(trials)
        right = sum(one.at_rate_pooled.part for one in found)
        whole = sum(one.at_rate_pooled.whole for one in found)
        efforts.append(
            Effort(
                budget,
                float(np.median([trial.postings for trial in trials])),
                float(np.median([trial.cpu_ms for trial in trials])),
                Share.of([True] * right + [False] * (whole - right)),
            )
        )
    return efforts
