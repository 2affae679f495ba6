"""The figures as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter

from bench.quality.cells import GROUPS, SNRS_DB
from bench.quality.metrics import TENTHS, Figures, calibration_error, error_tradeoff, reliability
from bench.quality.trial import Trial

INK, MUTED, HIT, MISS, GRID = "#14213d", "#6b7280", "#e85d04", "#4895ef", "#e5e7eb"
MAIN_SECONDS = 5.0
STYLES = {  # of the groups of cells
    "clean": (INK, "-"),
    "noise, 10 and 5 dB": (MISS, "-"),
    "noise, 0 and -5 dB": (MISS, "--"),
    "rooms": (HIT, "-"),
    "codecs": (INK, ":"),
    "speed, tempo, pitch": (HIT, "--"),
}
CLEAN_AT_DB = 15  # where clean clips stand on the axis of noise
LEAST, TICKS = 0.001, (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Logarithmic axes know no zero: it stands at the edge."""


def draw(trials: Sequence[Trial], found: Sequence[Figures], folder: Path) -> list[Path]:
    """Draw the pictures there are figures for into `folder`; return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    own = [trial for trial in trials if trial.system == "wavvy"]
    of_main = [trial for trial in own if trial.seconds == MAIN_SECONDS]
    pictures = {}
    if noisy := [f for f in found if f.system == "wavvy" and f.cell in _noise_places()]:
        pictures["recall"] = recall_in_noise(noisy)
    if of_main:
        pictures["det"] = det_curves(of_main)
    pictures["reliability"] = reliability_diagram(own)
    paths = []
    for name, figure in pictures.items():
        paths.append(folder / f"{name}.png")
        figure.savefig(paths[-1], metadata={"Software": None})
    return paths


def recall_in_noise(found: Sequence[Figures]) -> Figure:
    """Draw accepted and right against the level of noise, one line for each length."""
    figure, axes = canvas("Clips accepted and right, at 1 % false accepts in each cell")
    places = _noise_places()
    lengths = sorted({figures.seconds for figures in found})
    ramp = LinearSegmentedColormap.from_list("lengths", (MISS, INK))
    for number, seconds in enumerate(lengths):
        main = seconds == MAIN_SECONDS
        color = HIT if main else to_hex(ramp(number / max(len(lengths) - 1, 1)))
        of_length = [f for f in found if f.seconds == seconds]
        of_length.sort(key=lambda figures: places[figures.cell])
        shares = [figures.at_rate for figures in of_length]
        aside = 0.25 * (number - (len(lengths) - 1) / 2)  # lest the bars cover each other
        x = [places[figures.cell] + aside for figures in of_length]
        y = [share.part / share.whole for share in shares]
        low, high = [share.low for share in shares], [share.high for share in shares]
        axes.vlines(x, low, high, color=color, alpha=0.35, linewidth=1.5)
        axes.plot(x, y, color=color, marker="o", markersize=4, linewidth=2.2 if main else 1.4,
                  label=f"{seconds:g} s")  # fmt: skip
    axes.set(xlabel="signal-to-noise ratio over the whole clip, dB", ylim=(-0.02, 1.02))
    axes.xaxis.set_major_locator(FixedLocator(sorted(places.values())))
    axes.set_xticklabels([*(f"{snr:g}".replace("-", "−") for snr in sorted(SNRS_DB)), "clean"])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.legend(reverse=True, loc="lower right", frameon=False, labelcolor=INK)
    note(axes, "By the length of the clip; bars: 95 % interval")
    return figure


def det_curves(trials: Sequence[Trial]) -> Figure:
    """Draw misses against false accepts for each group of cells."""
    figure, axes = canvas(f"Misses against false accepts, {MAIN_SECONDS:g} s clips")
    for name, cells in GROUPS.items():
        chosen = [trial for trial in trials if trial.cell in cells]
        if not chosen:
            continue
        color, line = STYLES[name]
        curve = error_tradeoff(chosen)
        axes.step(
            np.maximum(curve.false_accepts, LEAST), np.maximum(curve.misses, LEAST),
            color=color, linestyle=line, where="post", linewidth=1.8,
            label=name.replace("-", "−"), clip_on=False,
        )  # fmt: skip
        known = [t.accepted_right for t in chosen if t.known]
        unknown = [t.accepted and not t.accepted_right for t in chosen if not t.known]
        axes.plot(
            max(float(np.mean(unknown)), LEAST), max(1 - float(np.mean(known)), LEAST),
            color=color, marker="o", markersize=7, markeredgecolor="white", clip_on=False, zorder=5,
        )  # fmt: skip
    labels = ["none", *(f"{100 * tick:g} %" for tick in TICKS)]
    axes.set(xscale="log", yscale="log", xlim=(LEAST, 1), ylim=(LEAST, 1))
    axes.set(xlabel="unknown clips accepted", ylabel="known clips not accepted, or wrong")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator((LEAST, *TICKS)))
        axis.set_minor_locator(NullLocator())
    axes.set_xticklabels(labels)
    axes.set_yticklabels(labels)
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False, labelcolor=INK)
    note(axes, 'Dots: Wavvy\'s own threshold. "None" is none of the clips measured')
    return figure


def reliability_diagram(trials: Sequence[Trial]) -> Figure:
    """Draw how often a score comes true, and how often each score is given."""
    tenths = reliability(trials)
    full = [tenth for tenth in tenths if tenth]
    figure = Figure(figsize=(6.4, 6.0), dpi=110, layout="constrained")
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    _plain(axes, "How often the best guess is right, by its score")
    _plain(below)
    axes.plot((0, 1), (0, 1), color=MUTED, linewidth=1, linestyle="--", label="what it says")
    axes.vlines([t.score for t in full], [t.low for t in full], [t.high for t in full],
                color=HIT, alpha=0.4, linewidth=2)  # fmt: skip
    axes.plot([t.score for t in full], [t.right for t in full], color=HIT, marker="o",
              linewidth=1.4, label="what comes true")  # fmt: skip
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="right")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.legend(loc="upper left", frameon=False, labelcolor=INK)
    note(axes, f"Mean distance of the two {calibration_error(tenths):.3f}; bars: 95 % interval")
    weights = [tenth.weight if tenth else 0.0 for tenth in tenths]
    middles = (np.arange(TENTHS) + 0.5) / TENTHS
    below.bar(middles, weights, width=0.9 / TENTHS, color=MISS)
    below.set(xlabel="score", ylabel="share of clips")
    below.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    return figure


def canvas(title: str) -> tuple[Figure, Axes]:
    """Return an empty picture in the style of all of them."""
    figure = Figure(figsize=(7.4, 4.6), dpi=110, layout="constrained")
    axes = figure.subplots()
    _plain(axes, title)
    return figure, axes


def note(axes: Axes, text: str) -> None:
    """Write a line below the title."""
    axes.text(0, 1.02, text, transform=axes.transAxes, va="bottom", fontsize=9, color=MUTED)


def _noise_places() -> dict[str, float]:
    return {**{f"snr{snr}": float(snr) for snr in SNRS_DB}, "clean": float(CLEAN_AT_DB)}


def _plain(axes: Axes, title: str = "") -> None:
    axes.set_title(title, loc="left", fontsize=11, color=INK, pad=22)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED)
    for side in axes.spines.values():
        side.set_visible(False)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(INK)
