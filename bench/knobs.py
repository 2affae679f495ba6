"""What each parameter of the recogniser is worth: ``python -m bench.knobs``.

One row for each variant: a parameter, or a few that belong together, set to another value and all
else left as it is. Tracks of the tuning music are fingerprinted and indexed as the variant says,
and degraded clips of indexed and of unknown tracks are searched for: as they are, with the wide
reach that the recogniser ends up with where clips are hard, and in the cells of another speed,
tempo or pitch (``--cells speed,tempo,pitch``) warped as well. Figures are means over lengths and
cells, of costs means of medians. "At 1 % false" has a threshold for each length and cell; below 100
clips it accepts no unknown one.

Constants that kernels read are compiled into them and so cannot be varied here. Windows longer than
the default do not fit the hash: it has bits for as many frequencies as there are now.
"""

from __future__ import annotations

import argparse
import itertools
import math
import pickle
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, cast
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from bench.audio import RATE, audio
from bench.clips import Clip
from bench.corpus import Corpus, add_options, load_tuning
from bench.judge import NEAR_MS, WORTH_JUDGING, judge
from bench.pool import processes
from bench.quality.cells import CELLS, WARPED
from bench.quality.draws import draws
from bench.quality.metrics import FALSE_ACCEPT_RATE
from bench.quality.postings import share_touched
from wavvy.calibration import default_calibration
from wavvy.dsp.fingerprint import Fingerprint, fingerprint_blocks
from wavvy.dsp.params import DEFAULT, FingerprintParams
from wavvy.dsp.resample import as_mono
from wavvy.dsp.warp import HALF_STEP
from wavvy.index.found import joined
from wavvy.index.probes import Reach
from wavvy.index.segment import Segment
from wavvy.index.snapshot import Snapshot
from wavvy.index.store import Index
from wavvy.index.writer import write_fingerprints
from wavvy.query import SHIFTS, GrowingQuery
from wavvy.recognizer import WARPS, Recognizer

SEED = 13
Changes: TypeAlias = Mapping[str, int | Reach]

# Each with the values it takes in turn: fields of the fingerprint's parameters, module.CONSTANT.
KNOBS: Mapping[str, Sequence[int | Reach]] = {
    "peaks_per_second": (25, 30, 45),
    "low_bin": (77,),  # 300 Hz
    "high_bin": (870,),  # 3400 Hz
    "mean_frames": (12, 50),
    "mean_bins": (10, 40),
    "rank_frames": (6, 25),
    "pair_min_frames": (1, 6),
    "pair_max_frames": (31,),
    "pair_max_bins": (62,),
    "fan_out": (1, 3),
    "query.DENSITY": (2, 3, 6),
    "query.PAIRED": (1, 2, 4),
    "query.FAN_OUT": (1, 3),
    "query.REACH": (0, 2),
    "index.votes.TOLERANCE": (1,),
    "query.WARPED_LANDMARKS": (75, 300, 10_000),
    "query.TEMPO_LANDMARKS": (150, 10_000),
    "recognizer.WARPED_RANK": (20, 74),
    "index.selectivity.RANGE_BYTES": (1000, 100_000),
    "index.selectivity.TWIN": (1, 4),
    "index.selectivity.SPAN_FRAMES": (15, 10_000),
    "index.search.WARPED": (Reach(8, 0), Reach(3, 0, HALF_STEP), Reach(0, 0, HALF_STEP)),
    "index.search.WARPED_CANDIDATES": (4, 8, 40),
    "index.search.WEIGHED": (20, 1000),
    "index.search.SHARPENED": (4, 40),
    "recognizer.WARP_PENALTY": (0, 24),
}
VARIANTS: tuple[Changes, ...] = (
    {},
    *({knob: value} for knob, values in KNOBS.items() for value in values),
    {"neighbourhood_frames": 2, "neighbourhood_bins": 2},
    {"neighbourhood_frames": 4, "neighbourhood_bins": 4},
    {"window": 1024, "low_bin": 19, "high_bin": 499, "mean_bins": 10, "pair_max_bins": 62},
)
PAIRING = ("pair_min_frames", "pair_max_frames", "pair_max_bins", "fan_out")
"""Parameters that change landmarks and leave peaks as they are."""
COLUMNS = ("nominated %", "guessed %", "at 1 % false, %", "postings %", "CPU ms", "MB per hour")


class StillIndex(NamedTuple):
    """An index of one segment, to which nothing is added."""

    segment: Segment

    def snapshot(self) -> Snapshot:
        """Return the same segment every time."""
        return Snapshot((self.segment,), (np.zeros(self.segment.header.tracks, np.bool_),))


class Question(NamedTuple):
    """A degraded clip at the fingerprint's sample rate."""

    clip: Clip
    known: bool
    warped: bool
    samples: NDArray[np.float32]


class Answer(NamedTuple):
    """What a search made of a clip: its best guess, and what that took."""

    question: Question
    postings: float
    cpu_ms: float
    nominated: bool = False
    file: Path | None = None
    begin_ms: float = 0.0
    evidence: float = 0.0

    @property
    def right(self) -> bool:
        """Whether the best guess is right by its sound; see ``bench.judge``."""
        clip = self.question.clip
        if self.file is None or (self.file != clip.path and self.evidence < WORTH_JUDGING):
            return False
        return judge(clip, self.file, self.begin_ms).right


def name_of(changes: Changes) -> str:
    """Return what to call a variant."""
    return ", ".join(f"{knob} = {value}" for knob, value in changes.items()) or "defaults"


def params_of(changes: Changes) -> FingerprintParams:
    """Return a variant's fingerprint parameters."""
    fields: dict[str, Any] = {knob: v for knob, v in changes.items() if "." not in knob}
    return replace(DEFAULT, **fields)


def render(folder: Path, music: Corpus, count: int, cell: tuple[str, str]) -> Path:
    """Write a cell's clips of one length, known and unknown ones, to a file."""
    way, seconds = cell
    questions = []
    for known, tracks in ((True, music.indexed), (False, music.unknown)):
        seed = (SEED, *seconds.encode(), known)
        for one in draws(tracks, count, float(seconds), seed, music.noise):
            samples = as_mono(CELLS[way](one).samples, RATE, DEFAULT.sample_rate)
            questions.append(Question(one.clip, known, way in WARPED, samples))
    path = folder / f"{way}-{seconds}"
    path.write_bytes(pickle.dumps(questions))
    return path


def fingerprint(tracks: Sequence[Path], params: FingerprintParams) -> list[Fingerprint]:
    """Fingerprint all tracks."""
    audios = (as_mono(audio(track), RATE, params.sample_rate) for track in tracks)
    return [fingerprint_blocks([mono], params) for mono in audios]


def measure(
    changes: Changes, tracks: Sequence[Path], default: Sequence[Fingerprint], cells: list[Path]
) -> list[float]:
    """Return a variant's figures in the order of `COLUMNS`."""
    params = params_of(changes)
    same_peaks = replace(params, **{name: getattr(DEFAULT, name) for name in PAIRING}) == DEFAULT
    fingerprints = default if same_peaks else fingerprint(tracks, params)
    hours = sum(f.counts.size for f in fingerprints) * params.hop_ms / 3_600_000
    figures = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as constants:
        for knob, value in changes.items():
            if "." in knob:
                constants.enter_context(patch(f"wavvy.{knob}", value))
        write_fingerprints(Path(folder) / "segment", enumerate(fingerprints), params)
        segment = Segment(Path(folder) / "segment", params.digest())
        index = cast(Index, StillIndex(segment))
        recognizer = Recognizer(index, params, default_calibration())
        for cell in cells:
            questions: list[Question] = pickle.loads(cell.read_bytes())
            ask(questions[0], recognizer, tracks)  # loads the kernels
            figures.append(summary([ask(one, recognizer, tracks) for one in questions]))
    return [*np.mean(figures, axis=0).tolist(), segment.bytes / hours / 1e6]


def ask(question: Question, recognizer: Recognizer, tracks: Sequence[Path]) -> Answer:
    """Search for a clip."""
    params = recognizer.params
    begin = time.process_time()
    growing = GrowingQuery(params)
    growing.push(question.samples)
    query = growing.query()
    found = recognizer.search(query)
    if question.warped:
        found = joined([found, recognizer.search_warped(query, WARPS)])
    cpu_ms = 1000 * (time.process_time() - begin)
    asked = recognizer.wide_probes(query)
    postings = share_touched(recognizer.index.snapshot().segments, asked)
    if not found.tracks.size:
        return Answer(question, postings, cpu_ms)
    begins_ms = (found.offsets - query.start) * params.hop_ms / SHIFTS
    near = np.abs(begins_ms - question.clip.start_ms) <= NEAR_MS
    nominated = any(tracks[track] == question.clip.path for track in found.tracks[near].tolist())
    best = int(np.argmax(found.evidence))
    file, evidence = tracks[int(found.tracks[best])], float(found.evidence[best])
    return Answer(question, postings, cpu_ms, nominated, file, float(begins_ms[best]), evidence)


def summary(answers: Sequence[Answer]) -> list[float]:
    """Return the figures of one cell, whose known clips are judged.

    Where the best guess is not the true place but one that sounds the same, that was the right
    candidate.
    """
    known = [answer for answer in answers if answer.question.known]
    unknown = [answer for answer in answers if not answer.question.known]
    unknown.sort(key=lambda answer: answer.evidence, reverse=True)
    false = (answer.evidence for answer in unknown if not answer.right)
    allowed = math.floor(FALSE_ACCEPT_RATE * len(unknown))
    threshold = next(itertools.islice(false, allowed, None), 0.0)
    right = np.array([answer.right for answer in known])
    return [
        100 * float(np.mean(right | [answer.nominated for answer in known])),
        100 * float(np.mean(right)),
        100 * float(np.mean(right & [answer.evidence > threshold for answer in known])),
        100 * float(np.median([answer.postings for answer in answers])),
        float(np.median([answer.cpu_ms for answer in answers])),
    ]


def rows(
    variants: Sequence[Changes], music: Corpus, cells: list[tuple[str, str]], count: int
) -> Iterator[str]:
    """Yield each variant's row, measured on all cores."""
    with tempfile.TemporaryDirectory() as folder, processes() as pool:
        default = pool.submit(fingerprint, music.indexed, DEFAULT)
        paths = list(pool.map(partial(render, Path(folder), music, count), cells))
        row = partial(measure, tracks=music.indexed, default=default.result(), cells=paths)
        for changes, figures in zip(variants, pool.map(row, variants), strict=True):
            yield f"| {name_of(changes)} | {' | '.join(f'{value:.1f}' for value in figures)} |"


def main() -> int:
    """Print one row for each variant, as soon as those before it are there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--cells", default="snr5,snr0,room0", help=", ".join(CELLS))
    parser.add_argument("--seconds", default="1,2,5", help="lengths of the clips")
    parser.add_argument("--clips", type=int, default=60, help="known and unknown, in each cell")
    parser.add_argument("--only", default="", help="defaults, and variants named like these")
    options = parser.parse_args()
    music = load_tuning(options.music, options.noise)
    chosen = [v for v in VARIANTS if any(w in name_of(v) for w in options.only.split(",")) or not v]
    print(f"{music} {options.clips} known and as many unknown clips in each cell.\n")
    print("| | " + " | ".join(COLUMNS) + " |\n|" + " --- |" * (len(COLUMNS) + 1), flush=True)
    cells = itertools.product(options.cells.split(","), options.seconds.split(","))
    for row in rows(chosen, music, list(cells), options.clips):
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
