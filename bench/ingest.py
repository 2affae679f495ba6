"""How fast music is added, decoding included, and how much memory that takes."""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from pathlib import Path

import av

from bench.audio import decode
from bench.cache import cache_dir
from bench.corpus import Corpus
from bench.library import folder_for
from bench.process import Finished, wavvy
from bench.report import Report, Row, run

CORES = 2
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
    """Measure ``wavvy add`` on all tracks, and on one very long file."""
    print("ingest: all tracks", file=sys.stderr)
    many, hours = add(folder_for(music.everything), music.everything)
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
                f"`wavvy add`, one file of {minutes} minutes, peak memory",
                f"< {TARGET_MB} MB",
                f"{one.peak_mb:.0f} MB ({3600 * long_hours / one.seconds:.0f} × real time)",
                one.peak_mb < TARGET_MB,
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(run({"ingest": measure}, __doc__.splitlines()[0]))
