"""Working on one job: from its claim to its end, in whatever process."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wavvy.catalog.job import MOST_ATTEMPTS, Claim, Job
from wavvy.errors import StoreError, WavvyError
from wavvy.service.errors import INTERNAL_MESSAGE, error_content
from wavvy.service.work import KINDS
from wavvy.service.work.kind import Cancelled, HandedBack, Lost, Task

if TYPE_CHECKING:
    from wavvy.library import Wavvy
    from wavvy.service.clips import Clips

log = logging.getLogger(__name__)

_RENEW_S = 1.0
_YIELD_AFTER_S = 5.0  # what is less urgent comes this far before it makes way
_URGENT_WAITS_S = 0.5  # before others make way for it
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0


class Runner:
    """Works on jobs that were claimed; may be used from several threads.

    Parameters
    ----------
    library : Wavvy
        Open.
    clips : Clips
        Recognises uploads.
    uploads : Path
        Folder of uploads.
    tell : callable
        Is given a job whenever anything about it has changed.
    """

    def __init__(
        self, library: Wavvy, clips: Clips, uploads: Path, tell: Callable[[Job], None]
    ) -> None:
        self._library = library
        self._clips = clips
        self._jobs = library.catalog.jobs
        self._uploads = uploads
        self._tell = tell
        self._stopping = threading.Event()
        self._tasks: dict[str, tuple[Task, Claim]] = {}

    def stop(self) -> None:
        """Have every task handed back at its next step, and begin no more."""
        self._stopping.set()
        for task, _ in list(self._tasks.values()):
            task.interrupt(HandedBack())

    def abandon(self) -> None:
        """Hand back what has not heeded `stop`: what it still does counts for nothing."""
        for task, claim in list(self._tasks.values()):
            task.interrupt(Lost())
            self._told(self._jobs.hand_back(claim, result=task.partial))

    def at_work(self) -> list[int]:
        """Return the ids of the jobs at hand."""
        return sorted(claim.job.id for _, claim in list(self._tasks.values()))

    def run(self, claim: Claim) -> None:
        """Work on a job until it has ended, or went back into the queue.

        Raises
        ------
        StoreError
            What became of it could not be written down; it will be begun anew.
        """
        log.info("job %d (%s %s) begins", claim.job.id, claim.job.kind, claim.job.subject)
        self._tell(claim.job)
        task = Task(claim, self._library, self._clips, self._uploads, self._tell)
        try:
            with self._kept(task, claim):
                result = KINDS[claim.job.kind].run(task)
        except Cancelled:
            ended = self._jobs.finish(claim, "cancelled", result=task.partial)
        except HandedBack:
            ended = self._jobs.hand_back(claim, result=task.partial)
        except Lost:
            log.warning("job %d was given to another process meanwhile", claim.job.id)
            return
        except StoreError as error:
            ended = self._try_again(task, claim, error.code, str(error))
        except WavvyError as error:
            content = error_content(error.code, str(error))
            ended = self._jobs.finish(claim, "failed", result=task.partial, error=content)
            if ended is not None:  # to try again makes no sense
                self._drop_upload(ended)
        except Exception:
            log.exception("job %d (%s) failed", claim.job.id, claim.job.subject)
            ended = self._try_again(task, claim, "internal", INTERNAL_MESSAGE)
        else:
            ended = self._jobs.finish(claim, "done", result=result)
        self._told(ended)

    def _told(self, ended: Job | None) -> None:
        if ended is None:
            return  # it is another's by now
        self._tell(ended)
        if ended.state in ("done", "cancelled"):
            self._drop_upload(ended)

    def _try_again(self, task: Task, claim: Claim, code: str, message: str) -> Job | None:
        error = error_content(code, message)
        if claim.job.attempts >= MOST_ATTEMPTS:
            return self._jobs.finish(claim, "failed", result=task.partial, error=error)
        pause = min(_FIRST_PAUSE_S * 2 ** (claim.job.attempts - 1), _LONGEST_PAUSE_S)
        return self._jobs.hand_back(
            claim, error=error, after_s=pause * random.uniform(0.5, 1.5), result=task.partial
        )

    def _drop_upload(self, job: Job) -> None:
        if "upload" in job.arguments:
            (self._uploads / job.arguments["upload"]).unlink(missing_ok=True)

    @contextmanager
    def _kept(self, task: Task, claim: Claim) -> Iterator[None]:
        """Renew the lease for as long as the block runs, and pass on what is wished meanwhile."""
        over = threading.Event()
        keeping = threading.Thread(
            target=self._keep, args=(task, claim, over), name="wavvy-lease", daemon=True
        )
        self._tasks[claim.token] = task, claim
        if self._stopping.is_set():
            task.interrupt(HandedBack())
        keeping.start()
        try:
            yield
        finally:
            over.set()
            keeping.join()
            del self._tasks[claim.token]

    def _keep(self, task: Task, claim: Claim, over: threading.Event) -> None:
        beats = 0
        while not over.wait(_RENEW_S):
            beats += 1
            try:
                now = self._jobs.renew(
                    claim,
                    progress=task.job.progress,
                    message=task.job.message,
                    result=task.partial,
                )
                if now is None:
                    task.interrupt(Lost())
                    return
                if now.cancelling:
                    task.interrupt(Cancelled())
                elif (
                    KINDS[now.kind].makes_way
                    and beats * _RENEW_S >= _YIELD_AFTER_S
                    and self._jobs.urgent_waiting(now.priority, _URGENT_WAITS_S)
                ):
                    task.interrupt(HandedBack())
            except StoreError as error:  # it may be back before the lease runs out
                log.warning("job %d could not be kept for now: %s", claim.job.id, error)
