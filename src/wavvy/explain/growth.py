"""How sure a candidate becomes as more of the clip is heard."""

from __future__ import annotations

from wavvy.dsp.arrays import F32
from wavvy.dsp.warp import PLAIN
from wavvy.index.found import joined
from wavvy.match import Match
from wavvy.query import GrowingQuery
from wavvy.recognizer import Recognizer

STEP_MS = 250
"""Time between two questions ..."""
MOST_STEPS = 21
"""... or more, so that there are no more of them than this."""


def score_by_time(
    recognizer: Recognizer, samples: F32, decided: list[Match], candidate: Match, begin_ms: float
) -> list[tuple[int, float, float]]:
    """Ask again as a window grows.

    Parameters
    ----------
    samples : ndarray, shape (n,), float32
        The whole window.
    decided : list of Match
        What all of it was answered with.
    candidate : Match
        The track to follow, played as it was found.
    begin_ms : float
        Where the window begins in the clip.

    Returns
    -------
    list of (int, float, float)
        How far the window reaches in the clip, the candidate's score, the best of the others.
    """
    rate = recognizer.params.sample_rate
    length_ms = 1000 * samples.size / rate
    step = STEP_MS * max(1, -int(-length_ms // (STEP_MS * MOST_STEPS))) * rate // 1000
    growing = GrowingQuery(recognizer.params)
    track_id = candidate.track_id
    points = []
    for start in range(0, samples.size - step, step):
        growing.push(samples[start : start + step])
        reached = round(begin_ms + 1000 * (start + step) / rate)
        query = growing.query()
        found = recognizer.search(query)
        if candidate.warp != PLAIN:
            found = joined([found, recognizer.search_warped(query, [candidate.warp])])
        points.append((reached, *_scores(recognizer.matches(query, found, 0.0), track_id)))
    points.append((round(begin_ms + length_ms), *_scores(decided, track_id)))
    return points


def _scores(matches: list[Match], track_id: int) -> tuple[float, float]:
    own = max((match.score for match in matches if match.track_id == track_id), default=0.0)
    others = max((match.score for match in matches if match.track_id != track_id), default=0.0)
    return own, others
