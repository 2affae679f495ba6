"""Whether synthetic tracks are like music: ``python -m bench.scale.likeness``.

The sources are dealt into two halves. Synthetic tracks made from one half are held against the real
tracks of the other, which they have nothing of; how much the two real halves differ from each other
is the yardstick. All libraries hold as many tracks. They are asked for clips of music that is in
none of them: what they cost, and how well the best wrong candidate does, is what a bench of large
libraries rests on.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench import corpus
from bench.audio import RATE
from bench.quality.cells import CELLS
from bench.quality.draws import draws
from bench.report import table
from bench.scale.sources import Sources, fingerprints, source_files
from bench.scale.synthesis import Synthesiser
from wavvy.calibration import default_calibration
from wavvy.dsp.arrays import F64, I64
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.resample import as_mono
from wavvy.index.probes import probes
from wavvy.index.search import NARROW
from wavvy.index.store import Index
from wavvy.query import GrowingQuery, Query
from wavvy.recognizer import Recognizer

SEED = 29
CLIPS = 300
SECONDS = 5.0
CELL = "snr5"
POSTINGS = 500_000
"""Drawn from each library: how uneven hashes look depends on how many there are."""
TOP_SHARES = (0.0001, 0.001, 0.01, 0.1)
"""Of all hashes that there are, the most frequent."""
REPEAT_FRAMES = 125
"""From 5 s on, the same again is a repeat."""
PERCENTILES = (50, 95, 99)


class Likeness(NamedTuple):
    """What there is to compare, as one row each."""

    name: str
    values: list[str]


ROWS = (
    "peaks a second: 5 %, median, 95 % of the tracks",
    "landmarks a second",
    *(f"postings of the {100 * share:g} % most frequent hashes, %" for share in TOP_SHARES),
    "postings that a query's landmark reaches, per million",
    "… the same, the dearest tenth of the clips",
    "landmarks with a hash that the track has again, %",
    "landmarks that agree on the track's best repeat, %",
    "votes for the best wrong candidate: " + ", ".join(f"{p} %" for p in PERCENTILES),
    "evidence for the best wrong candidate, nats: " + ", ".join(f"{p} %" for p in PERCENTILES),
)


def queries(files: Sequence[Path], noise: Path | None, count: int) -> list[Query]:
    """Return queries for clips of these tracks in noise."""
    asked = []
    for draw in draws(files, count, SECONDS, (SEED,), noise):
        growing = GrowingQuery(DEFAULT)
        growing.push(as_mono(CELLS[CELL](draw).samples, RATE, DEFAULT.sample_rate))
        asked.append(growing.query())
    return asked


def describe(name: str, tracks: Sequence[Fingerprint], asked: Sequence[Query]) -> Likeness:
    """Return the figures of a library in the order of `ROWS`."""
    seconds = np.array([track.counts.size for track in tracks]) * DEFAULT.hop_ms / 1000
    peaks = np.array([track.freqs.size for track in tracks]) / seconds
    landmarks = [reference_landmarks(track.peaks(), DEFAULT) for track in tracks]
    hashes = np.sort(np.concatenate([one.hashes() for one in landmarks]))
    drawn = np.random.default_rng(SEED).choice(hashes, POSTINGS)
    frequencies = np.sort(np.unique(drawn, return_counts=True)[1])[::-1]
    tops = [frequencies[: round(share * frequencies.size)].sum() for share in TOP_SHARES]
    touched = np.array([collision(hashes, query) for query in asked])
    repeats = [repetition(one.hashes(), one.frames.astype(np.int64)) for one in landmarks]
    votes, evidence = best_candidates(tracks, asked)
    again, aligned = np.mean(repeats, axis=0)
    return Likeness(
        name,
        [
            ", ".join(f"{value:.1f}" for value in np.percentile(peaks, (5, 50, 95))),
            f"{hashes.size / seconds.sum():.1f}",
            *(f"{100 * top / POSTINGS:.2f}" for top in tops),
            f"{1e6 * touched.mean():.2f}",
            f"{1e6 * np.percentile(touched, 90):.2f}",
            f"{100 * again:.1f}",
            f"{100 * aligned:.1f}",
            ", ".join(f"{value:.0f}" for value in np.percentile(votes, PERCENTILES)),
            ", ".join(f"{value:.1f}" for value in np.percentile(evidence, PERCENTILES)),
        ],
    )


def collision(hashes: NDArray[np.uint32], query: Query) -> float:
    """Return the share of some sorted hashes that a landmark of a query reaches, in the mean."""
    asked = probes(query.landmarks, NARROW, DEFAULT)
    found = np.searchsorted(hashes, asked.high, "right") - np.searchsorted(hashes, asked.low)
    return float(found.sum() / hashes.size / max(query.landmarks.frames.size, 1))


def repetition(hashes: NDArray[np.uint32], frames: I64) -> tuple[float, float]:
    """Return what shares of a track's landmarks come again, and agree on one distance in time.

    Only neighbours among the same hashes are compared, which finds each repeat once.
    """
    order = np.lexsort((frames, hashes))
    same = np.diff(hashes[order]) == 0
    distances = np.diff(frames[order])
    far = same & (distances >= REPEAT_FRAMES)
    if not far.any():
        return 0.0, 0.0
    again = np.unique(order[:-1][far]).size / hashes.size
    return again, np.bincount(distances[far]).max() / hashes.size


def best_candidates(tracks: Sequence[Fingerprint], asked: Sequence[Query]) -> tuple[F64, F64]:
    """Return the most votes and the highest evidence that anything gets, for each query."""
    with tempfile.TemporaryDirectory() as folder:
        index = Index(Path(folder), DEFAULT, nullcontext())
        index.add(enumerate(tracks, 1))
        recognizer = Recognizer(index, DEFAULT, default_calibration())
        found = [recognizer.search(query) for query in asked]
    votes = np.array([one.votes.max(initial=0) for one in found], np.float64)
    return votes, np.array([one.evidence.max(initial=0.0) for one in found])


def halves(tracks: Sequence[Fingerprint]) -> tuple[list[Fingerprint], list[Fingerprint]]:
    """Deal tracks into two halves by chance."""
    order = np.random.default_rng(SEED).permutation(len(tracks)).tolist()
    middle = len(order) // 2
    return [tracks[i] for i in order[:middle]], [tracks[i] for i in order[middle : 2 * middle]]


def compare(music: corpus.Corpus, files: Sequence[Path], count: int = CLIPS) -> list[Likeness]:
    """Return the figures of both real halves, and of what is made from either."""
    asked = queries(music.foreign, music.noise, count)
    real = halves(fingerprints(files))
    found = []
    for name, tracks in zip("AB", real, strict=True):
        synthesiser = Synthesiser(Sources.of(tracks))
        made = [synthesiser.fingerprint(number) for number in range(len(tracks))]
        found.append(describe(f"real, half {name}", tracks, asked))
        found.append(describe(f"made from {name}", made, asked))
    found.sort(key=lambda one: one.name, reverse=True)
    return found


def likeness_table(found: Sequence[Likeness]) -> str:
    """Return a column for each library."""
    header = ("", *(one.name for one in found))
    rows = [(what, *(one.values[i] for one in found)) for i, what in enumerate(ROWS)]
    return table(header, rows)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    corpus.add_options(parser)
    options = parser.parse_args()
    music = corpus.load(options.music, options.noise)
    print(likeness_table(compare(music, source_files(options.music))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
