"""Work that goes on in the background, remembered across restarts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import select, update

from wavvy.catalog.database import MAX_ID, Database
from wavvy.catalog.models import JobRow
from wavvy.catalog.retry import settle
from wavvy.catalog.text import clean
from wavvy.errors import NotFound

JobState = Literal["queued", "running", "done", "failed", "cancelled"]

OPEN: tuple[JobState, ...] = ("queued", "running")
"""States of a job that has not ended."""

_INTERRUPTED = {
    "code": "internal",
    "message": "the service stopped before this job had finished: start it again",
}


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it was when it was looked up.

    ``progress`` runs from 0 to 1. ``result`` and ``error`` are JSON objects; ``error`` has
    ``code`` and ``message``. Times are in UTC.
    """

    id: int
    kind: str
    subject: str
    state: JobState
    progress: float
    message: str | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime


class JobStore:
    """The jobs of a catalogue.

    A job that is done, failed or cancelled stays as it is: a worker that reports late does not
    undo a cancellation.

    Parameters
    ----------
    database : Database
        The catalogue's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @settle
    def create(self, kind: str, subject: str) -> Job:
        """Write down a new job, queued.

        Parameters
        ----------
        kind : str
            What is to be done, such as ``add_track``.
        subject : str
            What it is done to, in words for people, such as a file name.
        """
        now = datetime.now(UTC)
        with self._database.write() as session:
            row = JobRow(
                kind=kind,
                subject=clean(subject),
                state="queued",
                progress=0.0,
                created_at=now,
                updated_at=now,
            )
            session.add(row)
            session.flush()
            return _job(row)

    @settle
    def update(
        self,
        job_id: int,
        *,
        state: JobState | None = None,
        progress: float | None = None,
        message: str | None = None,
        result: dict[str, Any] | None = None,
        error: dict[str, Any] | None = None,
    ) -> Job:
        """Change what is given, unless the job has ended already.

        Returns
        -------
        Job
            The job as it is now; compare its state to see whether the change was accepted.

        Raises
        ------
        NotFound
            There is no such job.
        """
        given = {
            "state": state,
            "progress": progress,
            "message": None if message is None else clean(message),
            "result": result,
            "error": error,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        with self._database.write() as session:
            row = session.get(JobRow, job_id) if 0 < job_id <= MAX_ID else None
            if row is None:
                raise _no_such_job(job_id)
            if row.state in OPEN:
                for name, value in changes.items():
                    setattr(row, name, value)
                row.updated_at = datetime.now(UTC)
                session.flush()
            return _job(row)

    @settle
    def get(self, job_id: int) -> Job:
        """Look a job up.

        Raises
        ------
        NotFound
            There is no such job.
        """
        with self._database.read() as session:
            row = session.get(JobRow, job_id) if 0 < job_id <= MAX_ID else None
            if row is None:
                raise _no_such_job(job_id)
            return _job(row)

    @settle
    def fail_running(self) -> int:
        """Mark as failed what a service left unfinished when it stopped.

        Returns
        -------
        int
            The number of jobs.
        """
        unfinished = select(JobRow.id).where(JobRow.state.in_(OPEN))
        with self._database.write() as session:
            ids = session.scalars(unfinished).all()
            session.execute(
                update(JobRow)
                .where(JobRow.id.in_(unfinished))
                .values(state="failed", error=_INTERRUPTED, updated_at=datetime.now(UTC))
            )
            return len(ids)


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        state=cast("JobState", row.state),
        progress=row.progress,
        message=row.message,
        result=row.result,
        error=row.error,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _no_such_job(job_id: int) -> NotFound:
    return NotFound(f"no job {job_id}: it may belong to another data folder")
