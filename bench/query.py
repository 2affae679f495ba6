"""What one query costs in a running process, with every track in the library."""

from __future__ import annotations

import sys
import time

import numpy as np

from bench import degrade
from bench.clips import RATE, draw
from bench.corpus import Corpus
from bench.library import open_library
from bench.recognition import SECONDS, SEED
from bench.report import Report, Row, run

TARGET_MS = 40
WARM_UP = 3


def measure(music: Corpus, quick: bool) -> Report:
    """Measure the CPU time of `identify`, all threads together."""
    rng = np.random.default_rng(SEED)
    clips = draw(music.everything, 20 if quick else 100, SECONDS, rng)
    clean = [clip.samples for clip in clips]
    noisy = [degrade.mix(samples, degrade.pink_noise(samples.size, rng), 5) for samples in clean]
    with open_library(music.everything) as library:

        def cpu_ms(samples: degrade.Samples) -> float:
            begin = time.process_time()
            library.identify(samples, RATE)
            return 1000 * (time.process_time() - begin)

        for samples in clean[:WARM_UP]:
            cpu_ms(samples)
        costs = {"clean": [*map(cpu_ms, clean)], "5 dB": [*map(cpu_ms, noisy)]}
    tracks = len(music.everything)
    rows = [
        Row(
            f"`identify`, 5 s {name}, {tracks} tracks, CPU: median (p95)",
            f"≤ {TARGET_MS} ms" if name == "clean" else "",
            f"{np.median(cost):.0f} ms ({np.percentile(cost, 95):.0f} ms)",
            bool(np.median(cost) <= TARGET_MS) if name == "clean" else None,
        )
        for name, cost in costs.items()
    ]
    return Report(rows)


if __name__ == "__main__":
    sys.exit(run({"query": measure}, __doc__.splitlines()[0]))
