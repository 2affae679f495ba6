"""Measure Wavvy with many tracks: ``python -m bench.scale``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from bench import corpus
from bench.cache import cache_dir
from bench.report import machine, publish
from bench.scale import plots, streams, tables
from bench.scale.library import built, real_files
from bench.scale.likeness import compare, likeness_table
from bench.scale.measured import QUICK, Measured, Plan, measure
from bench.scale.sources import source_files
from bench.scale.streams import Step, steps_table

SIZES = (1_000, 10_000, 100_000)


def main() -> int:
    """Measure what the command line asks for, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    corpus.add_options(parser)
    add = parser.add_argument
    add("--sizes", type=numbers, default=SIZES, metavar="N,N", help="numbers of tracks")
    add("--streams", type=numbers, default=streams.STEPS, metavar="N,N", help="streams at once")
    add("--quick", action="store_true", help="fewer clips: not to be quoted")
    add("--write", action="store_true", help="into bench/README.md and docs/scale as well")
    options = parser.parse_args()
    music = corpus.load(options.music, options.noise)
    plan = QUICK if options.quick else Plan()
    made_from = source_files(options.music)
    likeness = likeness_table(compare(music, made_from))
    found = [measure(size, music, made_from, plan) for size in (None, *options.sizes)]
    folder, _ = built(streams.TRACKS, real_files(music, made_from), made_from)
    steps = streams.measure(folder, music, options.streams)
    pictures = plots.draw(found, cache_dir() / "scale")
    quick = " **A quick run: too few clips to quote.**" if options.quick else ""
    text = "\n\n".join((f"{music}{quick}", machine(), report(found, steps, likeness)))
    figures = {"sizes": [asdict(one) for one in found], "streams": [asdict(one) for one in steps]}
    (cache_dir() / "scale.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    sys.stdout.write(f"{text}\n")
    if options.write:
        links = "\n".join(f"![{path.stem}](../docs/scale/{path.name})" for path in pictures)
        publish("scale", f"{text}\n\n{links}", pictures)
    return 0


def report(found: Sequence[Measured], steps: Sequence[Step], likeness: str) -> str:
    """Return all tables, each under a sentence that says what it shows."""
    return "\n\n".join(
        (
            "**By the number of tracks.** Behind the stroke the target; bold is what misses it.",
            tables.by_size(found, found[0]),
            "**Recall by effort**: right at 1 % false accepts, postings touched and CPU of the "
            "search (medians) within a budget of bytes touched, which `index.lookup.budget_of` "
            "tells else; clips of 5 s, both cells, not warped.",
            tables.efforts(found),
            "**Where the bytes are.**",
            tables.sections(found),
            "**Growth**: cost = a constant × tracks ** exponent, fitted from "
            f"{tables.SMALLEST:,} tracks on, and what that would make of more. The curve knows "
            "nothing of what it has not seen: memory that no longer holds the index, and recall.",
            tables.growth(found),
            f"**Live streams**, {streams.TRACKS:,} tracks, clients on the same machine.",
            steps_table(steps),
            "**Are synthetic tracks like music?** Real tracks dealt into two halves, and as many "
            "made from either; what is made from A is to be held against real B, and the other "
            "way round.",
            likeness,
        )
    )


def numbers(text: str) -> tuple[int, ...]:
    """Read numbers, ascending."""
    return tuple(sorted(int(number) for number in text.split(",")))


if __name__ == "__main__":
    sys.exit(main())
