"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from bench.quality.cells import WARPED
from bench.quality.metrics import OFFSET_MS, Figures, Share
from bench.quality.protocol import Size
from bench.quality.targets import target
from bench.report import table

Text = Callable[[Figures], str]


def tables(found: Sequence[Figures], size: Size) -> str:
    """Return all tables, each under a sentence that says what it shows."""
    own = [figures for figures in found if figures.system == "wavvy"]
    others = [figures for figures in found if figures.system != "wavvy"]
    parts = [
        "**Accepted and right at 1 % false accepts**, in per cent, with a threshold for each "
        "length and cell. Behind the stroke the target; bold is what misses it.",
        by_cell(own, lambda f: beside_target(f.at_rate, target(f.seconds, f.cell))),
        "**The same with one threshold for all cells of a length.**",
        by_cell(own, lambda f: percent(f.at_rate_pooled)),
        "**Accepted and right at 0.1 % false accepts**, one threshold for all cells of a length.",
        by_cell(own, lambda f: percent(f.at_strict_rate)),
        "**Accepted and right at Wavvy's own threshold**, that is with no options given.",
        by_cell(own, lambda f: percent(f.accepted)),
        "**Wrong at Wavvy's own threshold**, all cells of a length together.",
        wrong(own),
        "**Best guess right**, accepted or not.",
        by_cell(own, lambda f: percent(f.guessed)),
        f"**Offset error** of right best guesses, ms: median (95th percentile), and the share "
        f"within {OFFSET_MS} ms.",
        by_cell(own, offset),
    ]
    if any(figures.cell in WARPED for figures in own):
        parts += [
            "**Skews told right**: of the right best guesses, those with `time_skew` and "
            "`frequency_skew` both within 0.5 percentage points.",
            by_cell([f for f in own if f.cell in WARPED], lambda f: percent(f.skew_right)),
        ]
    parts += [
        "**Cost**: CPU of one query, one core, median over the cells' medians (highest cell); "
        "share of the index's postings that the plain query touches, in the highest cell.",
        costs(own),
        f"The index takes {size.index_per_hour / 1e6:.2f} MB for each hour of music, the "
        f"fingerprints in the catalogue {size.fingerprints_per_hour / 1e6:.2f} MB.",
    ]
    if others:
        parts += [
            "**Chromaprint on the same clips**, compared exhaustively: accepted and right at 1 % "
            "false accepts with a threshold for each length and cell (best guess right). Shorter "
            "clips have no fingerprint.",
            by_cell(others, lambda f: f"{percent(f.at_rate)} ({percent(f.guessed)})"),
        ]
    return "\n\n".join(parts)


def by_cell(found: Sequence[Figures], text: Text) -> str:
    """Return a table with a row for each length and a column for each cell."""
    cells = list(dict.fromkeys(figures.cell for figures in found))
    rows = []
    for name, of_length in by_length(found):
        shown = {figures.cell: text(figures) for figures in of_length}
        rows.append((name, *(shown[cell] for cell in cells)))
    return table(("", *cells), rows)


def wrong(found: Sequence[Figures]) -> str:
    """Return a table of the errors at each length."""
    header = ("", "wrong track", "wrong place", "unknown accepted")
    rows = []
    for name, figures in by_length(found):
        shares = ((f.wrong_track, f.wrong_place, f.false_accepts) for f in figures)
        rows.append((name, *map(together, zip(*shares, strict=True))))
    return table(header, rows)


def costs(found: Sequence[Figures]) -> str:
    """Return a table of what queries of each length cost."""
    header = ("", "known clip, ms", "unknown clip, ms", "postings touched")
    rows = []
    for name, figures in by_length(found):
        known = [f.known_cpu_ms for f in figures if f.known_cpu_ms is not None]
        unknown = [f.unknown_cpu_ms for f in figures if f.unknown_cpu_ms is not None]
        postings = [f.postings for f in figures if f.postings is not None]
        most = f"{100 * max(postings, default=0.0):.2f} %"
        rows.append((name, spread(known), spread(unknown), most))
    return table(header, rows)


def by_length(found: Sequence[Figures]) -> Iterator[tuple[str, list[Figures]]]:
    """Yield the figures of each length, under its name."""
    for seconds, figures in groupby(found, key=lambda f: f.seconds):
        yield f"{seconds:g} s", list(figures)


def spread(values: Sequence[float]) -> str:
    """Return the median and the highest value."""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.0f} ({ordered[-1]:.0f})" if ordered else ""


def together(shares: Sequence[Share]) -> str:
    """Return the counts of several cells as one."""
    part, whole = sum(s.part for s in shares), sum(s.whole for s in shares)
    return f"{100 * part / whole:.2f} % ({part} of {whole})" if whole else ""


def percent(share: Share) -> str:
    """Return a share in whole per cent."""
    return "" if share.percent is None else f"{share.percent:.0f}"


def beside_target(share: Share, aim: int | None) -> str:
    """Return a share with its target."""
    if aim is None or share.percent is None:
        return percent(share)
    return f"{percent(share)} / {aim}" if share.percent >= aim else f"**{percent(share)}** / {aim}"


def offset(figures: Figures) -> str:
    """Return the offset error of one cell."""
    if figures.offset_ms_median is None or figures.offset_ms_p95 is None:
        return ""
    spread = f"{figures.offset_ms_median:.0f} ({figures.offset_ms_p95:.0f})"
    return f"{spread}, {percent(figures.offset_near)} %"
