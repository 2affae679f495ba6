"""Streams ask more seldom while a server is busy, so that it stays with all of them."""

from __future__ import annotations

import time
from collections.abc import Callable

MOST = 8.0
"""At most so much more seldom: an answer that comes late is better than none, up to there."""
PATIENCE_S = 0.1
"""Work may wait so long for a thread or process before that is a burden."""
_MEMORY_S = 1.0
_HICCUP = 0.25  # share of what is remembered that one wait makes up at most


class Calm:
    """What a server's streams notice of its burden: how long their audio waits.

    One for all of them, so that a stream that has just begun knows what the others have found.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told = clock()
        self._wait_s = 0.0  # of late

    def waited(self, seconds: float) -> None:
        """Take note of how long some audio has waited."""
        now = self._clock()
        passed = min((now - self._told) / _MEMORY_S, 1.0)
        self._told = now
        self._wait_s += min(passed, _HICCUP) * seconds - passed * self._wait_s

    def rest(self) -> None:
        """Take note that nothing is left that might wait."""
        self._wait_s = 0.0

    @property
    def factor(self) -> float:
        """How many times as long as usual a stream lets a question wait for the next, 1 to 8."""
        return min(max(self._wait_s / PATIENCE_S, 1.0), MOST)
