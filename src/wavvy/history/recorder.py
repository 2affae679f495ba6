"""Writing the history down beside recognition, which never waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque

from wavvy.background import Background
from wavvy.catalog.history import Heard, HistoryStore, Source, Span
from wavvy.errors import StoreError
from wavvy.recognition import Result

MOST_WAITING = 10_000  # recognitions; of more the oldest are given up
PRUNE_INTERVAL_S = 3600.0

_DAY_MS = 86_400_000
_WRITTEN_AT_ONCE = 500

log = logging.getLogger(__name__)


class History:
    """Takes recognitions and writes them to the catalogue in a thread of its own.

    Where that fails they wait, and are tried again with the next ones.

    Parameters
    ----------
    store : HistoryStore
        The catalogue's.
    days : int
        How long recognitions are kept; 0 keeps none.
    pruning : bool, default False
        Whether older ones are deleted, at once and then about every hour.
    """

    def __init__(self, store: HistoryStore, days: int, *, pruning: bool = False) -> None:
        self._store = store
        self._days = days
        self._waiting: deque[Heard] = deque(maxlen=MOST_WAITING)
        self._changing = threading.Lock()  # of what is written: see `clear`
        self._failing = False
        self._prune_at = 0.0 if pruning else float("inf")
        self._background = Background(
            self._work, "wavvy-history", interval_s=PRUNE_INTERVAL_S if pruning else None
        )
        if pruning:
            self._background.wake()

    def take(self, source: Source, duration_ms: int, result: Result | None) -> None:
        """Remember a recognition of this moment; returns at once.

        Parameters
        ----------
        source : str
            How it came.
        duration_ms : int
            How much was heard.
        result : Result or None
            The best match, if any.
        """
        if not self._days:
            return
        now = time.time_ns() // 1_000_000
        if result is None:
            heard = Heard(now, source, duration_ms)
        else:
            track = result.track
            heard = Heard(
                now,
                source,
                duration_ms,
                track_id=track.id,
                title=track.title,
                artists=track.artists,
                album=track.album,
                play_offset_ms=result.play_offset_ms,
                score=round(result.match.score, 4),
            )
        self._waiting.append(heard)
        self._background.wake()

    def settle(self, seconds: float | None = None) -> bool:
        """Wait until all is written, or cannot be; tell whether nothing waits any more."""
        return self._background.wait(seconds) and not self._waiting

    def clear(self) -> int:
        """Delete all there is, what is not written yet included; return how many were written.

        Raises
        ------
        StoreError
            The catalogue cannot be written.
        """
        with self._changing:
            self._waiting.clear()
            return self._store.clear()

    def close(self, patience: float) -> None:
        """Write what is waiting, for up to so many seconds."""
        if self._waiting:
            self._background.wake()
        self._background.close(patience)

    def _work(self) -> None:
        try:
            self._write()
            if time.monotonic() >= self._prune_at:
                self._prune()
                self._prune_at = time.monotonic() + PRUNE_INTERVAL_S
            self._failing = False
        except StoreError as error:
            if not self._failing:  # one warning, however much is recognised meanwhile
                log.warning("the history could not be written and will be later: %s", error)
            self._failing = True

    def _write(self) -> None:
        while self._waiting:
            with self._changing:
                some = [
                    self._waiting.popleft()
                    for _ in range(min(len(self._waiting), _WRITTEN_AT_ONCE))
                ]
                if not some:
                    return
                try:
                    self._store.add(some)
                except StoreError:
                    room = MOST_WAITING - len(self._waiting)
                    self._waiting.extendleft(reversed(some[-room:] if room else []))
                    raise

    def _prune(self) -> None:
        oldest = time.time_ns() // 1_000_000 - self._days * _DAY_MS
        deleted = self._store.clear(Span(to_ms=oldest))
        if deleted:
            log.info("%d recognitions older than %d days were deleted", deleted, self._days)
