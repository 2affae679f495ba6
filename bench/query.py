"""What one query costs in a running process, with every track in the library."""

from __future__ import annotations

import sys
import time

import numpy as np

from bench.audio import RATE, Samples
from bench.clips import SEED, draw
from bench.corpus import Corpus
from bench.degrade import noise
from bench.library import open_library
from bench.report import Report, Row, run

SECONDS = 5.0
TARGET_MS = 40
WARM_UP = 3


def measure(music: Corpus, quick: bool) -> Report:
    """Measure the CPU time of `identify`, all threads together."""
    rng = np.random.default_rng(SEED)
    clips = draw(music.everything, 20 if quick else 100, SECONDS, rng)
    clean = [clip.samples for clip in clips]
    noisy = [noise.mix(samples, noise.pink(samples.size, rng), 5) for samples in clean]
    with open_library(music.everything) as library:

        def cpu_ms(samples: Samples) -> float:
            begin = time.process_time()
            library.identify(samples, RATE)
            return 1000 * (time.process_time() - begin)

        for samples in clean[:WARM_UP]:
            cpu_ms(samples)
        costs = {"clean": [*map(cpu_ms, clean)], "5 dB pink noise": [*map(cpu_ms, noisy)]}
    tracks = len(music.everything)
    rows = [
        Row(
            f"`identify`, {SECONDS:g} s {name}, {tracks} tracks, CPU: median (p95)",
            f"≤ {TARGET_MS} ms" if name == "clean" else "",
            f"{np.median(cost):.0f} ms ({np.percentile(cost, 95):.0f} ms)",
            bool(np.median(cost) <= TARGET_MS) if name == "clean" else None,
        )
        for name, cost in costs.items()
    ]
    return Report(rows)


if __name__ == "__main__":
    sys.exit(run({"query": measure}, __doc__.splitlines()[0]))
