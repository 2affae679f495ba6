"""How much a large library has to be asked: ``python -m bench.glance``.

Clips of tuning tracks that lie among synthetic ones are searched for by one landmark in so many,
and warped ones by so many of their lowest landmarks. Figures are of the search alone, on one core.
The synthetic tracks are made from the report part, of which no clip is asked; see ``bench.scale``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

import wavvy
from bench.audio import RATE
from bench.corpus import Corpus, add_options, load, load_tuning
from bench.quality.cells import CELLS
from bench.quality.draws import draws
from bench.report import machine, table
from bench.scale.library import REAL_TRACKS, built
from wavvy.dsp.resample import as_mono
from wavvy.index.lookup import look_up
from wavvy.index.probes import probes
from wavvy.index.search import MOST_CANDIDATES, NARROW, Found, search
from wavvy.library import Wavvy
from wavvy.query import GrowingQuery, Query
from wavvy.recognizer import FEW_CANDIDATES, WARPS

SEED = 77
WAYS = ("clean", "snr5", "room5", "snr0")
WARPED_WAYS = ("speed", "tempo", "pitch")
EVERY = (1, 2, 4, 8, 16)
LOWEST = (100_000, 800, 400, 200)


@dataclass(frozen=True, slots=True)
class Question:
    """A clip, and the track it is of."""

    way: str
    file: Path
    query: Query


def questions(
    library: Wavvy,
    music: Corpus,
    real: Sequence[Path],
    ways: Sequence[str],
    count: int,
    seconds: float,
) -> Iterator[Question]:
    """Draw clips; every way damages the same ones."""
    params = library.recognizer.params
    for way in ways:
        for one in draws(real, count, seconds, (SEED, round(seconds)), music.noise):
            growing = GrowingQuery(params)
            growing.push(as_mono(CELLS[way](one).samples, RATE, params.sample_rate))
            yield Question(way, one.clip.path, growing.query())


def row(
    name: str,
    library: Wavvy,
    asked: Sequence[Question],
    ask: Callable[[Query], Found],
    needed: float,
) -> list[str]:
    """Search for all clips; return what is accepted and right in each way, and what it costs."""
    accepted: dict[str, list[bool]] = {}
    times = []
    for question in asked:
        begin = time.thread_time()
        found = ask(question.query)
        times.append(1000 * (time.thread_time() - begin))
        right = False
        if found.tracks.size:
            best = int(np.argmax(found.evidence))
            file = library.track(int(found.tracks[best])).file
            right = found.evidence[best] >= needed and Path(str(file)) == question.file
        accepted.setdefault(question.way, []).append(right)
    shares = [f"{100 * np.mean(each):.0f}" for each in accepted.values()]
    return [name, *shares, *(f"{value:.1f}" for value in np.percentile(times, (50, 90)))]


def main() -> int:
    """Measure, and print two tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.glance", description=__doc__)
    add_options(parser)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--count", type=int, default=40, help="clips in each cell")
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    music = load_tuning(options.music, options.noise)
    real = sorted(music.indexed)[:REAL_TRACKS]
    folder, _ = built(options.tracks, real, sorted(load(options.music).library), "tuning")
    with wavvy.open(folder) as library, patch("wavvy.index.lookup.LARGE", sys.maxsize):
        library.warm_up()
        recognizer, snapshot = library.recognizer, library.index.snapshot()
        params = recognizer.params
        needed = recognizer.calibration.needed(options.seconds)

        def glance(query: Query, every: int, most: int) -> Found:
            some = query.landmarks.only(slice(None, None, every))
            votes = look_up(snapshot.segments, probes(some, NARROW, params))
            return search(snapshot, votes, query.image, params, most)

        def warped(query: Query, landmarks: int) -> Found:
            with patch("wavvy.query.WARPED_LANDMARKS", landmarks):
                return recognizer.search_warped(query, WARPS)

        asked_for = f"{options.count} clips of {options.seconds:g} s, {options.tracks:,} tracks."
        print(f"{asked_for}\n{machine()}\n")
        costs = ["CPU ms p50", "p90"]
        asked = list(questions(library, music, real, WAYS, options.count, options.seconds))
        for question in asked:
            glance(question.query, 1, MOST_CANDIDATES)  # from here on nothing is read or compiled
        rows = [
            row(
                f"one landmark in {every}, {most} candidates",
                library,
                asked,
                lambda query, e=every, m=most: glance(query, e, m),
                needed,
            )
            for every in EVERY
            for most in (MOST_CANDIDATES, FEW_CANDIDATES)
        ]
        print(table(["accepted and right, %", *WAYS, *costs], rows), flush=True)
        asked = list(questions(library, music, real, WARPED_WAYS, options.count, options.seconds))
        rows = [
            row(
                f"the {lowest} lowest landmarks",
                library,
                asked,
                lambda query, n=lowest: warped(query, n),
                needed,
            )
            for lowest in LOWEST
        ]
        print("\n" + table(["accepted and right, %", *WARPED_WAYS, *costs], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
