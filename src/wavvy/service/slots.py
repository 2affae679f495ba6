"""A fixed number of places, taken and given back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wavvy.service.errors import Busy


class Slots:
    """Bounds how many of one thing run at once; the next one is refused, never queued.

    For use on the event loop only: it has no lock.

    Parameters
    ----------
    limit : int
        Number of places.
    noun : str
        What is counted, in the plural, for the message.
    """

    def __init__(self, limit: int, noun: str) -> None:
        self.limit = limit
        self.taken = 0
        self._noun = noun

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold one place.

        Raises
        ------
        Busy
            If no place is left.
        """
        if self.taken >= self.limit:
            raise Busy(
                f"{self.limit} {self._noun} are in progress, the most this server takes: "
                "try again in 2 s"
            )
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
