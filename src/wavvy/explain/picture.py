"""The picture of an explanation."""

from __future__ import annotations

import textwrap
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wavvy.explain.explanation import Explanation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _MUTED, _HIT, _MISS, _PAIR = "#14213d", "#6b7280", "#e85d04", "#4895ef", "#f4a261"


def draw(told: Explanation, png_path: str | Path, *, name: str) -> None:
    """Draw an explanation to a PNG file.

    Parameters
    ----------
    name : str
        What the clip is called.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 9.5), dpi=130, layout="constrained")
    rows = figure.add_gridspec(3, 2, height_ratios=(3, 3, 2))
    clip, track = figure.add_subplot(rows[0, :]), figure.add_subplot(rows[1, :])
    _draw_clip(clip, told)
    _draw_track(track, told)
    _draw_votes(figure.add_subplot(rows[2, 0]), told)
    _draw_scores(figure.add_subplot(rows[2, 1]), told)
    figure.suptitle(
        f"{_shortened(name, 40)}: {_verdict(told)}\n{_wrapped(told.summary)}",
        fontsize=12, color=_INK, x=0.01, ha="left", parse_math=False,
    )  # fmt: skip
    with warnings.catch_warnings():
        # The font lacks some scripts, and shows boxes in their place.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        figure.savefig(png_path, format="png")


def _verdict(told: Explanation) -> str:
    candidate = told.candidate
    if candidate is None:
        return "no match"
    if not candidate.accepted:
        return f"no match  (best score {candidate.score:.3f})"
    artists = ", ".join(candidate.track.artists)
    title = candidate.track.title + (f" by {artists}" if artists else "")
    return f"match: {_shortened(title, 60)}  (score {candidate.score:.3f})"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 125, max_lines=3, placeholder=" …"))


def _draw_clip(axes: Axes, told: Explanation) -> None:
    _draw_spectrogram(axes, told)
    if told.query_landmarks:
        times, hertz = np.array(told.query_landmarks).T
        axes.scatter(times / 1000, hertz, s=3, color=_HIT, linewidths=0)
    else:
        _remark(axes, "no peaks")
    _title(axes, f"The clip and its {len(told.query_landmarks)} peaks")


def _draw_track(axes: Axes, told: Explanation) -> None:
    """Lay the track's peaks over the clip, with the landmarks that nominated it."""
    from matplotlib.collections import LineCollection

    _draw_spectrogram(axes, told)
    axes.set_xlabel("seconds into the clip")
    if told.candidate is None:
        _title(axes, "The track, laid over the clip")
        _remark(axes, "no track")
        return
    lines = np.array(told.pairs, np.float64).reshape(-1, 2, 2) / (1000, 1)
    pairs = LineCollection(list(lines), colors=_PAIR, linewidths=0.9, alpha=0.8, zorder=1.5)
    axes.add_collection(pairs, autolim=False)
    times, hertz, matched = np.array(told.reference_landmarks).reshape(-1, 3).T
    found = int(matched.sum())
    for chosen, color, size, label in (
        (matched == 0, _MISS, 14, f"{matched.size - found} not found"),
        (matched == 1, _HIT, 20, f"{found} found in the clip"),
    ):
        axes.scatter(
            times[chosen] / 1000, hertz[chosen], s=size, facecolors="none", edgecolors=color,
            linewidths=1.1, label=label,
        )  # fmt: skip
    begin = told.candidate.track_begin_ms / 1000
    _title(axes, f"The track's {matched.size} peaks, laid over the clip at {begin:.2f} s")
    axes.plot([], [], color=_PAIR, linewidth=1, label="landmarks that voted for it")
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2, fontsize=9, frameon=False,
        ncols=3,
    )  # fmt: skip


def _draw_spectrogram(axes: Axes, told: Explanation) -> None:
    first, last, low, high = told.extent
    axes.set(ylim=(low, high), ylabel="Hz")
    if not told.levels.size:
        axes.set(xticks=[], yticks=[])
        return
    quiet, loud = np.percentile(told.levels, (5, 99.8))
    axes.imshow(
        told.levels.T, origin="lower", aspect="auto", extent=told.extent, cmap="Greys",
        vmin=quiet, vmax=max(loud, quiet + 1), interpolation="nearest",
    )  # fmt: skip
    margin = 0.006 * (last - first)  # so that marks at the edge are whole
    axes.set(xlim=(first - margin, last + margin))


def _draw_votes(axes: Axes, told: Explanation) -> None:
    """Draw how many landmarks agree on each position of the clip in the track."""
    votes = told.offset_histogram
    _title(axes, "Where in the track the landmarks would have the clip begin")
    axes.set(xlabel="seconds into the track", ylabel="votes")
    if not votes.bins or told.candidate is None:
        axes.set(xticks=[], yticks=[])
        _remark(axes, "no votes")
        return
    starts, counts = np.array(votes.bins).T
    chosen = np.abs(starts + votes.bin_ms / 2 - told.candidate.track_begin_ms) <= votes.bin_ms / 2
    for here, color, width, label in (
        (~chosen, _MUTED, 1.0, "other places"),
        (chosen, _HIT, 2.0, "the answer" if told.candidate.accepted else "the best guess"),
    ):
        middle = (starts[here] + votes.bin_ms / 2) / 1000
        axes.vlines(middle, 0, counts[here], color=color, linewidth=width, label=label)
    axes.axhline(
        votes.background, color=_MISS, linewidth=1, label=f"luck: {votes.background:.1f} on average"
    )
    axes.set(ylim=(0, 1.25 * counts.max()))
    axes.legend(loc="upper right", fontsize=8, framealpha=0.9, ncols=3)


def _draw_scores(axes: Axes, told: Explanation) -> None:
    """Draw how sure the candidate and its best rival became as more was heard."""
    _title(axes, "How likely it is as more of the clip is heard")
    axes.set(ylim=(-0.03, 1.03), xlabel="seconds into the clip", ylabel="score")
    axes.axhline(
        told.threshold, color=_MUTED, linewidth=1, linestyle="--",
        label=f"accepted from {told.threshold:g}",
    )  # fmt: skip
    if not told.score_by_time:
        axes.set(xticks=[])
        _remark(axes, "no track to score")
    else:
        times, scores, others = np.array(told.score_by_time).T
        axes.plot(times / 1000, others, color=_MISS, marker=".", label="best other track")
        axes.plot(times / 1000, scores, color=_HIT, marker=".", label="this track")
        axes.set(xlim=(told.begin_ms / 1000, told.end_ms / 1000 * 1.01))
    axes.legend(loc="best", fontsize=8, framealpha=0.9)


def _remark(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=_MUTED)


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=10, color=_INK)
