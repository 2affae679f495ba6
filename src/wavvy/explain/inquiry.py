"""Finding out why a clip was recognised, or was not."""

from __future__ import annotations

import numpy as np

from wavvy.catalog.track import Track
from wavvy.explain.alignment import Alignment, Axes, align, track_begin_ms
from wavvy.explain.explanation import Candidate, Explanation, OffsetHistogram
from wavvy.explain.growth import score_by_time
from wavvy.explain.tape import Window
from wavvy.explain.verdict import Case, judge
from wavvy.explain.voting import histogram, pairs, voters, votes
from wavvy.index.inspection import track_peaks
from wavvy.match import Match
from wavvy.recognizer import Recognizer


def explain(
    recognizer: Recognizer,
    window: Window,
    best: tuple[Match, Track] | None,
    *,
    threshold: float,
    accepted: bool,
    length_ms: int,
) -> Explanation:
    """Collect what speaks for and against the answer for a clip.

    Parameters
    ----------
    window : Window
        The one that decided.
    best : tuple of (Match, Track), optional
        What was answered, or would be if any were.
    threshold : float
        Score from which a match is accepted.
    accepted : bool
        Whether the best was answered.
    length_ms : int
        Of the whole clip.
    """
    params = recognizer.params
    axes = Axes.of(params)
    query, levels = window.asked(params)
    begin_ms = axes.begin_ms(query)
    nothing = np.empty(0)
    alignment = Alignment(nothing, nothing, nothing.astype(bool), 0.0)
    by_offset = OffsetHistogram(0, 0.0, [])
    voted: list[tuple[int, int]] = []
    growth: list[tuple[int, float, float]] = []
    candidate = None
    if best is not None:
        match, track = best
        at = track_begin_ms(match, begin_ms)
        candidate = Candidate(
            track, match.score, accepted, round(at), match.time_skew, match.frequency_skew
        )
        peaks = track_peaks(recognizer.index.snapshot(), track.id)
        alignment = align(peaks, match, query, params)
        voting = voters(query, params, match.warp)
        offset = at / axes.half_frame_ms
        cast = votes(voting, peaks, params)
        voted = pairs(voting, cast, offset)
        by_offset = histogram(cast.offsets, offset, axes.half_frame_ms)
        growth = score_by_time(
            recognizer, window.heard(query, params), window.moment.matches, match, begin_ms
        )
    points = axes.points(query.peaks)
    total, matched = alignment.matched.size, int(alignment.matched.sum())
    reason, summary = judge(
        Case(
            length_ms,
            round(2 * axes.centre_ms),
            len(points),
            total,
            matched,
            alignment.luck * total,
            int(recognizer.index.track_ids().size),
            candidate,
        )
    )
    return Explanation(
        reason,
        summary,
        round(begin_ms),
        min(length_ms, round(axes.end_ms(query))),
        threshold,
        candidate,
        points,
        [
            (round(t), round(f), int(m))
            for t, f, m in zip(*(column.tolist() for column in alignment[:3]), strict=True)
        ],
        [points[a] + points[b] for a, b in voted],
        by_offset,
        matched / total if total else 0.0,
        alignment.luck,
        growth,
        levels,
        _extent(levels.shape, begin_ms, axes, params.low_bin, params.sample_rate / params.window),
    )


def _extent(
    shape: tuple[int, ...], begin_ms: float, axes: Axes, low_bin: int, bin_hz: float
) -> tuple[float, float, float, float]:
    """Return the edges of a spectrogram, whose points are in the middle of its pixels."""
    columns, rows = shape
    first = begin_ms + axes.centre_ms - axes.half_frame_ms / 2
    low = (low_bin - 0.5) * bin_hz
    return (
        first / 1000,
        (first + columns * axes.half_frame_ms) / 1000,
        low,
        low + rows * bin_hz,
    )
