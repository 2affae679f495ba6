"""What ``wavvy add`` has done so far."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wavvy.cli.quantity import count, duration

if TYPE_CHECKING:
    from wavvy.ingest.outcome import AddOutcome


class Tally:
    """Counts outcomes and the music in them, against the clock."""

    def __init__(self) -> None:
        self.added = 0
        self.known = 0
        self.failures: list[AddOutcome] = []
        self.duration_ms = 0
        self._started = time.monotonic()

    def take(self, outcome: AddOutcome) -> None:
        """Count one file."""
        if outcome.status == "added":
            self.added += 1
            self.duration_ms += outcome.duration_ms or 0
        elif outcome.status == "known":
            self.known += 1
        else:
            self.failures.append(outcome)

    @property
    def files(self) -> int:
        """Files done, whatever became of them."""
        return self.added + self.known + len(self.failures)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def rate(self) -> str:
        """Return the speed so far: ``412 x real time, 3.1 files/s``."""
        files = f"{self.files / max(self.elapsed, 1e-3):,.1f} files/s"
        return f"{self._speed()}, {files}" if self.added else files

    def summary(self) -> str:
        """Return one line for the end."""
        music = f" ({duration(self.duration_ms)})" if self.added else ""
        parts = [f"Added {count(self.added, 'track')}{music}"]
        if self.known:
            parts.append(f"{self.known:,} known already")
        if self.failures:
            parts.append(f"{len(self.failures):,} failed")
        speed = f", {self._speed()}" if self.added else ""
        return f"{'; '.join(parts)}. {self.elapsed:,.1f} s{speed}."

    def _speed(self) -> str:
        return f"{self.duration_ms / 1000 / max(self.elapsed, 1e-3):,.0f} x real time"
