"""Chores that come round again and again, in a thread of their own."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

from wavvy.errors import WavvyError

log = logging.getLogger(__name__)


class Keeper:
    """Does each chore once in so many seconds; one that fails is done again the next time.

    Parameters
    ----------
    chores : dict
        Seconds between two times, by chore. They vary by a tenth, so that several processes do not
        do the same at once.
    """

    def __init__(self, chores: dict[Callable[[], object], float]) -> None:
        self._chores = chores
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wavvy-keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish the chore at hand and begin no more."""
        self._closed.set()
        self._thread.join(10)

    def _run(self) -> None:
        due = {chore: _in_about(every) for chore, every in self._chores.items()}
        while not self._closed.wait(max(0.0, min(due.values()) - time.monotonic())):
            chore = min(due, key=lambda chore: due[chore])
            try:
                chore()
            except WavvyError as error:
                log.warning("will be tried again: %s", error)
            except Exception:
                log.exception("will be tried again")
            due[chore] = _in_about(self._chores[chore])


def _in_about(seconds: float) -> float:
    return time.monotonic() + seconds * random.uniform(0.9, 1.1)
