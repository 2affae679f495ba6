"""Manners of asking what is heard: when, and how thoroughly."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wavvy.query import WINDOW_SECONDS

STREAM_FIRST_SECONDS = 1.0
"""Audio after which a live stream is first asked ..."""
HURRIED_FIRST_SECONDS = 2.0
"""... and where time is short: most music that matches after one second does after two, and much
else does too, so one question at two spares those at one and at three."""
WIDE_SECONDS = 3.0
"""Audio after which a live stream that matches nothing is first asked with a wider reach ..."""
WARPED_SECONDS = 6.0
"""... and after which, whether it plays faster, slower, higher or lower."""


class Manner(NamedTuple):
    """When a session asks, and how thoroughly.

    Attributes
    ----------
    first : float
        Seconds of audio until the first question.
    pace : callable
        From the seconds heard to the seconds until the next question.
    full : bool
        Whether a question is a glance and, where that recognises nothing, a closer look at many
        candidates; if not, it is one closer look at few.
    first_wide : float
        Seconds after which the answer to "nothing" is to ask again, with a wider reach. Likewise
        whenever twice as much has been heard, and at the end.
    first_warped : float
        Seconds after which it is to ask whether the music plays faster, slower, higher or lower.
        Likewise whenever four times as much has been heard, and at the end.
    """

    first: float
    pace: Callable[[float], float]
    full: bool
    first_wide: float
    first_warped: float


def _clip_pace(_: float) -> float:
    return WINDOW_SECONDS / 2


def _stream_pace(seconds: float) -> float:
    """Ask four times a second at first; what has not matched for long is not asked as often."""
    return min(max(seconds / 8, 0.25), 1.0)


CLIP = Manner(
    first=WINDOW_SECONDS,
    pace=_clip_pace,
    full=True,
    first_wide=WINDOW_SECONDS,
    first_warped=WINDOW_SECONDS,
)
"""How a clip is asked about."""
STREAM = Manner(
    first=STREAM_FIRST_SECONDS,
    pace=_stream_pace,
    full=False,
    first_wide=WIDE_SECONDS,
    first_warped=WARPED_SECONDS,
)
"""How a live stream is."""
