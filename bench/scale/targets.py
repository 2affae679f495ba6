"""What is aimed at, by the number of tracks."""

from __future__ import annotations

from typing import NamedTuple


class Targets(NamedTuple):
    """Upper bounds for a library of some size.

    Attributes
    ----------
    median_ms, p99_ms : float
        CPU of a query of 5 s, everything in the page cache.
    cold_ms : float
        Median of the first query after a start.
    points_lost : float
        Recall lost against the real tracks alone, in percentage points.
    own_mb : float
        Memory of the process beyond the page cache.
    """

    median_ms: float
    p99_ms: float
    cold_ms: float
    points_lost: float
    own_mb: float


BY_SIZE = {
    1_000: Targets(5, 20, 100, 1, 300),
    10_000: Targets(10, 40, 150, 2, 400),
    100_000: Targets(40, 150, 400, 4, 1500),
}
MB_PER_HOUR = 1.5
OPEN_SECONDS = 2.0
FOUND_MS = 1000.0
REMOVE_MS = 50.0
EXPONENT = 0.5
"""The cost of a query grows no faster than the square root of the number of tracks."""
