"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bench.quality.metrics import Share
from bench.report import table
from bench.scale import targets
from bench.scale.growth import Growth, fitted
from bench.scale.measured import CELLS, LENGTHS, MAIN_SECONDS, Measured
from bench.scale.targets import BY_SIZE, Targets

SMALLEST = 1000
"""Tracks from which growth is fitted."""
PROJECTED = (1_000_000, 10_000_000)

Text = Callable[[Measured], str]
Value = Callable[[Measured], float]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile."""
    return float(np.percentile(values, percent))


def by_size(found: Sequence[Measured], real: Measured) -> str:
    """Return a column for each size; behind the stroke the target, bold is what misses it."""
    rows: list[tuple[str, Text]] = [
        ("hours of music", lambda m: f"{m.facts.hours:.0f}"),
        (
            "known clip, warm, CPU: median",
            lambda m: against(m, percentile(m.cost.known.cpu, 50), lambda t: t.median_ms, "ms"),
        ),
        (
            "… 99 %",
            lambda m: against(m, percentile(m.cost.known.cpu, 99), lambda t: t.p99_ms, "ms"),
        ),
        ("… on the clock: median, 99 %", lambda m: pair(m.cost.known.wall)),
        ("… the search alone, CPU: median, 99 %", lambda m: pair(m.cost.known.search_cpu)),
        (
            "… postings touched: median",
            lambda m: f"{percentile(m.cost.known.postings, 50) / 1000:.0f} k",
        ),
        (
            "unknown clip, warm, CPU: median",
            lambda m: against(m, percentile(m.cost.unknown.cpu, 50), lambda t: t.median_ms, "ms"),
        ),
        (
            "… 99 %",
            lambda m: against(m, percentile(m.cost.unknown.cpu, 99), lambda t: t.p99_ms, "ms"),
        ),
        ("… the search alone, CPU: median, 99 %", lambda m: pair(m.cost.unknown.search_cpu)),
        (
            "first query after a start, nothing in the page cache: median",
            lambda m: against(m, percentile(m.cost.cold_ms, 50), lambda t: t.cold_ms, "ms"),
        ),
        (
            "opening, nothing in the page cache",
            lambda m: beside(m.cost.cold_open_seconds, targets.OPEN_SECONDS, "s", 2),
        ),
        ("opening, all in it", lambda m: f"{m.cost.open_seconds:.2f} s"),
        *(
            (f"recall, {cell}, {seconds:g} s, 0.1 % false accepts", _recall(cell, seconds, real))
            for seconds in reversed(LENGTHS)
            for cell in CELLS
        ),
        (
            "index and fingerprints",
            lambda m: beside(stored(m) / m.facts.hours / 1e6, targets.MB_PER_HOUR, "MB/h", 2),
        ),
        ("… in all", lambda m: f"{stored(m) / 1e9:.2f} GB"),
        (
            "memory beyond the page cache: highest",
            lambda m: against(m, m.cost.peak_bytes / 1e6, lambda t: t.own_mb, "MB"),
        ),
        (
            "… after the queries (before the library was opened)",
            lambda m: f"{m.cost.own_bytes / 1e6:.0f} MB ({m.cost.idle_bytes / 1e6:.0f} MB)",
        ),
        (
            "adding a track: found by another process after",
            lambda m: beside(m.upkeep.add + m.upkeep.found, targets.FOUND_MS, "ms"),
        ),
        ("… of that after `add` has returned", lambda m: f"{m.upkeep.found:.0f} ms"),
        ("removing a track", lambda m: beside(m.upkeep.remove, targets.REMOVE_MS, "ms")),
        ("… not found by another process after", lambda m: f"{m.upkeep.gone:.0f} ms"),
        (
            "fingerprints into the index, merged",
            lambda m: f"{m.facts.tracks / m.facts.index_seconds:.0f} tracks/s",
        ),
        (
            "… of that the merges; highest memory",
            lambda m: f"{m.facts.merge_seconds:.0f} s; {m.facts.peak_bytes / 1e6:.0f} MB",
        ),
    ]
    header = ("5 s where nothing else is said", *(f"{m.facts.tracks:,} tracks" for m in found))
    return table(header, [(what, *(text(m) for m in found)) for what, text in rows])


def sections(found: Sequence[Measured]) -> str:
    """Return what each part of the index takes, in MB for an hour."""
    names = list(dict.fromkeys(name for m in found for name in m.cost.sections))
    header = ("MB/h", *(f"{m.facts.tracks:,} tracks" for m in found))
    rows = [
        (
            name,
            *(f"{m.cost.sections.get(name, 0) / m.facts.hours / 1e6:.3f}" for m in found),
        )
        for name in names
    ]
    return table(header, rows)


def efforts(found: Sequence[Measured]) -> str:
    """Return what is found within each budget, and for how much."""
    rows = []
    for here in zip(*(m.efforts for m in found), strict=True):
        cells = (
            f"{percent(e.found):.0f} %, {e.postings / 1000:.0f} k, {e.cpu_ms:.1f} ms" for e in here
        )
        rows.append((f"{here[0].budget / 1e6:g} MB", *cells))
    return table(("budget", *(f"{m.facts.tracks:,} tracks" for m in found)), rows)


def growth_of(found: Sequence[Measured], value: Value) -> Growth | None:
    """Fit how a figure grows, from `SMALLEST` tracks on."""
    large = [m for m in found if m.facts.tracks >= SMALLEST]
    return fitted([m.facts.tracks for m in large], [value(m) for m in large])


def growth(found: Sequence[Measured]) -> str:
    """Return how costs grow, and what that would make of many more tracks."""
    figures: list[tuple[str, Value, str, bool]] = [
        ("known clip, CPU, median", lambda m: percentile(m.cost.known.cpu, 50), "ms", True),
        ("known clip, CPU, 99 %", lambda m: percentile(m.cost.known.cpu, 99), "ms", True),
        (
            "… the search alone, median",
            lambda m: percentile(m.cost.known.search_cpu, 50),
            "ms",
            True,
        ),
        ("unknown clip, CPU, median", lambda m: percentile(m.cost.unknown.cpu, 50), "ms", True),
        ("first query after a start, median", lambda m: percentile(m.cost.cold_ms, 50), "ms", True),
        (
            "postings touched, median",
            lambda m: percentile(m.cost.known.postings, 50) / 1e3,
            "k",
            False,
        ),
        ("memory beyond the page cache", lambda m: m.cost.peak_bytes / 1e6, "MB", False),
        ("index and fingerprints", lambda m: stored(m) / 1e9, "GB", False),
    ]
    header = (
        "",
        f"exponent (≤ {targets.EXPONENT:g} of a query)",
        "farthest off the curve",
        *(f"{tracks // 1_000_000} M tracks" for tracks in PROJECTED),
    )
    rows = []
    for name, value, unit, bounded in figures:
        curve = growth_of(found, value)
        if curve is None:
            continue
        missed = bounded and curve.exponent > targets.EXPONENT
        exponent = f"**{curve.exponent:.2f}**" if missed else f"{curve.exponent:.2f}"
        rows.append(
            (
                name,
                exponent,
                f"× {curve.worst:.2f}",
                *(f"{curve.at(tracks):,.0f} {unit}" for tracks in PROJECTED),
            )
        )
    return table(header, rows)


def stored(m: Measured) -> int:
    """Return the bytes of index and fingerprints."""
    return sum(m.cost.sections.values())


def pair(values: Sequence[float]) -> str:
    """Return median and 99th percentile of milliseconds."""
    return f"{percentile(values, 50):.1f}, {percentile(values, 99):.1f} ms"


def against(m: Measured, value: float, target: Callable[[Targets], float], unit: str) -> str:
    """Return a value beside the target of its size, if there is one."""
    aims = BY_SIZE.get(m.facts.tracks)
    return f"{value:.0f} {unit}" if aims is None else beside(value, target(aims), unit)


def beside(value: float, aim: float, unit: str, digits: int = 0) -> str:
    """Return a value with its target; bold if it misses it."""
    text = f"{value:.{digits}f}"
    return f"{text} / {aim:g} {unit}" if value <= aim else f"**{text}** / {aim:g} {unit}"


def _recall(cell: str, seconds: float, real: Measured) -> Text:
    def text(m: Measured) -> str:
        share, before = percent(m.found(cell, seconds)), percent(real.found(cell, seconds))
        if m is real:
            return f"{share:.1f} %"
        lost = before - share
        aims = BY_SIZE.get(m.facts.tracks)
        if aims is None or seconds != MAIN_SECONDS:
            return f"{share:.1f} %, lost {lost:.1f}"
        return f"{share:.1f} %, lost {beside(lost, aims.points_lost, 'points', 1)}"

    return text


def percent(share: Share) -> float:
    """Return a share in per cent."""
    return 100 * share.part / max(share.whole, 1)
