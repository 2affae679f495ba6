"""Measure how well music is recognised: ``python -m bench.quality``."""

from __future__ import annotations

import argparse
import sys

from bench import corpus
from bench.quality.cells import CELLS
from bench.quality.protocol import QUICK, Plan, run
from bench.quality.report import report
from bench.quality.results import Run
from bench.report import publish


def main() -> int:
    """Measure what the command line asks for, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    corpus.add_options(parser)
    add = parser.add_argument
    add("--quick", action="store_true", help="30 and 60 clips in each cell, 2 and 5 s")
    add("--known", type=int, metavar="N", help="clips of indexed tracks in each cell")
    add("--unknown", type=int, metavar="N", help="clips of unknown tracks in each cell")
    add("--seconds", type=lengths, metavar="S,S", help="lengths of the clips")
    add("--cells", type=cells, metavar="NAME,NAME", help=f"of {', '.join(CELLS)}")
    add("--tune", action="store_true", help="explore on the tuning music, without the peer")
    add("--again", action="store_true", help="make the tables of the last run again")
    add("--write", action="store_true", help="into bench/README.md and docs/quality as well")
    options = parser.parse_args()
    if options.tune and options.write:
        parser.error("--tune is for exploring: what it measures is never written")
    if options.again:
        measured = Run.last("tune" if options.tune else "report")
    else:
        load = corpus.load_tuning if options.tune else corpus.load
        music = load(options.music, options.noise)
        plan = asked_for(options)
        trials, size = run(music, plan)
        measured = Run.now(music, plan, size, trials)
    told = report(measured)
    sys.stdout.write(f"{told.details}\n")
    if options.write:
        publish("quality", told.details, told.pictures)
    return 0


def asked_for(options: argparse.Namespace) -> Plan:
    """Return the plan: a quick or a full one, with what the command line changes."""
    given = QUICK if options.quick else Plan()
    return Plan(
        seconds=options.seconds or given.seconds,
        cells=options.cells or given.cells,
        known=options.known or given.known,
        unknown=options.unknown or given.unknown,
        peer=not options.tune,
    )


def lengths(text: str) -> tuple[float, ...]:
    """Read lengths in seconds."""
    return tuple(sorted(map(float, text.split(","))))


def cells(text: str) -> tuple[str, ...]:
    """Read names of cells."""
    named = text.split(",")
    if wrong := set(named) - set(CELLS):
        raise argparse.ArgumentTypeError(f"no cell {', '.join(sorted(wrong))}")
    return tuple(name for name in CELLS if name in named)


if __name__ == "__main__":
    sys.exit(main())
