"""Memory of a process that is its own: what the page cache holds of files is not counted."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

EVERY_SECONDS = 0.02


def own_bytes(pid: int | None = None) -> int:
    """Return the resident anonymous memory of a process, by default this one (Linux only)."""
    status = Path(f"/proc/{pid or os.getpid()}/status").read_text(encoding="ascii")
    kilobytes = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return 1024 * int(kilobytes.split()[1])


def family_bytes(pid: int) -> int:
    """Return the same of a process and of those that it has started, in bytes (Linux only)."""
    total = own_bytes(pid)
    children: list[str] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # that thread has ended
            children += listed.read_text(encoding="ascii").split()
    for child in children:
        with suppress(FileNotFoundError, ProcessLookupError, StopIteration):  # or that process
            total += family_bytes(int(child))
    return total


class Watch:
    """Looks at a process's memory again and again, in a thread.

    Attributes
    ----------
    peak : int
        The most that was seen, in bytes.
    """

    def __init__(self, pid: int, measure: Callable[[int], int]) -> None:
        self.peak = measure(pid)
        self._pid = pid
        self._measure = measure
        self._stop = threading.Event()

    @classmethod
    @contextmanager
    def of(
        cls, pid: int | None = None, measure: Callable[[int], int] = own_bytes
    ) -> Iterator[Self]:
        """Watch one, by default this one, for as long as the block lasts."""
        watch = cls(pid or os.getpid(), measure)
        thread = threading.Thread(target=watch._look)
        thread.start()
        try:
            yield watch
        finally:
            watch._stop.set()
            thread.join()

    def _look(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self.peak = max(self.peak, self._measure(self._pid))
