"""A picture of an answer: why this track, or why none."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I16, Bools
from wavvy.dsp.decode import AudioDecoder
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import SUBBINS
from wavvy.errors import InvalidAudio
from wavvy.index.inspection import track_peaks, vote_offsets
from wavvy.library import Wavvy
from wavvy.query import SHIFTS, WINDOW_SECONDS, GrowingQuery, Query
from wavvy.recognizer import Match

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _MUTED, _HIT, _MISS = "#14213d", "#6b7280", "#e85d04", "#4895ef"


class Explanation(NamedTuple):
    """What speaks for the best candidate.

    Attributes
    ----------
    title : str
        Track and verdict in words.
    levels : ndarray, shape (half-frames, bins), int16
        The clip's spectrogram in millibels.
    clip_seconds, clip_hertz : ndarray, shape (clip's peaks,), float64
        The clip's own peaks.
    seconds, hertz : ndarray, shape (peaks,), float64
        The track's peaks where the clip lies, in time from the start of the clip.
    matched : ndarray, shape (peaks,), bool
        Which of them the clip has too.
    votes : ndarray, shape (n,), float64
        For each vote for the track, the position in seconds at which the clip would begin.
    position : float
        The position that was found, in seconds.
    """

    title: str
    levels: I16
    clip_seconds: F64
    clip_hertz: F64
    seconds: F64
    hertz: F64
    matched: Bools
    votes: F64
    position: float


def explain(library: Wavvy, source: str | Path) -> Explanation:
    """Collect what speaks for the best candidate in the first seconds of a clip.

    Raises
    ------
    MediaError, InvalidAudio
        If the clip cannot be decoded, or is shorter than one window (256 ms).
    """
    params = library.recognizer.params
    growing = GrowingQuery(params)
    wanted = WINDOW_SECONDS * params.sample_rate
    with AudioDecoder(source, sample_rate=params.sample_rate) as decoder:
        for block in decoder:
            growing.push(block[:wanted])
            wanted -= min(wanted, block.size)
            if not wanted:
                break
    if not len(growing.levels):
        raise InvalidAudio(f"{source} is too short for a picture; some seconds are needed")
    query = growing.query()
    matches = library.recognizer.matches(query, margin=0.0)
    known = library.catalog.tracks_by_id([match.track_id for match in matches[:1]])
    if not known:
        nothing = np.empty(0)
        title = "No track shares a landmark with this clip"
        return Explanation(
            title,
            growing.levels,
            *_clip_peaks(query, params),
            nothing,
            nothing,
            nothing.astype(bool),
            nothing,
            0.0,
        )
    best = matches[0]
    verdict = "match" if best.accepted else "no match; the best guess is"
    artists = ", ".join(known[best.track_id].artists)
    title = f"{verdict}: {known[best.track_id].title}" + (f" by {artists}" if artists else "")
    return _explain_match(
        library, query, growing.levels, best, f"{title}  (score {best.score:.2f})"
    )


def _explain_match(
    library: Wavvy, query: Query, levels: I16, match: Match, title: str
) -> Explanation:
    params = library.recognizer.params
    half_frame = params.hop_ms / SHIFTS / 1000
    snapshot = library.index.snapshot()
    position = (match.track_begin_ms - match.begin_ms) / 1000
    peaks = track_peaks(snapshot, match.track_id)
    times = SHIFTS * peaks.frames - round(position / half_frame)
    inside = (times >= 0) & (times < query.half_frames)
    times, freqs = times[inside], peaks.freqs[inside].astype(np.int64)
    rows = np.clip((freqs + SUBBINS // 2) // SUBBINS - params.low_bin, 0, params.bins - 1)
    votes = vote_offsets(snapshot, match.track_id, query.landmarks)
    return Explanation(
        title,
        levels,
        *_clip_peaks(query, params),
        times.astype(np.float64) * half_frame,
        freqs.astype(np.float64) * (params.sample_rate / params.window / SUBBINS),
        query.image.occupied[times, rows] > 0,
        votes.astype(np.float64) * half_frame,
        position,
    )


def _clip_peaks(query: Query, params: FingerprintParams) -> tuple[F64, F64]:
    """Return time in seconds and frequency in Hz of the clip's own peaks."""
    frames = query.peaks.frames.astype(np.float64) - query.start
    freqs = query.peaks.freqs.astype(np.float64)
    return (
        frames * params.hop_ms / SHIFTS / 1000,
        freqs * params.sample_rate / params.window / SUBBINS,
    )


def draw(library: Wavvy, source: str | Path, png_path: Path) -> None:
    """Draw the explanation of a clip to a PNG file.

    Raises
    ------
    MediaError, InvalidAudio
        If the clip cannot be decoded, or is shorter than one window (256 ms).
    """
    from matplotlib.figure import Figure

    told = explain(library, source)
    params = library.recognizer.params
    seconds = len(told.levels) * params.hop_ms / SHIFTS / 1000
    extent = (
        0.0,
        seconds,
        *(bin_ * params.sample_rate / params.window for bin_ in (params.low_bin, params.high_bin)),
    )
    figure = Figure(figsize=(11, 8.5), dpi=130, layout="constrained")
    top, middle, bottom = figure.subplots(3, 1, height_ratios=(3, 3, 2))
    for axes in (top, middle):
        low, high = np.percentile(told.levels, (5, 99.8))
        axes.imshow(
            told.levels.T, origin="lower", aspect="auto", extent=extent, cmap="Greys",
            vmin=low, vmax=high, interpolation="nearest",
        )  # fmt: skip
        axes.set(xlim=extent[:2], ylim=extent[2:], ylabel="Hz")
    top.scatter(told.clip_seconds, told.clip_hertz, s=3, color=_HIT, linewidths=0)
    top.set_title(
        f"The clip and its {told.clip_seconds.size} peaks", loc="left", fontsize=10, color=_INK
    )
    _mark_peaks(middle, told)
    middle.set_xlabel("seconds into the clip")
    _draw_votes(bottom, told, params.hop_ms / 1000)
    figure.suptitle(
        f"{Path(source).name}: {told.title}", fontsize=13, color=_INK, x=0.01, ha="left",
        parse_math=False,
    )  # fmt: skip
    with warnings.catch_warnings():
        # The font lacks some scripts, and shows boxes in their place.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        figure.savefig(png_path, format="png")


def _mark_peaks(axes: Axes, told: Explanation) -> None:
    hit, total = int(told.matched.sum()), told.matched.size
    for chosen, color, size, label in (
        (~told.matched, _MISS, 14, f"{total - hit} not"),
        (told.matched, _HIT, 20, f"{hit} found in the clip"),
    ):
        axes.scatter(
            told.seconds[chosen], told.hertz[chosen], s=size, facecolors="none", edgecolors=color,
            linewidths=1.1, label=label,
        )  # fmt: skip
    axes.set_title(
        f"The track's {total} peaks, laid over the clip at {told.position:.2f} s",
        loc="left", fontsize=10, color=_INK,
    )  # fmt: skip
    axes.legend(loc="upper right", fontsize=8, framealpha=0.9)


def _draw_votes(axes: Axes, told: Explanation, frame: float) -> None:
    """Draw how many landmarks agree on each position of the clip in the track."""
    axes.set_title(
        "Where in the track the landmarks would have the clip begin",
        loc="left", fontsize=10, color=_INK,
    )  # fmt: skip
    if told.votes.size:
        positions, votes = np.unique(np.round(told.votes / (2 * frame)), return_counts=True)
        axes.vlines(positions * 2 * frame, 0, votes, color=_MUTED, linewidth=1)
        axes.axhline(votes.mean(), color=_MISS, linewidth=1, label=f"mean {votes.mean():.1f}")
        axes.axvline(told.position, color=_HIT, linewidth=1, linestyle=":", label="the answer")
        axes.legend(loc="upper right", fontsize=8)
    axes.set(ylim=(0, None), xlabel="seconds into the track", ylabel="votes")
