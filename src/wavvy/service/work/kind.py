"""A kind of job, and what the one at hand needs to know."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wavvy.errors import NotFound

if TYPE_CHECKING:
    from wavvy.catalog.job import Claim, Job
    from wavvy.library import Wavvy
    from wavvy.service.clips import Clips

URGENT = 10
"""Priority of what somebody waits for."""
BULK = 0
"""Priority of what may take all night."""

_EVENT_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    Attributes
    ----------
    name : str
        As the catalogue and the interface spell it.
    run : callable
        Does it and returns its result, a JSON object. What it raises fails the job; a `StoreError`
        or an unexpected error is tried again first.
    priority : int
        `URGENT` or `BULK`.
    makes_way : bool
        Whether it is handed back while something more urgent waits, as what goes on where it was
        may be.
    """

    name: str
    run: Callable[[Task], dict[str, Any]]
    priority: int
    makes_way: bool = True


class Interrupted(Exception):
    """Ends a task between two of its steps; never to be caught by a kind."""


class Cancelled(Interrupted):
    """Somebody does not want it any more."""


class HandedBack(Interrupted):
    """The process stops, or something more urgent waits: another time, perhaps another process."""


class Lost(Interrupted):
    """The job was given to another, since this process was not heard of for too long."""


class Task:
    """A job at work, as its kind sees it.

    Parameters
    ----------
    claim : Claim
        To the job.
    library : Wavvy
        Open.
    clips : Clips
        Recognises uploads.
    uploads : Path
        Folder of uploads.
    tell : callable
        Is given the job each time it has come further.

    Attributes
    ----------
    partial : dict or None
        What there is of the result so far, kept when the job is begun anew; for the kind to set.
    """

    def __init__(
        self,
        claim: Claim,
        library: Wavvy,
        clips: Clips,
        uploads: Path,
        tell: Callable[[Job], None],
    ) -> None:
        self.library = library
        self.clips = clips
        self.claim = claim
        self.partial = claim.job.result
        self._job = claim.job
        self.uploads = uploads
        self._tell = tell
        self._told = 0.0
        self._interrupt: Interrupted | None = None
        self._mutex = threading.Lock()

    @property
    def job(self) -> Job:
        """The job, as far as it has come."""
        return self._job

    @property
    def arguments(self) -> dict[str, Any]:
        """What it was made with."""
        return self._job.arguments

    @property
    def upload(self) -> Path:
        """The uploaded file that it is about.

        Raises
        ------
        NotFound
            It is not there any more.
        """
        path = self.uploads / str(self.arguments["upload"])
        if not path.is_file():
            raise NotFound(f"the upload of job {self._job.id} is not there any more: send it again")
        return path

    def report(self, progress: int, message: str) -> None:
        """Say how far it is, in percent and in words; call it often, and between two steps.

        Raises
        ------
        Interrupted
            If it is to end here; what it has done so far stays done.
        """
        self.check()
        self._job = replace(self._job, progress=progress, message=message, result=self.partial)
        now = time.monotonic()
        if now - self._told >= _EVENT_EVERY_S:
            self._told = now
            self._tell(self._job)

    def check(self) -> None:
        """End here if somebody wishes so; raises `Interrupted`."""
        if self._interrupt is not None:
            raise self._interrupt

    def interrupt(self, reason: Interrupted) -> None:
        """Have it end at its next step; called from another thread. The first reason counts."""
        with self._mutex:
            self._interrupt = self._interrupt or reason
