"""What a library of some size costs: time to open it, time of a query, memory.

Everything is measured in processes that do nothing else, one after the other.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

import numpy as np

import wavvy
from bench.audio import RATE, Samples
from bench.pool import processes
from bench.quality.postings import touched
from bench.scale.memory import Watch, own_bytes
from bench.scale.questions import Questions
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.resample import as_mono
from wavvy.index.search import NARROW
from wavvy.index.tally import Tally
from wavvy.library import Wavvy
from wavvy.query import GrowingQuery
from wavvy.recognizer import CLOSELY, LOOK_RANK

P = ParamSpec("P")
T = TypeVar("T")

STARTS = 9
WATCHED = 20
"""Clips that are asked while memory is watched, after those that are timed."""


class Asked(NamedTuple):
    """One clip."""

    questions: Questions
    number: int

    @property
    def heard(self) -> Samples:
        """The samples at the bench's rate."""
        return self.questions.heard(self.number)


@dataclass(frozen=True, slots=True)
class Times:
    """Of queries, in milliseconds, one value for each clip.

    Attributes
    ----------
    cpu : list of float
        All of `identify` on samples, all threads.
    wall : list of float
        The same on the clock.
    search_cpu : list of float
        Of that the search, not warped.
    postings : list of float
        Postings touched, not warped.
    """

    cpu: list[float]
    wall: list[float]
    search_cpu: list[float]
    postings: list[float]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one library costs.

    Attributes
    ----------
    open_seconds, cold_open_seconds : float
        Time of `wavvy.open`, files in the page cache or not; medians.
    cold_ms : list of float
        Time of the first query after a start with nothing of the library in the page cache.
    known, unknown : Times
    idle_bytes, own_bytes, peak_bytes : int
        Anonymous memory before the library is opened, after all queries, and the highest seen.
    sections : dict of str to int
        Bytes of the index by part of a segment, and of the fingerprints in the catalogue.
    """

    open_seconds: float
    cold_open_seconds: float
    cold_ms: list[float]
    known: Times
    unknown: Times
    idle_bytes: int
    own_bytes: int
    peak_bytes: int
    sections: dict[str, int]


def measure(folder: Path, known: Sequence[Asked], unknown: Sequence[Asked]) -> Cost:
    """Measure a library with clips of tracks that it has, and of others."""
    starts = np.linspace(0, len(known) - 1, STARTS).astype(np.int64).tolist()
    cold = [_alone(_first, folder, known[place], True) for place in starts]
    warm = [_alone(_first, folder, known[place], False) for place in starts]
    return Cost(
        float(np.median([opening for opening, _ in warm])),
        float(np.median([opening for opening, _ in cold])),
        [1000 * query for _, query in cold],
        *_alone(_warm, folder, known, unknown),
    )


def first(questions: Sequence[Questions], count: int) -> list[Asked]:
    """Return so many clips of each kind."""
    return [Asked(one, number) for one in questions for number in range(len(one.draws))[:count]]


def evict(folder: Path) -> None:
    """Drop a folder's files from the page cache; no process may have them open (Linux only)."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _alone(task: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a task in a process of its own."""
    with processes() as pool:
        return pool.submit(task, *args, **kwargs).result()


def _first(folder: Path, asked: Asked, cold: bool) -> tuple[float, float]:
    """Return the seconds that opening and the first query take."""
    samples = asked.heard
    _load(samples)
    if cold:
        evict(folder)
    begin = time.perf_counter()
    library = wavvy.open(folder)
    opened = time.perf_counter()
    library.identify(samples, RATE)
    return opened - begin, time.perf_counter() - opened


def _warm(
    folder: Path, known: Sequence[Asked], unknown: Sequence[Asked]
) -> tuple[Times, Times, int, int, int, dict[str, int]]:
    """Return the figures of a process that answers one query after the other."""
    _load(known[0].heard)
    idle = own_bytes()
    library = wavvy.open(folder)
    _ask(library, [*known, *unknown])  # brings what is asked into the page cache
    of_known, of_unknown = _ask(library, known), _ask(library, unknown)
    held = own_bytes()
    with Watch.of() as memory:
        _ask(library, [*known[:WATCHED], *unknown[:WATCHED]])
    return of_known, of_unknown, idle, held, memory.peak, sections(library)


def _load(samples: Samples) -> None:
    """Load everything that a query runs on, as a server does before it answers."""
    with tempfile.TemporaryDirectory() as empty, wavvy.open(empty) as library:
        library.warm_up()
        library.identify(samples, RATE)


def _ask(library: Wavvy, clips: Sequence[Asked]) -> Times:
    times = Times([], [], [], [])
    postings = library.index.stats().postings
    for asked in clips:
        samples = asked.heard  # one at a time: they count as memory
        cpu, wall = time.process_time(), time.perf_counter()
        library.identify(samples, RATE)
        times.cpu.append(1000 * (time.process_time() - cpu))
        times.wall.append(1000 * (time.perf_counter() - wall))
        growing = GrowingQuery(DEFAULT)
        growing.push(as_mono(samples, RATE, DEFAULT.sample_rate))
        query = growing.query()
        cpu = time.process_time()
        library.recognizer.search_on(query, Tally(DEFAULT, NARROW, LOOK_RANK), CLOSELY)
        times.search_cpu.append(1000 * (time.process_time() - cpu))
        times.postings.append(postings * touched(library, samples))
    return times


def sections(library: Wavvy) -> dict[str, int]:
    """Return the bytes of each part of the index, and of the fingerprints."""
    total: Counter[str] = Counter()
    for segment in library.index.snapshot().segments:
        total.update({name: part.size for name, part in segment.header.sections.items()})
    return {**total, "fingerprints": library.stats().fingerprint_bytes}
