"""Whether the web app's memory stays as it is while it listens and listens.

Chromium with a fake microphone hears music of the library and other music in turn. It is listened
to until there is an answer, the explanation is looked at now and then, and so on for some minutes:
``uv run python -m bench.browser_memory --minutes 30``. Each sample follows a garbage collection.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import wavvy
from bench.live import server
from bench.tab import Tab, tab
from wavvy.demo import PIECES, compose_library, write_wav
from wavvy.dsp.decode import decode_file

RATE = 44_100
KNOWN, UNKNOWN = (0, 6), (4, 12)
"""Pieces of the demo music that the library has, and that it has not."""
PART_S = 30
WARM_UP = 0.2
"""Share of the time in which caches may fill, left out of the growth."""
EXPLAIN_EVERY = 5
BUTTON = "document.querySelector('.listen-button')"
ENDED = "!!document.querySelector('.answer') || /No match/.test(document.body.textContent)"


@dataclass(frozen=True, slots=True)
class Sample:
    """What the page held at a moment, after a garbage collection."""

    minutes: float
    heap_mb: float
    nodes: int
    listeners: int
    audio_contexts: int
    resident_mb: float


def main() -> None:
    """Listen, print each sample, and the growth at the end."""
    parser = argparse.ArgumentParser(description="Measure the web app's memory while it listens.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--every", type=float, default=30, help="seconds between two samples")
    wanted = parser.parse_args()
    samples = []
    with tempfile.TemporaryDirectory(prefix="wavvy-bench-") as folder:
        for sample in measure(Path(folder), wanted.minutes, wanted.every):
            samples.append(sample)
            print(
                f"{sample.minutes:5.1f} min  heap {sample.heap_mb:6.2f} MB  nodes {sample.nodes:5}"
                f"  listeners {sample.listeners:4}  page's process {sample.resident_mb:6.1f} MB",
                flush=True,
            )
    heap, nodes, resident = growth(samples)
    print(
        f"growth a minute: heap {1000 * heap:+.1f} kB, nodes {nodes:+.2f}, "
        f"page's process {1000 * resident:+.0f} kB"
    )


def growth(samples: list[Sample]) -> tuple[float, float, float]:
    """Fit lines through the samples after the warm-up: MB, nodes and MB a minute."""
    late = samples[round(WARM_UP * len(samples)) :]
    minutes = [sample.minutes for sample in late]

    def slope(values: list[float]) -> float:
        return float(np.polyfit(minutes, values, 1)[0])

    return (
        slope([sample.heap_mb for sample in late]),
        slope([sample.nodes for sample in late]),
        slope([sample.resident_mb for sample in late]),
    )


def measure(folder: Path, minutes: float, every_s: float) -> Iterator[Sample]:
    """Listen for so many minutes, and yield a sample every so many seconds, between answers."""
    pieces = compose_library(folder / "music", pieces=tuple(PIECES[n] for n in (*KNOWN, *UNKNOWN)))
    with wavvy.open(folder / "library") as library:
        for path in pieces[: len(KNOWN)]:
            library.add(path)
    microphone = _microphone(folder, pieces)
    with (
        server(folder / "library") as running,
        tab(f"http://{running.address}/", microphone, folder / "profile") as page,
    ):
        began = due = time.monotonic()
        times = 0
        while time.monotonic() - began < 60 * minutes:
            times += 1
            _listen(page)
            if times % EXPLAIN_EVERY == 0:
                _explain(page)
            if time.monotonic() >= due:
                due = time.monotonic() + every_s
                yield _sample(page, (time.monotonic() - began) / 60)


def _microphone(folder: Path, pieces: list[Path]) -> Path:
    """Write what is heard over and over: known and unknown music in turn."""
    sounds = [decode_file(path, sample_rate=RATE)[: PART_S * RATE] for path in pieces]
    known, unknown = sounds[: len(KNOWN)], sounds[len(KNOWN) :]
    turns = [sound for pair in zip(known, unknown, strict=True) for sound in pair]
    path = folder / "microphone.wav"
    write_wav(path, np.concatenate(turns), RATE)
    return path


def _listen(page: Tab) -> None:
    """Press the button and wait for what comes of it."""
    page.wait_until(f"!!{BUTTON}")
    page.evaluate(f"{BUTTON}.click()")
    page.wait_until(f"{BUTTON}.getAttribute('aria-label') === 'Stop and answer'")
    page.wait_until(ENDED)


def _explain(page: Tab) -> None:
    page.evaluate("document.querySelector('a[href^=\"/why/\"]').click()")
    page.wait_until("!!document.querySelector('.verdict')")
    page.evaluate("history.back()")
    page.wait_until(f"!!{BUTTON}")


def _sample(page: Tab, minutes: float) -> Sample:
    found = page.metrics()
    return Sample(
        minutes,
        found["JSHeapUsedSize"] / 1e6,
        int(found["Nodes"]),
        int(found["JSEventListeners"]),
        page.count("AudioContext"),
        page.resident_mb(),
    )


if __name__ == "__main__":
    main()
