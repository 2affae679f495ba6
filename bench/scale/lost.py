"""Recall that is lost with many tracks, from enough clips to tell: ``python -m bench.scale.lost``.

All of ``bench.scale`` from as many clips takes hours; this part of it, with the libraries built, a
quarter of one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import corpus
from bench.quality.metrics import Figures, Share, figures
from bench.report import machine, publish, table
from bench.scale import recall
from bench.scale.library import built, real_files
from bench.scale.measured import CELLS, MAIN_SECONDS, Plan
from bench.scale.questions import questions
from bench.scale.sources import source_files
from bench.scale.tables import beside, percent
from bench.scale.targets import BY_SIZE


def measure(
    size: int | None, music: corpus.Corpus, made_from: Sequence[Path]
) -> tuple[int, list[Figures]]:
    """Ask a library of so many tracks, or of the real ones alone; return how many, and figures."""
    real = real_files(music, made_from)
    folder, facts = built(size or len(real), real, made_from)
    plan = Plan()
    asked = questions(music, CELLS, (MAIN_SECONDS,), plan.known, plan.unknown)
    print(f"lost: {facts.tracks} tracks", file=sys.stderr)
    return facts.tracks, figures(recall.ask_all(folder, asked))


def lost_table(found: Sequence[tuple[int, Sequence[Figures]]]) -> str:
    """Return a row for each cell, a column for each size, the real tracks first."""
    (_, real), *others = found
    rows = []
    for cell in CELLS:
        before = _recall(real, cell)
        told = [_told(before)]
        for tracks, of_size in others:
            share = _recall(of_size, cell)
            lost = percent(before) - percent(share)
            against = beside(lost, BY_SIZE[tracks].points_lost, "points", 1)
            told.append(f"{_told(share)}, lost {against}")
        rows.append((cell, *told))
    header = ("recall, 5 s, 0.1 % false accepts", *(f"{tracks:,} tracks" for tracks, _ in found))
    return table(header, rows)


def _recall(found: Sequence[Figures], cell: str) -> Share:
    return next(one.at_strict_rate for one in found if one.cell == cell)


def _told(share: Share) -> str:
    return f"{percent(share):.1f} % ({100 * share.low:.0f} to {100 * share.high:.0f})"


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    corpus.add_options(parser)
    parser.add_argument("--write", action="store_true", help="into bench/README.md as well")
    options = parser.parse_args()
    music = corpus.load(options.music, options.noise)
    made_from = source_files(options.music)
    text = lost_table([measure(size, music, made_from) for size in (None, *BY_SIZE)])
    text = f"{music}\n\n{machine()}\n\n{text}"
    sys.stdout.write(f"{text}\n")
    if options.write:
        publish("lost", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
