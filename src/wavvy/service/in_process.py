"""Working on jobs inside the server, one at a time: what is used without Redis."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from wavvy.errors import StoreError
from wavvy.service.runner import Runner

if TYPE_CHECKING:
    from wavvy.catalog.job import Claim, Job
    from wavvy.catalog.jobs import JobStore

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0  # for what is due again, and what other commands have queued
_PATIENCE_S = 10.0


class InProcessQueue:
    """One thread, since the library has one writer, and each file uses all it needs.

    No other process works on the jobs of this catalogue, so what is running at the start was left
    by one that died, and is taken up again.

    Parameters
    ----------
    store : JobStore
        The jobs.
    runner : Runner
        Works on them.
    tell : callable
        Is given a job whenever anything about it has changed here.
    """

    def __init__(self, store: JobStore, runner: Runner, tell: Callable[[Job], None]) -> None:
        self._store = store
        self._runner = runner
        self._tell = tell
        self._due = threading.Event()
        self.taking_in = threading.Lock()
        self._closed = False
        for job in store.recover(all_running=True):
            tell(job)
        self._thread = threading.Thread(target=self._work, name="wavvy-job", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Jobs can always be taken in."""

    def put(self, job: Job) -> None:  # noqa: ARG002
        """Have the jobs looked through."""
        self._due.set()

    def close(self) -> None:
        """Hand back the running job, which ends at its next step or counts for nothing."""
        self._closed = True
        self._due.set()
        self._runner.stop()
        self._thread.join(_PATIENCE_S)
        if self._thread.is_alive():
            self._runner.abandon()

    def _work(self) -> None:
        while not self._closed:
            self._due.clear()
            try:
                self._work_through()
            except StoreError as error:  # of a database that is away: it may come back
                log.warning("jobs have to wait: %s", error)
            except Exception:
                log.exception("jobs have to wait")
            self._due.wait(_LOOK_EVERY_S)

    def _work_through(self) -> None:
        for job in self._store.recover():
            self._tell(job)
        while not self._closed and (claim := self._claim_next()):
            self._runner.run(claim)

    def _claim_next(self) -> Claim | None:
        with self.taking_in:
            return self._store.claim_next()
