"""A run on disk: its trials, and all figures as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from bench.cache import cache_dir
from bench.clips import SEED
from bench.corpus import Corpus
from bench.quality.cells import GROUPS
from bench.quality.metrics import Figures, calibration_error, error_tradeoff, reliability
from bench.quality.plots import MAIN_SECONDS
from bench.quality.protocol import Plan, Size
from bench.quality.targets import target
from bench.quality.trial import Trial
from bench.report import machine


@dataclass(frozen=True, slots=True)
class Run:
    """What was measured on what.

    Attributes
    ----------
    part : str
        Of the music: "report" or "tune".
    music : str
        The tracks, in a sentence.
    machine : str
    plan : Plan
    size : Size
    trials : list of Trial
    """

    part: str
    music: str
    machine: str
    plan: Plan
    size: Size
    trials: list[Trial]

    @classmethod
    def now(cls, music: Corpus, plan: Plan, size: Size, trials: list[Trial]) -> Run:
        """Return a run on this machine, and keep it in the cache folder."""
        run = cls(music.name, str(music), machine(), plan, size, trials)
        about = asdict(run)
        lines = [about, *about.pop("trials")]
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        (cache_dir() / f"{_stem(music.name)}-trials.jsonl").write_text(text, encoding="utf-8")
        return run

    @classmethod
    def last(cls, part: str) -> Run:
        """Return the last run that was kept of a part of the music."""
        with (cache_dir() / f"{_stem(part)}-trials.jsonl").open(encoding="utf-8") as lines:
            about = json.loads(next(lines))
            about |= {"plan": Plan(**about["plan"]), "size": Size(**about["size"])}
            return cls(**about, trials=[Trial(**json.loads(line)) for line in lines])

    @property
    def own(self) -> list[Trial]:
        """Wavvy's trials."""
        return [trial for trial in self.trials if trial.system == "wavvy"]

    def save(self, found: list[Figures]) -> None:
        """Write the figures, and what they were measured on, as JSON into the cache folder."""
        tenths = reliability(self.own)
        main = [trial for trial in self.own if trial.seconds == MAIN_SECONDS]
        groups = {name: [t for t in main if t.cell in cells] for name, cells in GROUPS.items()}
        curves = {name: error_tradeoff(chosen) for name, chosen in groups.items() if chosen}
        everything: dict[str, Any] = {
            "part": self.part,
            "music": self.music,
            "machine": self.machine,
            "seed": SEED,
            "plan": asdict(self.plan),
            "size": asdict(self.size),
            "cells": [asdict(f) | {"target": target(f.seconds, f.cell)} for f in found],
            "calibration_error": calibration_error(tenths),
            "reliability": [tenth and asdict(tenth) for tenth in tenths],
            f"error_tradeoff_{MAIN_SECONDS:g}s": {
                name: {"false_accepts": c.false_accepts.tolist(), "misses": c.misses.tolist()}
                for name, c in curves.items()
            },
        }
        text = json.dumps(everything, indent=1, allow_nan=False)
        (cache_dir() / f"{_stem(self.part)}.json").write_text(f"{text}\n", encoding="utf-8")


def _stem(part: str) -> str:
    return "quality" if part == "report" else f"quality-{part}"
