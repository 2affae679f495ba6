"""What a live stream costs, and how soon it matches: ``python -m bench.streaming``.

One row for each way of asking: the recogniser's own, and others that differ from it in one thing.
Tuning tracks are played into sessions of this process, tracks of the library in noise and in a
room, until they match, and unknown ones in noise to the end. What is left out is the service around
a session, see ``bench.scale.streams``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.audio import RATE
from bench.corpus import Corpus, add_options, load_tuning
from bench.library import open_library
from bench.quality.cells import CELLS
from bench.quality.draws import Draw, draws
from bench.report import machine, table
from wavvy.dsp.arrays import F32
from wavvy.dsp.resample import as_mono
from wavvy.library import Wavvy
from wavvy.manner import STREAM, WIDE_SECONDS, Manner
from wavvy.recognizer import CLOSELY, Session

SEED = 17
SECONDS = 15.0
CHUNK_SECONDS = 0.1
KNOWN_WAYS = ("snr5", "room5", "snr0")
UNKNOWN_WAY = "snr5"
NEVER = 1e9
MANNERS = {
    "as it is": STREAM,
    f"{CLOSELY.screened} candidates in passing": STREAM._replace(full=True),
    f"warps from {WIDE_SECONDS:g} s on": STREAM._replace(first_warped=WIDE_SECONDS),
    "no warps": STREAM._replace(first_warped=NEVER),
    "no wide reach, no warps": STREAM._replace(first_wide=NEVER, first_warped=NEVER),
}


@dataclass(frozen=True, slots=True)
class Stream:
    """Something to play: how it is damaged, its samples, and whether the library holds it."""

    way: str
    samples: F32
    known: bool


@dataclass(frozen=True, slots=True)
class Played:
    """A stream, its audio until the first match or None, and CPU for each second heard."""

    stream: Stream
    seconds: float | None
    cpu_ms: float


def streams(music: Corpus, count: int, rate: int) -> Iterator[Stream]:
    """Draw streams; every way hears the same clips of the known tracks."""
    for way in KNOWN_WAYS:
        for one in draws(music.indexed, count, SECONDS, (SEED, 1), music.noise):
            yield Stream(way, _heard(way, one, rate), known=True)
    for one in draws(music.unknown, count, SECONDS, (SEED, 2), music.noise):
        yield Stream(UNKNOWN_WAY, _heard(UNKNOWN_WAY, one, rate), known=False)


def play(library: Wavvy, manner: Manner, stream: Stream) -> Played:
    """Push a stream through a session, a known one until it matches."""
    recognizer = library.recognizer
    rate = recognizer.params.sample_rate
    session = Session(recognizer, manner, margin=recognizer.calibration.stream_margin)
    chunk = round(CHUNK_SECONDS * rate)
    seconds = None
    pushed = 0
    begin = time.process_time()
    while pushed < stream.samples.size and (seconds is None or not stream.known):
        for moment in session.push(stream.samples[pushed : pushed + chunk]):
            if seconds is None and any(match.accepted for match in moment.matches):
                seconds = moment.elapsed_ms / 1000
        pushed += chunk
    return Played(stream, seconds, 1000 * (time.process_time() - begin) * rate / pushed)


def main() -> int:
    """Measure every way of asking, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.streaming", description=__doc__)
    add_options(parser)
    parser.add_argument("--count", type=int, default=30, help="streams of each kind")
    options = parser.parse_args()
    music = load_tuning(options.music, options.noise)
    with open_library(music.indexed) as library:
        library.warm_up()
        every = list(streams(music, options.count, library.recognizer.params.sample_rate))
        for stream in every[:: options.count]:
            play(library, STREAM, stream)  # from here on nothing is read or compiled
        rows = []
        for name, manner in MANNERS.items():
            rows.append(_row(name, [play(library, manner, stream) for stream in every]))
            print(name, file=sys.stderr)
    heads = [
        "",
        *(f"{way}, s to the match (none)" for way in KNOWN_WAYS),
        "known, CPU ms a second",
        "unknown, CPU ms a second",
        "unknown matched",
    ]
    print(f"{options.count} streams of each kind, {len(music.indexed)} tracks. {machine()}\n")
    print(table(heads, rows))
    return 0


def _row(name: str, played: list[Played]) -> list[str]:
    known = [one for one in played if one.stream.known]
    unknown = [one for one in played if not one.stream.known]
    cells = [name]
    for way in KNOWN_WAYS:
        times = [one.seconds for one in known if one.stream.way == way]
        median = np.median([np.inf if seconds is None else seconds for seconds in times])
        cells.append(f"{median:.1f} ({times.count(None)})")
    cells += [f"{np.mean([one.cpu_ms for one in some]):.1f}" for some in (known, unknown)]
    cells.append(str(sum(one.seconds is not None for one in unknown)))
    return cells


def _heard(way: str, one: Draw, rate: int) -> F32:
    return as_mono(CELLS[way](one).samples, RATE, rate)


if __name__ == "__main__":
    sys.exit(main())
