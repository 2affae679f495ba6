"""All clips in all cells, on all cores."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import wavvy
from bench.clips import SEED
from bench.corpus import Corpus
from bench.debian import need
from bench.library import open_library
from bench.pool import processes
from bench.quality.cells import CELLS
from bench.quality.draws import Draw, draws
from bench.quality.peer import Chromaprint
from bench.quality.trial import Question, Trial, ask
from wavvy.library import Wavvy

LENGTHS = (1.0, 2.0, 3.0, 5.0, 10.0)
QUICK_LENGTHS = (2.0, 5.0)
KNOWN, UNKNOWN = 100, 200
QUICK_KNOWN, QUICK_UNKNOWN = 30, 60
PROGRAMS = ("espeak-ng", "rubberband", "libgsm.so.1")
REPORT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for.

    Attributes
    ----------
    seconds : sequence of float
        Lengths of the clips.
    cells : sequence of str
    known, unknown : int
        Clips of tracks in the library, and of others, in each cell.
    peer : bool
        Whether Chromaprint is asked too.
    """

    seconds: Sequence[float] = LENGTHS
    cells: Sequence[str] = field(default_factory=lambda: tuple(CELLS))
    known: int = KNOWN
    unknown: int = UNKNOWN
    peer: bool = True


QUICK = Plan(QUICK_LENGTHS, known=QUICK_KNOWN, unknown=QUICK_UNKNOWN)


@dataclass(frozen=True, slots=True)
class Size:
    """What the library takes on disk, in bytes for each hour of music."""

    hours: float
    index_per_hour: float
    fingerprints_per_hour: float


def run(music: Corpus, plan: Plan) -> tuple[list[Trial], Size]:
    """Ask for every clip in every cell; each core works on a clip at a time."""
    need(PROGRAMS)
    with open_library(music.library) as library:
        library.merge_index()  # how many segments there are was chance
        library.warm_up()  # compiles the kernels once, for all processes
        size, data_dir = _size(library), library.data_dir
    if plan.peer:
        Chromaprint.of(music.library)
    tasks = [
        (seconds, known, number, drawn)
        for seconds in plan.seconds
        for known, paths, count in (
            (True, music.indexed, plan.known),
            (False, music.foreign, plan.unknown),
        )
        for number, drawn in enumerate(
            draws(paths, count, seconds, (SEED, round(1000 * seconds), known), music.noise)
        )
    ]
    peers_files = music.library if plan.peer else None
    with processes(_Worker.start, data_dir, peers_files) as pool:
        futures = [pool.submit(_Worker.answer, tuple(plan.cells), *task) for task in tasks]
        try:
            trials = [trial for part in _watched(futures) for trial in part]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    order = {name: place for place, name in enumerate(plan.cells)}
    trials.sort(key=lambda t: (t.system, t.seconds, order[t.cell], not t.known, t.number))
    return trials, size


class _Worker:
    """One process of the pool: its own library, and perhaps the peer."""

    library: Wavvy
    peer: Chromaprint | None = None

    @classmethod
    def start(cls, data_dir: Path, peers_files: Sequence[Path] | None) -> None:
        cls.library = wavvy.open(data_dir)
        cls.library.warm_up()
        cls.peer = Chromaprint.of(peers_files) if peers_files else None

    @classmethod
    def answer(
        cls, cells: Sequence[str], seconds: float, known: bool, number: int, drawn: Draw
    ) -> list[Trial]:
        """Degrade one clip in all ways, and ask for each."""
        trials = []
        for cell in cells:
            heard = CELLS[cell](drawn)
            question = Question(cell, seconds, known, number, drawn)
            trials.append(ask(cls.library, question, heard))
            if cls.peer and seconds >= cls.peer.SHORTEST_SECONDS:
                trials.append(cls.peer.ask(question, heard))
        return trials


def _watched(futures: Sequence[Future[list[Trial]]]) -> Iterator[list[Trial]]:
    """Yield results as they come, and say on stderr how far things are."""
    begin = told = time.monotonic()
    for done, future in enumerate(as_completed(futures), 1):
        yield future.result()
        now = time.monotonic()
        if now - told >= REPORT_SECONDS or done == len(futures):
            told = now
            left = (now - begin) * (len(futures) - done) / done / 60
            print(f"quality: {done} of {len(futures)} clips, {left:.0f} min left", file=sys.stderr)


def _size(library: Wavvy) -> Size:
    stats = library.stats()
    hours = stats.duration_ms / 3_600_000
    return Size(hours, stats.index.bytes / hours, stats.fingerprint_bytes / hours)
