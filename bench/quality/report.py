"""What a run comes to: rows for the table of the whole bench, tables of its own, pictures."""

from __future__ import annotations

from collections.abc import Sequence

from bench.cache import cache_dir
from bench.corpus import Corpus
from bench.quality.metrics import OFFSET_MS, STRICT_RATE, Figures, Share, figures
from bench.quality.plots import MAIN_SECONDS, draw
from bench.quality.protocol import QUICK, Plan, run
from bench.quality.results import Run
from bench.quality.table import tables, together
from bench.quality.targets import target
from bench.report import Report, Row


def measure(music: Corpus, quick: bool) -> Report:
    """Measure every cell at every length."""
    plan = QUICK if quick else Plan()
    trials, size = run(music, plan)
    return report(Run.now(music, plan, size, trials))


def report(run: Run) -> Report:
    """Write the JSON and the pictures of a run into the cache folder; return its tables."""
    found = figures(run.trials)
    run.save(found)
    kinds = ", ".join(sorted({trial.noise for trial in run.trials}))
    clips = f"{run.plan.known} known and {run.plan.unknown} unknown clips in each cell"
    pictures = draw(run.trials, found, cache_dir() / "quality" / run.part)
    links = "\n".join(f"![{path.stem}](../docs/quality/{path.name})" for path in pictures)
    about = f"{run.music} {clips}. Noise: {kinds}."
    parts = [about, run.machine, tables(found, run.size), links]
    own = [figures for figures in found if figures.system == "wavvy"]
    return Report(headlines(own), "\n\n".join(parts), pictures)


def headlines(found: Sequence[Figures]) -> list[Row]:
    """Return the rows for the table of the whole bench."""
    rows = []
    aims = [(f.at_rate, aim) for f in found if (aim := target(f.seconds, f.cell)) is not None]
    if aims:
        met = sum((share.percent or 0.0) >= aim for share, aim in aims)
        what = "Accepted and right at 1 % false accepts: cells that meet their target"
        rows.append(Row(what, f"{len(aims)}", f"{met}", met == len(aims)))
    for clean in (f for f in found if f.seconds == MAIN_SECONDS and f.cell == "clean"):
        rows.append(_all(f"Clean {MAIN_SECONDS:g} s clips, accepted and right", clean.accepted))
        rows.append(_all(f"… start offset within {OFFSET_MS} ms", clean.offset_near))
    false = [f.false_accepts for f in found]
    few = sum(share.part for share in false) <= STRICT_RATE * sum(share.whole for share in false)
    what = "Clips of unknown tracks accepted, all lengths and cells"
    return [*rows, Row(what, f"≤ {100 * STRICT_RATE:g} %", together(false), few)]


def _all(what: str, share: Share) -> Row:
    return Row(what, "100 %", f"{share.percent or 0:.0f} %", share.part == share.whole)
