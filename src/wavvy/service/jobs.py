"""Background jobs, as requests see them: made, cancelled, tried again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from wavvy.errors import InvalidRequest
from wavvy.service.errors import Busy
from wavvy.service.work import KINDS

if TYPE_CHECKING:
    from wavvy.catalog.job import Job, RequestId
    from wavvy.catalog.jobs import JobStore


class Queue(Protocol):
    """Brings jobs to those who work on them. The catalogue knows the jobs; this only calls."""

    @property
    def taking_in(self) -> AbstractContextManager[object]:
        """Nobody here begins a job meanwhile: that it is queued is told before that it runs."""
        ...

    def check(self) -> None:
        """See whether jobs can be taken in now.

        Raises
        ------
        QueueUnavailable
            Not now.
        """
        ...

    def put(self, job: Job) -> None:
        """Call somebody to work on a job that is queued; raises as `check` does."""
        ...

    def close(self) -> None:
        """Stop working; what is not finished is handed back."""
        ...


class Jobs:
    """The jobs of a library.

    Parameters
    ----------
    store : JobStore
        Where they are written down.
    queue : Queue
        Who works on them.
    uploads : Path
        Folder of uploads.
    limit : int
        Most jobs that may wait or run at once.
    tell : callable
        Is given a job whenever anything about it has changed here.
    """

    def __init__(
        self,
        store: JobStore,
        queue: Queue,
        uploads: Path,
        limit: int,
        tell: Callable[[Job], None],
    ) -> None:
        self._store = store
        self._queue = queue
        self._uploads = uploads
        self._limit = limit
        self._tell = tell

    def check_queue(self) -> None:
        """See whether whoever works on jobs can be told of one; raises QueueUnavailable."""
        self._queue.check()

    def check(self) -> None:
        """See whether a job would be taken in, before much is sent for it.

        Raises
        ------
        Busy
            If too many jobs are waiting.
        QueueUnavailable
            If nobody could be told of it.
        """
        self.check_queue()
        if self._store.count() >= self._limit:
            raise Busy(f"{self._limit} jobs are waiting already: try again in 2 s")

    def submit(
        self,
        kind: str,
        subject: str,
        arguments: dict[str, Any],
        request: RequestId | None = None,
    ) -> Job:
        """Queue a job and return it as it is now.

        Parameters
        ----------
        kind : str
            A name in `wavvy.service.work.KINDS`.
        subject : str
            What it is about, in words for people.
        arguments : dict
            What its kind needs to know. A file in the folder of uploads, named ``upload`` here,
            is the job's from now on.
        request : RequestId, optional
            A request that was made before makes no new job: that of then is returned, whose
            arguments are not these.

        Raises
        ------
        Busy, QueueUnavailable
            As `check` does. An upload is then still the caller's.
        """
        if request is not None and (before := self._store.made_by(request)):
            return before
        self.check()
        with self._queue.taking_in:
            job = self._store.create(
                kind, subject, arguments, priority=KINDS[kind].priority, request=request
            )
            if job.arguments != arguments:
                return job  # the same request has overtaken this one
            self._tell(job)
        try:
            self._queue.put(job)
        except BaseException:
            self._store.forget(job.id)
            raise
        return job

    def cancel(self, job_id: int) -> Job:
        """Cancel a job, or ask whoever works on it to stop; raises NotFound."""
        job = self._store.cancel(job_id)
        self._tell(job)
        if job.state == "cancelled" and "upload" in job.arguments:
            (self._uploads / job.arguments["upload"]).unlink(missing_ok=True)
        return job

    def retry(self, job_id: int) -> Job:
        """Queue a failed job again.

        Raises
        ------
        NotFound
            If there is no such job.
        InvalidRequest
            If it has not failed, or its upload is not kept any more.
        QueueUnavailable
            If nobody could be told of it.
        """
        self._queue.check()
        job = self._store.get(job_id)
        upload = job.arguments.get("upload")
        if job.state == "failed" and upload and not (self._uploads / upload).is_file():
            raise InvalidRequest(
                f"the upload of job {job_id} is not kept any more: send the file again"
            )
        with self._queue.taking_in:
            job = self._store.retry(job_id)
            self._tell(job)
        self._queue.put(job)
        return job

    def close(self) -> None:
        """Stop working on jobs here."""
        self._queue.close()
