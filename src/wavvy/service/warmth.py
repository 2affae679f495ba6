"""What is asked for most is at hand when a server starts, not only after it was asked for."""

from __future__ import annotations

import logging
import os
import threading

from wavvy.catalog.history import Span
from wavvy.errors import NotFound
from wavvy.library import Wavvy
from wavvy.service.covers import Covers

log = logging.getLogger(__name__)

TRACKS = 100
"""How many of the most recognised tracks are read."""
MOST_OF_MEMORY = 0.5
"""Share of the machine's memory up to which all of the index is read, after those tracks."""

_SIZES = (128, 512)  # of covers, as the web app asks for them
_JOIN_S = 5.0


class Warmth:
    """Reads the most recognised tracks in a thread: names, covers, and their part of the index.

    Then, if it does not fill the memory, the whole index: each query asks for another part of it.

    Parameters
    ----------
    library : Wavvy
        Open.
    covers : Covers
        Of the library.
    """

    def __init__(self, library: Wavvy, covers: Covers) -> None:
        self._library, self._covers = library, covers
        self._stop = threading.Event()
        self.warmed = 0
        self._thread = threading.Thread(target=self._run, name="wavvy-warmth", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until everything is read; tell whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Read no more."""
        self._stop.set()
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            for top in self._library.catalog.history.top(Span(), limit=TRACKS):
                if self._stop.is_set():
                    return
                if top.heard.track is not None:
                    self._warm(top.heard.track.id)
            if self._library.stats().index.bytes <= MOST_OF_MEMORY * _memory_bytes():
                for _ in self._library.map_index_in():
                    if self._stop.is_set():
                        return
        except Exception as failure:  # the first requests are slower then, and nothing else
            log.warning("what is asked for most could not be read beforehand: %s", failure)

    def _warm(self, track_id: int) -> None:
        self.warmed += self._library.warm_tracks([track_id])
        for size in _SIZES:
            try:
                self._covers.picture(track_id, self._covers.key(track_id, size))
            except NotFound:
                return


def _memory_bytes() -> int:
    """Return how much memory the machine has; 0 where it does not tell."""
    if not hasattr(os, "sysconf"):
        return 0  # Windows
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
