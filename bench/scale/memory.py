"""Memory of a process that is its own: what the page cache holds of files is not counted."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

EVERY_SECONDS = 0.02


def own_bytes(pid: int | None = None) -> int:
    """Return the resident anonymous memory of a process, by default this one (Linux only)."""
    status = Path(f"/proc/{pid or os.getpid()}/status").read_text(encoding="ascii")
    kilobytes = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return 1024 * int(kilobytes.split()[1])


class Watch:
    """Looks at a process's memory again and again, in a thread.

    Attributes
    ----------
    peak : int
        The most that was seen, in bytes.
    """

    def __init__(self, pid: int | None = None) -> None:
        self.peak = own_bytes(pid)
        self._pid = pid
        self._stop = threading.Event()

    @classmethod
    @contextmanager
    def of(cls, pid: int | None = None) -> Iterator[Self]:
        """Watch for as long as the block lasts."""
        watch = cls(pid)
        thread = threading.Thread(target=watch._look)
        thread.start()
        try:
            yield watch
        finally:
            watch._stop.set()
            thread.join()

    def _look(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self.peak = max(self.peak, own_bytes(self._pid))
