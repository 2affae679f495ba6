"""Work that is done in a thread of its own, as often as there is a reason to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Background:
    """Runs a task when woken; what comes up while it runs makes it run once more.

    The thread is started by the first reason for it. It does not keep the process alive.

    Parameters
    ----------
    task : callable
        It deals with its own failures.
    name : str
        Of the thread.
    interval_s : float, optional
        Once begun, it also runs without a reason when so many seconds have passed.
    """

    def __init__(
        self, task: Callable[[], None], name: str, *, interval_s: float | None = None
    ) -> None:
        self._task = task
        self._name = name
        self._interval_s = interval_s
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._due = False
        self._busy = False
        self._closed = False

    def wake(self) -> None:
        """Ask for the task to be run soon."""
        with self._change:
            if self._closed:
                return
            self._due = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._change.notify_all()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing is due; tell whether that is so."""
        with self._change:
            return self._change.wait_for(lambda: not (self._due or self._busy), seconds)

    @property
    def closing(self) -> bool:
        """Whether the task should come to an end."""
        return self._closed

    def close(self, patience: float) -> None:
        """Wait up to so many seconds until nothing is due; then no more is begun."""
        end = time.monotonic() + patience
        self.wait(patience)
        with self._change:
            self._closed = True
            thread = self._thread
            self._change.notify_all()
        if thread is not None:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        try:
            while self._next():
                self._task()
        finally:
            with self._change:
                self._thread, self._due, self._busy = None, False, False
                self._change.notify_all()

    def _next(self) -> bool:
        """Wait for a reason to run the task; there is none any more once it is closed."""
        with self._change:
            self._busy = False
            self._change.notify_all()
            self._change.wait_for(lambda: self._due or self._closed, self._interval_s)
            self._due, self._busy = False, not self._closed
            return self._busy
