"""How much a large library has to be asked: ``python -m bench.glance``.

Clips of tuning tracks that lie among synthetic ones are searched for by the landmarks below a rank
and by wide looks, and warped ones, with noise too, in ways that differ in one thing. Figures are of
the search alone, on one core.
The synthetic tracks are made from the report part, of which no clip is asked; see ``bench.scale``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

import wavvy
from bench.audio import RATE
from bench.corpus import Corpus, add_options, load, load_tuning
from bench.degrade.noise import mix
from bench.quality.cells import CELLS, noise_of
from bench.quality.draws import draws
from bench.report import machine, table
from bench.scale.library import REAL_TRACKS, built
from wavvy.dsp.landmarks import Landmarks
from wavvy.dsp.resample import as_mono
from wavvy.dsp.warp import HALF_STEP
from wavvy.index.found import Found
from wavvy.index.lookup import budget_of, look_up_tempos
from wavvy.index.probes import Reach, probes
from wavvy.index.search import (
    NARROW,
    WARPED,
    WARPED_SHARE,
    WIDE,
    WIDE_IN_FREQUENCY,
    Effort,
    search,
)
from wavvy.index.selectivity import Distinct
from wavvy.library import Wavvy
from wavvy.query import TEMPO_LANDMARKS, WARPED_LANDMARKS, GrowingQuery, Query
from wavvy.recognizer import (
    AT_A_GLANCE,
    CLOSELY,
    GLANCE_RANK,
    IN_PASSING,
    LIKELIEST_LANDMARKS,
    LOOK_RANK,
    WARPS,
    Recognizer,
)

SEED = 77
WAYS = ("clean", "snr5", "room5", "snr0")
WARPED_WAYS = ("speed", "tempo", "pitch", "speed snr5", "tempo snr5", "pitch snr5")
RANKS = (10, 15, GLANCE_RANK, 30, 40, 55, 74, 111)
WARPED_LOOKS: dict[str, dict[str, object]] = {
    "as Wavvy does": {},
    "… by twice as many landmarks": {
        "query.WARPED_LANDMARKS": 2 * WARPED_LANDMARKS,
        "query.TEMPO_LANDMARKS": 2 * TEMPO_LANDMARKS,
    },
    "… by half as many": {
        "query.WARPED_LANDMARKS": WARPED_LANDMARKS // 2,
        "query.TEMPO_LANDMARKS": TEMPO_LANDMARKS // 2,
    },
    "… twins and siblings no sooner than others": {
        "index.selectivity.TWIN": 1.0,
        "index.selectivity.SIBLING": 1.0,
    },
    "… long spans as soon as short ones": {"index.selectivity.SPAN_FRAMES": 1e9},
    "… those of few ranges first, as the lowest are": {"index.selectivity.RANGE_BYTES": 10**9},
    "… those of rare hashes first": {"index.selectivity.RANGE_BYTES": 0},
    "… tempos by as few as the others": {"query.TEMPO_LANDMARKS": WARPED_LANDMARKS},
    "… of peaks of a rank below 20": {"recognizer.WARPED_RANK": 20},
    "… of peaks of a rank below 74": {"recognizer.WARPED_RANK": 74},
    "… each peak anywhere within 8 sub-bins": {"index.search.WARPED": Reach(8, 0)},
    "… each a sub-bin farther": {"index.search.WARPED": WARPED._replace(subbins=1)},
    "… all the way to halfway to the next": {"index.search.WARPED": Reach(0, 0, HALF_STEP)},
    "… 8 candidates of each warp": {"index.search.WARPED_CANDIDATES": 8},
    "… a quarter of the counters in the sieve": {"index.votes.COUNTERS_A_VOTE": 1},
    "… half of the budget": {"index.search.WARPED_SHARE": WARPED_SHARE / 2},
    "… twice the budget": {"index.search.WARPED_SHARE": 2 * WARPED_SHARE},
    "… candidates of a single vote too": {"index.search.WARPED_VOTES": 1},
    "… all candidates weighed": {"index.search.WEIGHED": 10_000},
}


class Look(NamedTuple):
    """One way to search: by which landmarks, how far, and how many candidates are looked at.

    Attributes
    ----------
    choose : callable
        Takes a query's landmarks, returns those that are looked up.
    reach : Reach
    effort : Effort
    share : float
        Of the bytes of buckets that a question may touch.
    """

    choose: Callable[[Landmarks], Landmarks]
    reach: Reach
    effort: Effort
    share: float = 1.0

    def found(self, query: Query, recognizer: Recognizer) -> Found:
        """Search for a query in this way."""
        params, snapshot = recognizer.params, recognizer.index.snapshot()
        asked = probes(self.choose(query.landmarks), self.reach, params)
        budget = int(self.share * budget_of(snapshot.segments))
        votes = [of_one[0] for of_one in look_up_tempos(snapshot.segments, asked, budget)]
        return search(snapshot, votes, query.image, params, self.effort)


def below(rank: int) -> Callable[[Landmarks], Landmarks]:
    """Choose landmarks of a rank below one, of twins one."""
    return lambda landmarks: Distinct.of(landmarks.only(landmarks.ranks < rank)).landmarks


def most_likely(count: int) -> Callable[[Landmarks], Landmarks]:
    """Choose so many, as a wide look does."""
    return lambda landmarks: Distinct.of(landmarks).likeliest(count)


def looks() -> dict[str, Look]:
    """Return the ways that are compared: first by rank, then wide looks."""
    found: dict[str, Look] = {}
    for effort, ranks in ((AT_A_GLANCE, (GLANCE_RANK,)), (IN_PASSING, RANKS)):
        few = "narrow reach, {} of {} candidates screened".format(*effort)
        found |= {f"ranks below {rank}, {few}": Look(below(rank), NARROW, effort) for rank in ranks}
    as_it_is = Look(most_likely(LIKELIEST_LANDMARKS), WIDE_IN_FREQUENCY, CLOSELY)
    found["wide, as Wavvy does"] = as_it_is
    for count in (LIKELIEST_LANDMARKS // 2, 2 * LIKELIEST_LANDMARKS):
        found[f"… the {count:,} likeliest"] = as_it_is._replace(choose=most_likely(count))
    for rank in (LOOK_RANK, RANKS[-1]):
        found[f"… those of ranks below {rank}"] = as_it_is._replace(choose=below(rank))
    for reach in (NARROW, Reach(4, 0), Reach(3, 1), WIDE):
        name = "… within {} sub-bins, spans ± {}".format(*reach)
        found[name] = as_it_is._replace(reach=reach)
    for effort in (Effort(100, 0), IN_PASSING, Effort(32, 1000)):
        found["… {} of {} candidates screened".format(*effort)] = as_it_is._replace(effort=effort)
    for name, share in {"a quarter of": 0.25, "half of": 0.5, "twice": 2.0}.items():
        found[f"… {name} the budget"] = as_it_is._replace(share=share)
    return found


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
    """Draw clips; every way damages the same ones. ``speed snr5`` does one after the other."""
    params = library.recognizer.params
    for way in ways:
        for one in draws(real, count, seconds, (SEED, round(seconds)), music.noise):
            cell, *noisy = way.split()
            samples = CELLS[cell](one).samples
            if noisy:
                samples = mix(samples, noise_of(one), float(noisy[0].removeprefix("snr")))
            growing = GrowingQuery(params)
            growing.push(as_mono(samples, RATE, params.sample_rate))
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
        query = replace(question.query)  # what another row has worked out of it is not kept
        begin = time.thread_time()
        found = ask(query)
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
        recognizer = library.recognizer
        needed = recognizer.calibration.needed(options.seconds)

        def warped(query: Query) -> Found:
            return recognizer.search_warped(query, WARPS)

        asked_for = f"{options.count} clips of {options.seconds:g} s, {options.tracks:,} tracks."
        print(f"{asked_for}\n{machine()}\n")
        costs = ["CPU ms p50", "p90"]
        asked = list(questions(library, music, real, WAYS, options.count, options.seconds))
        for question in asked:
            # From here on nothing is read or compiled.
            Look(below(RANKS[-1]), WIDE, CLOSELY).found(question.query, recognizer)
        rows = [
            row(name, library, asked, partial(look.found, recognizer=recognizer), needed)
            for name, look in looks().items()
        ]
        print(table(["accepted and right, %", *WAYS, *costs], rows), flush=True)
        asked = list(questions(library, music, real, WARPED_WAYS, options.count, options.seconds))
        warped(asked[0].query)
        rows = []
        for name, constants in WARPED_LOOKS.items():
            with ExitStack() as changed:
                for constant, value in constants.items():
                    changed.enter_context(patch(f"wavvy.{constant}", value))
                rows.append(row(name, library, asked, warped, needed))
        print("\n" + table(["accepted and right, %", *WARPED_WAYS, *costs], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
