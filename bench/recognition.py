"""How much is recognised, how much is refused, and how exact the offsets are.

``python -m bench.recognition`` asks for clips of indexed and of unknown tracks, each degraded
in the same ways.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import wavvy
from bench import degrade
from bench.clips import RATE, Clip, draw, judge
from bench.corpus import Corpus
from bench.degrade import Samples
from bench.library import open_library
from bench.report import Report, Row, run, table

SEED = 20260101
SECONDS = 5.0
FALSE_ACCEPT_RATE = 0.01
OFFSET_MS = 50

Degradation = Callable[[Samples, np.random.Generator], Samples]


@dataclass(frozen=True, slots=True)
class Answer:
    """What Wavvy said to one clip: its best guess, and whether it stood by it."""

    clip: Clip
    result: dict[str, Any] | None
    accepted: bool
    cpu_ms: float

    @property
    def score(self) -> float:
        """Score of the best guess; 0 without one."""
        return float(self.result["score"]) if self.result else 0.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One degradation, in counts and milliseconds.

    ``accepted`` and ``at_rate`` count clips that were accepted and right: at Wavvy's own
    threshold, and at the one that accepts 1 % of the unknown clips of the same cell. ``wrong``
    counts clips of indexed tracks that were accepted with another track, ``elsewhere`` with
    the right track at another place.
    """

    name: str
    known: int
    unknown: int
    guessed: int
    accepted: int
    at_rate: int
    wrong: int
    elsewhere: int
    false_accepts: int
    offset_errors_ms: list[float]
    known_cpu_ms: list[float]
    unknown_cpu_ms: list[float]


def degradations(music: Corpus) -> dict[str, Degradation]:
    """Return every way to degrade a clip, by name."""
    ways: dict[str, Degradation] = {"clean": lambda clip, _: clip}
    ways |= {f"snr{snr_db}": partial(_pink, snr_db=snr_db) for snr_db in (10, 5, 0, -5)}
    ways["room5"] = _room
    ways |= {name: partial(_codec, name=name) for name in degrade.CODECS}
    if music.noise:
        ways |= {
            f"babble{snr_db}": partial(_babble, folder=music.noise, snr_db=snr_db)
            for snr_db in (5, 0)
        }
    return ways


def _pink(clip: Samples, rng: np.random.Generator, *, snr_db: float) -> Samples:
    return degrade.mix(clip, degrade.pink_noise(clip.size, rng), snr_db)


def _room(clip: Samples, rng: np.random.Generator) -> Samples:
    return degrade.phone(_pink(degrade.room(clip, rng), rng, snr_db=5))


def _codec(clip: Samples, _: np.random.Generator, *, name: str) -> Samples:
    return degrade.codec(clip, name)


def _babble(clip: Samples, rng: np.random.Generator, *, folder: Path, snr_db: float) -> Samples:
    return degrade.mix(clip, degrade.babble(clip.size, folder, rng), snr_db)


def ask(library: wavvy.Wavvy, clip: Clip, heard: Samples) -> Answer:
    """Recognise `heard`; where that is refused, ask again for the best guess."""
    begin = time.process_time()
    results = library.identify(heard, RATE).to_dict()["results"]
    cpu_ms = 1000 * (time.process_time() - begin)
    accepted = bool(results)
    if not accepted:
        results = library.identify(heard, RATE, limit=1, min_score=0.0).to_dict()["results"]
    return Answer(clip, results[0] if results else None, accepted, cpu_ms)


def measure_cell(
    library: wavvy.Wavvy,
    name: str,
    way: Degradation,
    known: Sequence[Clip],
    unknown: Sequence[Clip],
) -> Cell:
    """Ask for every clip under one degradation."""

    def answers(clips: Sequence[Clip]) -> list[Answer]:
        seeds = np.random.SeedSequence([SEED, *name.encode()]).spawn(len(clips))
        return [
            ask(library, clip, way(clip.samples, np.random.default_rng(seed)))
            for clip, seed in zip(clips, seeds, strict=True)
        ]

    of_known, of_unknown = answers(known), answers(unknown)
    allowed = math.floor(FALSE_ACCEPT_RATE * len(of_unknown))
    false = _highest_false(of_unknown, allowed)
    threshold = false[allowed].score if len(false) > allowed else 0.0
    verdicts = [(answer, judge(answer.clip, answer.result)) for answer in of_known if answer.result]
    right = [(answer, verdict) for answer, verdict in verdicts if verdict.right]
    wrong = [verdict for answer, verdict in verdicts if answer.accepted and not verdict.right]
    return Cell(
        name=name,
        known=len(of_known),
        unknown=len(of_unknown),
        guessed=len(right),
        accepted=sum(answer.accepted for answer, _ in right),
        at_rate=sum(answer.score > threshold for answer, _ in right),
        wrong=sum(not verdict.same_track for verdict in wrong),
        elsewhere=sum(verdict.same_track for verdict in wrong),
        false_accepts=sum(answer.accepted for answer in false),
        offset_errors_ms=[verdict.offset_error_ms for answer, verdict in right if answer.accepted],
        known_cpu_ms=[answer.cpu_ms for answer in of_known],
        unknown_cpu_ms=[answer.cpu_ms for answer in of_unknown],
    )


def _highest_false(answers: Iterable[Answer], allowed: int) -> list[Answer]:
    """Return the false guesses with the highest scores: all accepted, and `allowed` + 1.

    A clip of an unknown track whose music an indexed track really holds is no false guess.
    """
    false: list[Answer] = []
    for answer in sorted(answers, key=lambda answer: (answer.accepted, answer.score), reverse=True):
        if answer.result is None or (not answer.accepted and len(false) > allowed):
            break
        if not judge(answer.clip, answer.result).right:
            false.append(answer)
    return false


def measure(music: Corpus, quick: bool) -> Report:
    """Measure every cell."""
    rng = np.random.default_rng(SEED)
    known = draw(music.indexed, 30 if quick else 100, SECONDS, rng)
    unknown = draw(music.unknown, 60 if quick else 200, SECONDS, rng)
    cells: dict[str, Cell] = {}
    with open_library(music.library) as library:
        ask(library, known[0], known[0].samples)  # loads the compiled kernels
        for name, way in degradations(music).items():
            print(f"recognition: {name}", file=sys.stderr)
            cells[name] = measure_cell(library, name, way, known, unknown)
    clean, noisy = cells["clean"], cells["snr5"]
    errors = np.abs(clean.offset_errors_ms)
    exact = 100 * np.mean(errors <= OFFSET_MS) if errors.size else 0.0
    false, asked = false_accepts(cells.values())
    rows = [
        Row(
            "Clean 5 s clips, accepted and right",
            "100 %",
            share(clean.accepted, clean.known),
            clean.accepted == clean.known,
        ),
        Row(
            f"… start offset within {OFFSET_MS} ms",
            "100 %",
            f"{exact:.0f} % (median {np.median(errors):.0f} ms, "
            f"p95 {np.percentile(errors, 95):.0f} ms)"
            if errors.size
            else "no answer",
            bool(exact == 100),
        ),
        Row(
            "5 dB pink noise, 5 s, accepted and right",
            "≥ 95 %",
            share(noisy.accepted, noisy.known),
            noisy.accepted >= 0.95 * noisy.known,
        ),
        Row(
            "Clips of unknown tracks accepted, all cells",
            "≤ 1 %",
            f"{share(false, asked, digits=1)} ({false} of {asked})",
            false <= FALSE_ACCEPT_RATE * asked,
        ),
    ]
    return Report(rows, [details(list(cells.values()))])


def false_accepts(cells: Iterable[Cell]) -> tuple[int, int]:
    """Return how many clips of unknown tracks were accepted, and how many were asked for."""
    counts = [(cell.false_accepts, cell.unknown) for cell in cells]
    return sum(false for false, _ in counts), sum(asked for _, asked in counts)


def share(part: int, whole: int, digits: int = 0) -> str:
    """Return a percentage."""
    return f"{100 * part / whole:.{digits}f} %"


def details(cells: Sequence[Cell]) -> str:
    """Return the table of cells, in per cent."""
    header = (
        "5 s clips",
        "best guess right",
        "accepted, right",
        "right at 1 % false accepts",
        "accepted, wrong track",
        "accepted, wrong place",
        "unknown accepted",
        "offset error, ms: median (p95)",
        "CPU ms: known, unknown",
    )
    rows = []
    for cell in cells:
        errors = np.abs(cell.offset_errors_ms)
        offset = f"{np.median(errors):.0f} ({np.percentile(errors, 95):.0f})" if errors.size else ""
        rows.append(
            (
                cell.name,
                share(cell.guessed, cell.known),
                share(cell.accepted, cell.known),
                share(cell.at_rate, cell.known),
                share(cell.wrong, cell.known),
                share(cell.elsewhere, cell.known),
                share(cell.false_accepts, cell.unknown, digits=1),
                offset,
                f"{np.median(cell.known_cpu_ms):.0f}, {np.median(cell.unknown_cpu_ms):.0f}",
            )
        )
    return table(header, rows)


if __name__ == "__main__":
    sys.exit(run({"recognition": measure}, __doc__.splitlines()[0]))
