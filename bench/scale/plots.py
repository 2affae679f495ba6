"""The figures as pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, PercentFormatter

from bench.quality.plots import HIT, INK, MISS, canvas, note
from bench.scale.cost import Cost
from bench.scale.growth import fitted
from bench.scale.measured import Measured
from bench.scale.tables import PROJECTED, SMALLEST, percentile


def draw(found: Sequence[Measured], folder: Path) -> list[Path]:
    """Draw all pictures into `folder`; return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in {"effort": effort(found), "growth": growth(found)}.items():
        paths.append(folder / f"{name}.png")
        figure.savefig(paths[-1], metadata={"Software": None})
    return paths


def effort(found: Sequence[Measured]) -> Figure:
    """Draw what is found against the postings that are touched for it, a line for each size."""
    figure, axes = canvas("Right at 1 % false accepts, by the postings that a search may touch")
    for color, m in zip(_colors(len(found)), found, strict=True):
        efforts = sorted(m.efforts, key=lambda one: one.postings)
        x = [one.postings for one in efforts]
        y = [one.found.part / max(one.found.whole, 1) for one in efforts]
        low, high = [one.found.low for one in efforts], [one.found.high for one in efforts]
        axes.fill_between(x, low, high, color=color, alpha=0.1, linewidth=0)
        axes.plot(x, y, color=color, marker="o", markersize=4, linewidth=1.6,
                  label=f"{m.facts.tracks:,} tracks")  # fmt: skip
    axes.set(xscale="log", xlabel="postings touched, median", ylim=(-0.02, 1.02))
    axes.xaxis.set_major_formatter(EngFormatter(sep=" "))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.legend(loc="lower right", frameon=False, labelcolor=INK)
    note(axes, "Clips of 5 s, 5 dB of noise and a room at 5 dB, not warped; shaded: 95 % interval")
    return figure


def growth(found: Sequence[Measured]) -> Figure:
    """Draw the cost of a query against the number of tracks, with the fitted curves."""
    figure, axes = canvas("CPU of one query, by the number of tracks")
    curves: dict[str, tuple[str, Callable[[Cost], list[float]]]] = {
        "known clip": (MISS, lambda cost: cost.known.cpu),
        "known clip, the search alone": (INK, lambda cost: cost.known.search_cpu),
        "unknown clip": (HIT, lambda cost: cost.unknown.cpu),
    }
    x = [m.facts.tracks for m in found]
    for name, (color, values) in curves.items():
        medians = [percentile(values(m.cost), 50) for m in found]
        highest = [percentile(values(m.cost), 99) for m in found]
        axes.vlines(x, medians, highest, color=color, alpha=0.35, linewidth=2)
        axes.plot(x, medians, color=color, marker="o", markersize=5, linewidth=0, label=name)
        large = [i for i, tracks in enumerate(x) if tracks >= SMALLEST]
        if curve := fitted([x[i] for i in large], [medians[i] for i in large]):
            along = np.geomspace(SMALLEST, PROJECTED[-1], 20)
            axes.plot(along, [curve.at(t) for t in along], color=color, linewidth=1, linestyle="--")
    axes.set(xscale="log", yscale="log", xlabel="tracks", ylabel="ms")
    axes.xaxis.set_major_formatter(EngFormatter(sep=" "))
    axes.legend(loc="upper left", frameon=False, labelcolor=INK)
    note(axes, "Clips of 5 s; bars: from the median to 99 %; dashed: the fitted power law")
    return figure


def _colors(count: int) -> list[str]:
    ramp = LinearSegmentedColormap.from_list("sizes", (MISS, INK, HIT))
    return [to_hex(ramp(number / max(count - 1, 1))) for number in range(count)]
