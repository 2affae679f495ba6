"""How long the last answers took."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from statistics import quantiles

WINDOW_S = 300.0
"""What is told is about so many seconds."""

_MOST = 2000


@dataclass(frozen=True, slots=True)
class LatencyStats:
    """Answers of the last minutes: how many, and their median and 95th percentile."""

    count: int
    p50_ms: int | None
    p95_ms: int | None


class Latency:
    """Remembers the times of the last answers; may be used from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._times: deque[tuple[float, int]] = deque(maxlen=_MOST)

    def took(self, ms: int) -> None:
        """Note an answer, and how many milliseconds it took."""
        with self._mutex:
            self._times.append((time.monotonic(), ms))

    def stats(self) -> LatencyStats:
        """Return those of the last five minutes, at most 2,000."""
        since = time.monotonic() - WINDOW_S
        with self._mutex:
            times = [ms for at, ms in self._times if at >= since]
        if len(times) < 2:
            one = times[0] if times else None
            return LatencyStats(len(times), one, one)
        hundredths = quantiles(times, n=100, method="inclusive")
        return LatencyStats(len(times), round(hundredths[49]), round(hundredths[94]))
