"""How fast music is added, what of that is decoding, and how much memory it takes."""

from __future__ import annotations

import itertools
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import psutil

import wavvy as library
from bench.audio import decode
from bench.cache import cache_dir
from bench.corpus import Corpus
from bench.library import folder_for
from bench.process import Finished, wavvy
from bench.report import Report, Row, run
from wavvy.dsp.decode import AudioDecoder
from wavvy.dsp.params import DEFAULT

CORES = 2
PIECES = 5
TARGET_SHARE = 0.8
TARGET_GAIN = 1.8
TARGET_RATE = 300
TARGET_MB = 600
LONG_RATE = 44_100


def add(data_dir: Path, paths: list[Path]) -> tuple[Finished, float]:
    """Add `paths` to an empty library; return the process and the hours of audio added."""
    shutil.rmtree(data_dir, ignore_errors=True)
    finished = wavvy(data_dir, "add", "--json", "--workers", str(CORES), *paths, cores=CORES)
    outcomes = [json.loads(line) for line in finished.output.splitlines()]
    if [outcome["status"] for outcome in outcomes] != ["added"] * len(paths):
        sys.exit(f"add: not every track was added to {data_dir}")
    return finished, sum(outcome["duration_ms"] for outcome in outcomes) / 3_600_000


@contextmanager
def on_cores(number: int) -> Iterator[None]:
    """Keep this thread, and what it starts, to so many cores, where the system can."""
    process = psutil.Process()
    if not hasattr(process, "cpu_affinity"):
        yield
        return
    before = process.cpu_affinity()
    process.cpu_affinity(before[:number])
    try:
        yield
    finally:
        process.cpu_affinity(before)


def decode_alone(tracks: list[Path]) -> float:
    """Decode and resample `tracks` and do nothing with them; return how many seconds it took."""
    begin = time.perf_counter()
    for track in tracks:
        with AudioDecoder(track, sample_rate=DEFAULT.sample_rate) as decoder:
            for _ in decoder:
                pass
    return time.perf_counter() - begin


def add_within(opened: library.Wavvy, tracks: list[Path], cores: int) -> float:
    """Add `tracks` to an open library; return how many seconds it took."""
    begin = time.perf_counter()
    if [done.status for done in opened.add_all(tracks, workers=cores)] != ["added"] * len(tracks):
        sys.exit("add: not every track was added")
    return time.perf_counter() - begin


def rates(tracks: list[Path]) -> tuple[float, float, float]:
    """Return how fast `tracks` are decoded alone, and added on one core and on two.

    The three take turns at pieces of the tracks, so that whatever else the machine does slows all
    of them down. In multiples of real time.
    """
    took = [0.0, 0.0, 0.0]
    folders = [cache_dir() / f"library-cores-{cores}" for cores in (1, CORES)]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    with library.open(folders[0]) as one, library.open(folders[1]) as two:
        one.warm_up()
        for turn in range(PIECES):
            piece = tracks[turn::PIECES]
            for contestant in range(3):
                number = (turn + contestant) % 3
                with on_cores(CORES if number == 2 else 1):
                    if number == 0:
                        took[0] += decode_alone(piece)
                    elif number == 1:
                        took[1] += add_within(one, piece, 1)
                    else:
                        took[2] += add_within(two, piece, CORES)
        seconds = one.stats().duration_ms / 1000
    for folder in folders:
        shutil.rmtree(folder)
    alone, on_one, on_two = (seconds / each for each in took)
    return alone, on_one, on_two


def long_file(tracks: list[Path], minutes: int) -> Path:
    """Return one FLAC of `minutes`, made of the tracks one after the other, again and again."""
    path = cache_dir() / f"long-{minutes}.flac"
    if path.exists():
        return path
    part = path.with_suffix(".part")
    wanted = minutes * 60 * LONG_RATE
    with av.open(part, "w", format="flac") as output:
        stream = output.add_stream("flac", rate=LONG_RATE, layout="mono")
        pieces = (decode(track, "s16", LONG_RATE) for track in itertools.cycle(tracks))
        for frame in itertools.chain.from_iterable(pieces):
            frame.pts = None  # the tracks' clocks do not go on from one to the next
            wanted -= frame.samples
            output.mux(stream.encode(frame))
            if wanted <= 0:
                break
        output.mux(stream.encode(None))
    part.rename(path)
    return path


def measure(music: Corpus, quick: bool) -> Report:
    """Measure ``wavvy add`` on all tracks, its parts, and one very long file."""
    print("ingest: all tracks", file=sys.stderr)
    many, hours = add(folder_for(music.everything), music.everything)
    print("ingest: decoding alone, one core, two cores", file=sys.stderr)
    alone, on_one, on_two = rates(music.everything[:: 4 if quick else 1])
    minutes = 20 if quick else 180
    print(f"ingest: one file of {minutes} minutes", file=sys.stderr)
    scratch = cache_dir() / "library-long"
    one, long_hours = add(scratch, [long_file(music.indexed, minutes)])
    shutil.rmtree(scratch)
    rate = 3600 * hours / many.seconds
    return Report(
        [
            Row(
                f"`wavvy add`, {len(music.everything)} tracks ({hours:.1f} h), {CORES} cores, "
                "start of the process to its end",
                f"≥ {TARGET_RATE} × real time",
                f"{rate:.0f} × ({many.seconds:.0f} s)",
                rate >= TARGET_RATE,
            ),
            Row(
                "… peak memory, all processes",
                f"< {TARGET_MB} MB",
                f"{many.peak_mb:.0f} MB",
                many.peak_mb < TARGET_MB,
            ),
            Row(
                "adding on one core, of decoding and resampling alone in turn with it "
                f"({alone:.0f} × real time)",
                f"≥ {TARGET_SHARE}",
                f"{on_one / alone:.2f} ({on_one:.0f} ×)",
                on_one >= TARGET_SHARE * alone,
            ),
            Row(
                f"… on {CORES} cores, of one",
                f"≥ {TARGET_GAIN}",
                f"{on_two / on_one:.2f} ({on_two:.0f} ×)",
                on_two >= TARGET_GAIN * on_one,
            ),
            Row(
                f"`wavvy add`, one file of {minutes} minutes, peak memory",
                f"< {TARGET_MB} MB",
                f"{one.peak_mb:.0f} MB ({3600 * long_hours / one.seconds:.0f} × real time)",
                one.peak_mb < TARGET_MB,
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(run({"ingest": measure}, __doc__.splitlines()[0]))
