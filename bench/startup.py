"""How long a user waits at the shell."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
import wave
from pathlib import Path

import numpy as np
import psutil

from bench.audio import RATE
from bench.clips import SEED, Clip, draw
from bench.corpus import Corpus
from bench.judge import judge_result
from bench.library import open_library
from bench.live import server
from bench.process import wavvy
from bench.report import Report, Row, run

SECONDS = 5.0
RUNS = 5
HELP_SECONDS = 0.3
IDENTIFY_SECONDS = 1.5


def save(clip: Clip, path: Path) -> None:
    """Write `clip` as a 16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(clip.samples, -1, 1) * 32767).astype("<i2").tobytes())


def measure(music: Corpus, quick: bool) -> Report:
    """Measure ``wavvy --help``, ``wavvy identify`` and ``wavvy serve``, each after a first run."""
    del quick  # five runs are few enough
    clip = draw(music.everything, 1, SECONDS, np.random.default_rng(SEED))[0]
    with open_library(music.everything) as library:
        data_dir = library.data_dir
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        save(clip, path)
        first, *runs = [wavvy(data_dir, "identify", "--json", path) for _ in range(RUNS + 1)]
    results = json.loads(first.output)["results"]
    if not results or not judge_result(clip, results[0]).right:
        sys.exit(f"wavvy identify: wrong answer for {clip.path.name}: {first.output}")
    _, *helps = [wavvy(data_dir, "--help") for _ in range(RUNS + 1)]
    ready_s, ready_mb = [], []
    for _ in range(RUNS):
        begin = time.perf_counter()
        with server(data_dir) as running:
            ready_s.append(time.perf_counter() - begin)
            ready_mb.append(psutil.Process(running.pid).memory_info().rss / 1e6)
    identify_s = statistics.median(run.seconds for run in runs)
    help_s = statistics.median(run.seconds for run in helps)
    return Report(
        [
            Row(
                f"`wavvy --help`, median of {RUNS}",
                f"≤ {HELP_SECONDS} s",
                f"{help_s:.2f} s",
                help_s <= HELP_SECONDS,
            ),
            Row(
                f"`wavvy identify` from the shell, after a first run, median of {RUNS}",
                f"≤ {IDENTIFY_SECONDS} s",
                f"{identify_s:.2f} s",
                identify_s <= IDENTIFY_SECONDS,
            ),
            Row(
                f"`wavvy serve`, from start until it is ready, median of {RUNS}",
                "",
                f"{statistics.median(ready_s):.2f} s, {statistics.median(ready_mb):.0f} MB",
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(run({"startup": measure}, __doc__.splitlines()[0]))
