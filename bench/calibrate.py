"""Make the package's table that turns evidence into a probability: ``python -m bench.calibrate``.

Clips of the tuning music are searched for in a library of its own indexed tracks. Each clip gives
two trials: as it is, it is known; with its own track left out, unknown. Pairs of tracks that hold
the same recording would make false accepts of right answers, so they are left out too: pairs whose
evidence is beyond what chance or a shared drum loop gives.

A logistic curve is fitted to evidence against right and wrong best guesses, known and unknown
trials in equal weight, where it matters: above the median evidence of the unknown ones. It moves
with the logarithm of the clip's length. The threshold is the lowest score, in hundredths, that
accepts at most `FALSE_ACCEPT_RATE` of the unknown trials.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

import wavvy
from bench.audio import RATE
from bench.corpus import Corpus, add_options, load_tuning
from bench.library import open_library
from bench.quality.cells import CELLS
from bench.quality.draws import draws
from wavvy.calibration import Calibration
from wavvy.dsp.resample import as_mono
from wavvy.index.search import search
from wavvy.query import GrowingQuery

SEED = 11
SECONDS = (1, 2, 3, 5, 10)
WAYS = ("clean", "snr5", "snr0", "room5", "mp3_32k")
SAME_RECORDING = 60.0  # nats
FALSE_ACCEPT_RATE = 0.01
TABLE = Path(wavvy.__file__).with_name("calibration.json")


@dataclass(frozen=True, slots=True)
class Trial:
    """Evidence for a clip's own track and for the best of the others."""

    seconds: int
    track: int
    own: float
    other: float
    other_track: int


def trials(library: wavvy.Wavvy, music: Corpus, clips: int) -> Iterator[Trial]:
    """Search for clips of every length in every degradation."""
    ids = {track.file: track.id for track in library.tracks(limit=100_000)}
    for seconds in SECONDS:
        drawn = draws(music.indexed, clips, seconds, (SEED, seconds), music.noise)
        for name in WAYS:
            print(f"calibrate: {seconds} s, {name}", file=sys.stderr)
            for one in drawn:
                heard = CELLS[name](one).samples
                yield try_clip(library, heard, ids[str(one.clip.path)], seconds)


def try_clip(
    library: wavvy.Wavvy, heard: NDArray[np.float32], own_track: int, seconds: int
) -> Trial:
    """Search for one degraded clip."""
    params = library.recognizer.params
    growing = GrowingQuery(params)
    growing.push(as_mono(heard, RATE, params.sample_rate))
    query = growing.query()
    found = search(library.index.snapshot(), query.landmarks, query.image, params.low_bin)
    own = found.tracks == own_track
    others = np.where(own, 0.0, found.evidence)
    best = int(np.argmax(others)) if others.size else -1
    return Trial(
        seconds,
        own_track,
        float(np.max(found.evidence, where=own, initial=0.0)),
        float(others[best]) if others.size else 0.0,
        int(found.tracks[best]) if others.size else own_track,
    )


def without_relatives(everything: Sequence[Trial]) -> list[Trial]:
    """Drop the trials in which the best other track holds the clip's own recording."""
    related = {(t.track, t.other_track) for t in everything if t.other > SAME_RECORDING}
    return [t for t in everything if (t.track, t.other_track) not in related]


def fit(kept: Sequence[Trial]) -> NDArray[np.float64]:
    """Return even evidence at one second, its growth with each doubling of length, and slope."""
    evidence, right, octaves = [], [], []
    for seconds in SECONDS:
        own = np.array([t.own for t in kept if t.seconds == seconds])
        other = np.array([t.other for t in kept if t.seconds == seconds])
        best = np.concatenate((np.maximum(own, other), other))
        matters = best > np.median(other)
        evidence.append(best[matters])
        right.append(np.concatenate((own > other, np.zeros(other.size, bool)))[matters])
        octaves.append(np.full(int(matters.sum()), np.log2(seconds)))
    x, y, octave = map(np.concatenate, (evidence, right, octaves))

    def loss(parameters: NDArray[np.float64]) -> float:
        even, growth, slope = parameters
        odds = slope * (x - even - growth * octave)
        return float(np.logaddexp(0, np.where(y, -odds, odds)).sum())

    found: NDArray[np.float64] = minimize(loss, (15.0, 0.0, 0.25), method="Nelder-Mead").x
    return found


def calibrate(kept: Sequence[Trial]) -> Calibration:
    """Fit the curves and choose the threshold."""
    even, growth, slope = fit(kept)
    seconds = np.array(SECONDS, np.float64)
    evens = np.round(even + growth * np.log2(seconds), 2)
    table = Calibration(seconds, evens, np.full(seconds.size, round(float(slope), 4)), 1.0)
    scores = np.sort([float(table.score(t.other, t.seconds)) for t in kept])
    highest = float(scores[-1 - int(FALSE_ACCEPT_RATE * scores.size)])
    return table._replace(threshold=float(np.floor(100 * highest + 1) / 100))


def main() -> int:
    """Write the table and print how it fares on the trials it was made from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--clips", type=int, default=120, help="clips of each length")
    options = parser.parse_args()
    music = load_tuning(options.music, options.noise)
    with open_library(music.library) as library:
        kept = without_relatives(list(trials(library, music, options.clips)))
    table = calibrate(kept)
    for seconds in SECONDS:
        chosen = [t for t in kept if t.seconds == seconds]
        accepted = [
            [float(table.score(value, seconds)) >= table.threshold for value in values]
            for values in ([t.own for t in chosen], [t.other for t in chosen])
        ]
        known, unknown = (100 * np.mean(part) for part in accepted)
        print(f"{seconds:2d} s: {known:.1f} % of known, {unknown:.2f} % of unknown accepted")
    text = json.dumps(
        {
            "version": 1,
            "seconds": list(SECONDS),
            "even": table.even.tolist(),
            "slope": table.slope.tolist(),
            "threshold": table.threshold,
        },
        indent=2,
    )
    TABLE.write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
