"""Background jobs: the seam, and the runner that works inside this process."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal, Protocol

from wavvy.errors import WavvyError
from wavvy.service.errors import INTERNAL_MESSAGE, Busy, error_content
from wavvy.service.uploads import Upload

if TYPE_CHECKING:
    from wavvy.catalog.jobs import Job
    from wavvy.library import Wavvy

log = logging.getLogger(__name__)

JobKind = Literal["ingest"]


class JobRunner(Protocol):
    """Runs jobs somewhere else than in the request; their state is in the catalogue."""

    def submit(self, kind: JobKind, upload: Upload) -> Job:
        """Queue a job that consumes `upload`, and return it as it is now.

        Raises
        ------
        Busy
            If too many jobs are waiting. The upload is then still the caller's.
        """
        ...

    def close(self) -> None:
        """Finish what is running and give up what is waiting."""
        ...


class InProcessJobs:
    """One worker thread, since the library has one writer; each file uses all it needs.

    Jobs that an earlier process left unfinished are marked as failed at once.

    Parameters
    ----------
    library : Wavvy
        Where tracks go.
    limit : int
        Most jobs that may wait or run at once.
    max_seconds : float, optional
        Longest track.
    """

    def __init__(
        self,
        library: Wavvy,
        limit: int,
        max_seconds: float | None = None,
    ) -> None:
        self._library = library
        self._max_seconds = max_seconds
        self._limit = limit
        self._room = threading.BoundedSemaphore(limit)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wavvy-job")
        library.catalog.fail_running_jobs()

    def submit(self, kind: JobKind, upload: Upload) -> Job:
        """Queue a job; see :meth:`JobRunner.submit`."""
        if not self._room.acquire(blocking=False):
            raise Busy(f"{self._limit} jobs are waiting already: try again in 2 s")
        try:
            job = self._library.catalog.create_job(kind, upload.name)
            self._thread.submit(self._run, job.id, upload)
        except BaseException:
            self._room.release()
            raise
        return job

    def close(self) -> None:
        """Finish the running job; those waiting are marked as failed."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._library.catalog.fail_running_jobs()

    def _run(self, job_id: int, upload: Upload) -> None:
        try:
            self._library.catalog.update_job(job_id, state="running")
            result, error = self._ingest(upload)
            self._library.catalog.update_job(
                job_id,
                state="failed" if error else "done",
                progress=None if error else 1.0,
                result=result,
                error=error,
            )
        except Exception:
            log.exception("what became of job %d (%s) could not be written", job_id, upload.name)
        finally:
            upload.discard()
            self._room.release()

    def _ingest(self, upload: Upload) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Add the upload and remove its file; return the job's result or its error."""
        try:
            with upload:
                outcome = self._library.add(
                    upload.path,
                    original_name=upload.name,
                    keep_path=False,
                    media=self._library.sandbox,
                    max_seconds=self._max_seconds,
                )
            if outcome.error is None:
                return outcome.to_dict(), None
            failure: WavvyError = outcome.error
        except WavvyError as error:
            failure = error
        except Exception:
            log.exception("adding %s failed", upload.name)
            return None, error_content("internal", INTERNAL_MESSAGE)
        return None, error_content(failure.code, str(failure))
