"""The index follows the catalogue: acknowledged tracks can be found within a second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

import numpy as np

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.index.store import Index

INDEX_EVERY_SECONDS = 0.5
"""Acknowledged tracks go to the index together, this long after the first of them."""


class Follower:
    """Hands acknowledged tracks to the index, in a thread, whatever the caller does meanwhile.

    On leaving the context all are handed over, and a failure of the thread is raised.

    Parameters
    ----------
    index : Index
        Follows the catalogue.
    fingerprints : callable
        From track ids to those of them that can be indexed, each with its fingerprint.
    """

    def __init__(
        self,
        index: Index,
        fingerprints: Callable[[list[int]], Iterable[tuple[int, Fingerprint]]],
    ) -> None:
        self._index = index
        self._fingerprints = fingerprints
        self._seen: list[int] = []
        self._change = threading.Condition()
        self._closed = False
        self._failure: Exception | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._change:
            self._closed = True
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            raise self._failure
        self._flush()

    def take(self, track_id: int) -> None:
        """Note a track that the catalogue has acknowledged, now or earlier.

        Raises
        ------
        StoreError
            If those before could not be handed over.
        """
        with self._change:
            if self._failure is not None:
                raise self._failure
            self._seen.append(track_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="wavvy-index", daemon=True)
                self._thread.start()
            self._change.notify_all()

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._seen or self._closed)
                self._change.wait_for(lambda: self._closed, INDEX_EVERY_SECONDS)
                if self._closed:
                    return
            try:
                self._flush()
            except Exception as failure:
                self._failure = failure
                return

    def _flush(self) -> None:
        """Hand to the index what it lacks of the tracks seen, known ones included."""
        with self._change:
            seen, self._seen = np.unique(np.array(self._seen, np.int64)), []
        lacking = seen[~np.isin(seen, self._index.track_ids())].tolist()
        if lacking:
            # Read while the index is locked: a track that has been removed is not there any more.
            self._index.add(self._fingerprints(lacking))
