"""Make the package's table that turns evidence into a probability: ``python -m bench.calibrate``.

Clips of the tuning music, indexed and unknown, are searched for in a library of its indexed tracks,
and the best guesses are judged by ear (see ``judge.py``): naming the right track, or the same music
in another, is right. A logistic curve is fitted to evidence against right and wrong, known and
unknown trials in equal weight, where it matters: above the median evidence of the wrong ones. Where
it is even moves with the logarithm of the clip's length; how steep it is does not, as the few wrong
trials up there, of tracks made of the same samples, would tell that badly. The threshold is the
lowest score, in thousandths, that accepts at most `FALSE_ACCEPT_RATE` of the unknown trials, but no
more than `HIGHEST_THRESHOLD`: beyond lie tracks made of the same samples, which no threshold parts.

A live stream is asked again and again, and each time luck has another chance. So the longest clips
of unknown tracks are heard as streams too. The stream's margin is the evidence beyond the threshold
that no larger share of them ever reaches, to the nearest clip, than of clips of all lengths is
accepted in some way.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

import wavvy
from bench.audio import RATE, Samples
from bench.cache import cache_dir
from bench.clips import Clip
from bench.corpus import Corpus, add_options, load_tuning
from bench.judge import WORTH_JUDGING, judge
from bench.library import open_library
from bench.pool import processes
from bench.quality.cells import CELLS
from bench.quality.draws import draws
from wavvy.calibration import Calibration
from wavvy.dsp.resample import as_mono
from wavvy.library import Wavvy
from wavvy.manner import STREAM
from wavvy.recognizer import Moment, Session

SEED = 11
SECONDS = (1, 2, 3, 5, 10)
WAYS = ("clean", "snr5", "snr0", "snr-5", "room5", "room0", "gsm")
FALSE_ACCEPT_RATE = 0.001
HIGHEST_THRESHOLD = 0.999
MISLED = 0.01  # share of trials that no curve explains: two tracks made of the same samples
TABLE = Path(wavvy.__file__).with_name("calibration.json")

_library: Wavvy


class Trial(NamedTuple):
    """The best guess for a clip.

    Attributes
    ----------
    seconds : int
    known : bool
        Whether the clip's track is indexed.
    clip : int
        Number of the clip: every way damages the same ones of a length.
    evidence : float
        In nats.
    right : bool
    stream : list of (float, float)
        Seconds heard, and evidence for a wrong guess, each time that a stream would ask.
    """

    seconds: int
    known: bool
    clip: int
    evidence: float
    right: bool
    stream: list[tuple[float, float]]


def trials(data_dir: Path, music: Corpus, clips: int) -> Iterator[Trial]:
    """Search for clips of every length in every degradation, on all cores."""
    tasks = [
        (music, seconds, way, known, clips)
        for seconds in SECONDS
        for way in WAYS
        for known in (True, False)
    ]
    with processes(_open, data_dir) as pool:
        for done, cell in enumerate(pool.map(_cell, tasks), 1):
            print(f"calibrate: {done} of {len(tasks)}", file=sys.stderr)
            yield from cell


def _open(data_dir: Path) -> None:
    global _library
    _library = wavvy.open(data_dir)


def _cell(task: tuple[Corpus, int, str, bool, int]) -> list[Trial]:
    music, seconds, way, known, clips = task
    paths = music.indexed if known else music.unknown
    drawn = draws(paths, clips, seconds, (SEED, seconds, known), music.noise)
    return [
        _try(CELLS[way](one).samples, one.clip, seconds, known, number)
        for number, one in enumerate(drawn)
    ]


def _try(heard: Samples, clip: Clip, seconds: int, known: bool, number: int) -> Trial:
    """Search for one degraded clip."""
    recognizer = _library.recognizer
    samples = as_mono(heard, RATE, recognizer.params.sample_rate)
    stream = []
    if not known and seconds == SECONDS[-1]:
        for moment in Session(recognizer, STREAM, margin=math.inf).push(samples):
            evidence, right = _guess(moment, clip)
            stream.append((moment.elapsed_ms / 1000, 0.0 if right else evidence))
    session = recognizer.clip()
    last = [*session.push(samples), session.finish()][-1]
    return Trial(seconds, known, number, *_guess(last, clip), stream)


def _guess(moment: Moment, clip: Clip) -> tuple[float, bool]:
    """Return the evidence for the best guess, and whether it is right."""
    if not moment.matches:
        return 0.0, False
    best = moment.matches[0]
    file = Path(str(_library.track(best.track_id).file))
    if file == clip.path or best.evidence < WORTH_JUDGING:
        return best.evidence, file == clip.path
    at_ms = best.track_begin_ms - best.begin_ms * best.warp.time
    return best.evidence, judge(clip, file, at_ms).right


def fit(everything: Sequence[Trial]) -> NDArray[np.float64]:
    """Return even evidence, its growth with each doubling of length, and the slope."""
    parts = []
    for seconds in SECONDS:
        chosen = [t for t in everything if t.seconds == seconds]
        evidence, right, known = (
            np.array([getattr(t, name) for t in chosen]) for name in ("evidence", "right", "known")
        )
        weight = np.where(known, 1 / known.sum(), 1 / (~known).sum())
        octave = np.full(evidence.size, np.log2(seconds))
        matters = evidence > np.median(evidence[~right])
        parts.append(np.stack((evidence, right, weight, octave))[:, matters])
    x, y, w, octave = np.concatenate(parts, axis=1)

    def loss(parameters: NDArray[np.float64]) -> float:
        even, growth, slope = parameters
        odds = slope * (x - even - growth * octave)
        likelihood = 1 / (1 + np.exp(np.clip(np.where(y > 0, -odds, odds), -40, 40)))
        return float(-(w * np.log(MISLED + (1 - MISLED) * likelihood)).sum())

    found = minimize(
        loss,
        np.array((10.0, 0.0, 0.4)),
        method="Nelder-Mead",
        options={"maxiter": 5000, "xatol": 1e-5, "fatol": 1e-8},
    )
    parameters: NDArray[np.float64] = found.x
    return parameters


def calibrate(everything: Sequence[Trial]) -> Calibration:
    """Fit the curves, choose the threshold and the stream's margin."""
    even, growth, slope = fit(everything)
    seconds = np.array(SECONDS, np.float64)
    evens = np.round(even + growth * np.log2(seconds), 2)
    slopes = np.full(seconds.size, round(slope, 4))
    table = Calibration(seconds, evens, slopes, 1.0, 0.0)
    unknown = [t for t in everything if not t.known and not t.right]
    scores = [float(table.score(t.evidence, t.seconds)) for t in unknown]
    highest = _exceeded_by(int(FALSE_ACCEPT_RATE * len(scores)), scores)
    table = table._replace(
        threshold=min(HIGHEST_THRESHOLD, float(np.floor(1000 * highest + 1) / 1000))
    )
    # Clips of tracks made of the same samples fool it in every way, and are but one draw each.
    clips = {(t.seconds, t.clip) for t in unknown}
    fooled = {(t.seconds, t.clip) for t in unknown if t.evidence >= table.needed(t.seconds)}
    beyond: dict[int, float] = {}
    for t in unknown:
        for heard, evidence in t.stream:
            more = evidence - float(table.needed(heard))
            beyond[t.clip] = max(beyond.get(t.clip, more), more)
    highest = _exceeded_by(round(len(fooled) * len(beyond) / len(clips)), list(beyond.values()))
    return table._replace(stream_margin=max(0.0, round(highest + 0.05, 1)))


def _exceeded_by(count: int, values: Sequence[float]) -> float:
    return sorted(values)[-1 - count]


def main() -> int:
    """Write the table and print how it fares on the trials it was made from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--clips", type=int, default=100, help="clips of each length and kind")
    options = parser.parse_args()
    music = load_tuning(options.music, options.noise)
    with open_library(music.library) as library:
        library.merge_index()
        library.warm_up()
        data_dir = library.data_dir
    everything = list(trials(data_dir, music, options.clips))
    (cache_dir() / "calibration-trials.json").write_text(json.dumps(everything))
    table = calibrate(everything)
    for seconds in SECONDS:
        for known in (True, False):
            chosen = [t for t in everything if (t.seconds, t.known) == (seconds, known)]
            accepted = [t for t in chosen if table.needed(seconds) <= t.evidence]
            right = sum(t.right for t in accepted)
            print(
                f"{seconds:2d} s, {'known' if known else 'unknown'}: of {len(chosen)} "
                f"{right} accepted and right, {len(accepted) - right} accepted and wrong"
            )
    text = json.dumps(
        {
            "version": 2,
            "seconds": list(SECONDS),
            "even": table.even.tolist(),
            "slope": table.slope.tolist(),
            "threshold": table.threshold,
            "stream_margin": table.stream_margin,
        },
        indent=2,
    )
    TABLE.write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
