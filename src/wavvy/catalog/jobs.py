"""Work that goes on in the background, remembered across restarts.

::

    queued ──claim──► running ──finish──► done | failed | cancelled
      ▲                 │  │
      └──── hand_back ──┘  └─ its lease ran out: recover ──► queued, or failed after 4 attempts

A job is worked on under a lease that has to be renewed. Every word about a running job needs the
token of its claim, so whoever comes back late, after its job was given to another, changes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from wavvy.catalog.backlog import Backlog, backlog
from wavvy.catalog.database import MAX_ID, Database
from wavvy.catalog.job import LEASE_S, MOST_ATTEMPTS, OPEN, Claim, Job, JobState, RequestId
from wavvy.catalog.models import JobRow
from wavvy.catalog.retry import settle
from wavvy.catalog.text import clean
from wavvy.errors import InvalidRequest, NotFound

_CRASHED = {
    "code": "internal",
    "message": "whatever worked on this died, each time it was tried: the log may say why",
}
_FREE = {"lease_token": None, "lease_until": None, "cancelling": False}


class JobStore:
    """The jobs of a catalogue.

    Each change is one statement that names the state it expects, so neither the order of workers
    nor a lost race matters. Times are the database's, which all workers share.

    Parameters
    ----------
    database : Database
        The catalogue's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @settle
    def create(
        self,
        kind: str,
        subject: str,
        arguments: dict[str, Any] | None = None,
        *,
        priority: int = 0,
        request: RequestId | None = None,
    ) -> Job:
        """Write down a new job, queued; see `Job` for what the parameters mean.

        Parameters
        ----------
        request : RequestId, optional
            A request that was written down before makes no new job; the one of then is returned.

        Raises
        ------
        InvalidRequest
            If the request of that name asked for something else.
        """
        with self._database.write(serialisable=False) as session:
            if request is not None and (before := _made_by(session, request)):
                return _job(before)
            now = self._database.now(session)
            row = JobRow(
                kind=kind,
                subject=clean(subject),
                arguments=arguments or {},
                state="queued",
                progress=0,
                priority=priority,
                attempts=0,
                cancelling=False,
                created_at=now,
                updated_at=now,
                due_at=now,
                request_key=None if request is None else request.key,
                request_digest=None if request is None else request.digest,
                sent_at=now,  # whoever makes it sends it
            )
            session.add(row)
            session.flush()
            return _job(row)

    @settle
    def made_by(self, request: RequestId) -> Job | None:
        """Return the job that a request has made before.

        Raises
        ------
        InvalidRequest
            If the request of that name asked for something else.
        """
        with self._database.read() as session:
            row = _made_by(session, request)
            return None if row is None else _job(row)

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
    def listed(
        self, *, state: JobState | None = None, limit: int = 50, before_id: int = MAX_ID
    ) -> list[Job]:
        """List jobs, the newest first.

        Parameters
        ----------
        state : str, optional
            Only those in this state.
        limit : int
            At most so many.
        before_id : int
            Only those with a lower id, to go on after the last one of an earlier list.
        """
        query = select(JobRow).where(JobRow.id < min(before_id, MAX_ID))
        if state is not None:
            query = query.where(JobRow.state == state)
        with self._database.read() as session:
            rows = session.scalars(query.order_by(JobRow.id.desc()).limit(limit))
            return [_job(row) for row in rows]

    @settle
    def open_of(self, kind: str) -> Job | None:
        """Return the oldest job of a kind that has neither ended nor is to end early, if any."""
        going_on = JobRow.state.in_(OPEN) & ~JobRow.cancelling
        query = select(JobRow).where(JobRow.kind == kind, going_on)
        with self._database.read() as session:
            row = session.scalar(query.order_by(JobRow.id).limit(1))
            return None if row is None else _job(row)

    @settle
    def ended_among(self, ids: Collection[int]) -> list[Job]:
        """Return those of some jobs that have ended."""
        query = select(JobRow).where(JobRow.id.in_(ids), JobRow.state.not_in(OPEN))
        with self._database.read() as session:
            return [_job(row) for row in session.scalars(query)]

    @settle
    def count(self, states: Sequence[JobState] = OPEN) -> int:
        """Count the jobs in some states."""
        query = select(func.count()).where(JobRow.state.in_(states))
        with self._database.read() as session:
            return session.scalar(query) or 0

    @settle
    def backlog(self) -> Backlog:
        """Count the jobs by state."""
        with self._database.read() as session:
            return backlog(session)

    @settle
    def arguments(self, *, failed_since: datetime) -> list[dict[str, Any]]:
        """Return the arguments of jobs that have not ended, or have failed since a moment."""
        query = select(JobRow.arguments).where(
            JobRow.state.in_(OPEN) | (JobRow.state == "failed") & (JobRow.updated_at > failed_since)
        )
        with self._database.read() as session:
            return list(session.scalars(query))

    @settle
    def claim(self, job_id: int) -> Claim | None:
        """Begin to work on a job; None if it is not waiting to be begun."""
        with self._database.write(serialisable=False) as session:
            return self._claim(session, job_id, self._database.now(session))

    @settle
    def claim_next(self) -> Claim | None:
        """Begin to work on the most urgent job that is due, if any."""
        with self._database.write(serialisable=False) as session:
            now = self._database.now(session)
            due = (
                select(JobRow.id)
                .where(JobRow.state == "queued", JobRow.due_at <= now)
                .order_by(JobRow.priority.desc(), JobRow.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            job_id = session.scalar(due)
            return None if job_id is None else self._claim(session, job_id, now)

    @settle
    def urgent_waiting(self, priority: int, seconds: float) -> bool:
        """Tell whether a job of a higher priority has been due for so many seconds."""
        with self._database.read() as session:
            long_ago = self._database.now(session) - timedelta(seconds=seconds)
            query = select(JobRow.id).where(
                JobRow.state == "queued", JobRow.priority > priority, JobRow.due_at <= long_ago
            )
            return session.scalar(query.limit(1)) is not None

    @settle
    def renew(
        self,
        claim: Claim,
        *,
        progress: int,
        message: str | None,
        result: dict[str, Any] | None = None,
    ) -> Job | None:
        """Keep a job for another `LEASE_S`, and write down how far it is.

        Returns
        -------
        Job or None
            See whether it is `cancelling`. None: it is not the caller's any more.
        """
        with self._database.write(serialisable=False) as session:
            now = self._database.now(session)
            values = {
                "progress": progress,
                "message": None if message is None else clean(message),
                "result": result,
                "lease_until": now + timedelta(seconds=LEASE_S),
            }
            return self._change(session, held(claim), now, values)

    @settle
    def finish(
        self,
        claim: Claim,
        state: JobState,
        *,
        result: dict[str, Any] | None = None,
        error: dict[str, Any] | None = None,
    ) -> Job | None:
        """End a job; None if it is not the caller's any more."""
        values: dict[str, Any] = {"state": state, "result": result, "error": error, **_FREE}
        if state == "done":
            values["progress"] = 100
        with self._database.write(serialisable=False) as session:
            return self._change(session, held(claim), self._database.now(session), values)

    @settle
    def hand_back(
        self,
        claim: Claim,
        *,
        error: dict[str, Any] | None = None,
        after_s: float = 0.0,
        result: dict[str, Any] | None = None,
    ) -> Job | None:
        """Put a job back into the queue; None if it is not the caller's any more.

        Parameters
        ----------
        claim : Claim
            Of the job.
        error : dict, optional
            Why the attempt failed. Without it the attempt does not count.
        after_s : float
            Seconds until it is due again.
        result : dict, optional
            What there is of it so far.
        """
        with self._database.write(serialisable=False) as session:
            now = self._database.now(session)
            values = {
                "state": "queued",
                "error": error,
                "result": result,
                "due_at": now + timedelta(seconds=after_s),
                "sent_at": None,
                "attempts": JobRow.attempts if error else JobRow.attempts - 1,
                **_FREE,
            }
            mine = held(claim)
            # One that was asked to stop meanwhile does not go back into the queue.
            if cancelled := self._change(session, mine & JobRow.cancelling, now, _cancelled()):
                return cancelled
            return self._change(session, mine, now, values)

    @settle
    def cancel(self, job_id: int) -> Job:
        """Cancel a job: at once while it waits, and else by asking whoever works on it to stop.

        One that has ended stays as it is.

        Raises
        ------
        NotFound
            There is no such job.
        """
        one = JobRow.id == _storable(job_id)
        with self._database.write(serialisable=False) as session:
            now = self._database.now(session)
            changed = self._change(session, one & (JobRow.state == "queued"), now, _cancelled())
            if changed is None:
                running = one & (JobRow.state == "running")
                changed = self._change(session, running, now, {"cancelling": True})
        return changed or self.get(job_id)

    @settle
    def retry(self, job_id: int) -> Job:
        """Put a failed job into the queue again, as if it were new.

        Raises
        ------
        NotFound
            There is no such job.
        InvalidRequest
            It has not failed.
        """
        failed = (JobRow.id == _storable(job_id)) & (JobRow.state == "failed")
        with self._database.write(serialisable=False) as session:
            now = self._database.now(session)
            values = {
                "state": "queued",
                "progress": 0,
                "message": None,
                "result": None,
                "error": None,
                "attempts": 0,
                "due_at": now,
                "sent_at": None,
                **_FREE,
            }
            changed = self._change(session, failed, now, values)
        if changed is None:
            state = self.get(job_id).state
            raise InvalidRequest(f"job {job_id} is {state}: only failed jobs can be tried again")
        return changed

    @settle
    def forget(self, job_id: int) -> None:
        """Undo `create`, unless the job was begun meanwhile."""
        with self._database.write(serialisable=False) as session:
            session.execute(
                delete(JobRow).where(JobRow.id == job_id, JobRow.state == "queued", _never_begun())
            )

    @settle
    def forget_ended(self, before: datetime) -> int:
        """Forget the jobs that ended before a moment; return their number."""
        old = select(JobRow.id).where(JobRow.state.not_in(OPEN), JobRow.updated_at < before)
        with self._database.write(serialisable=False) as session:
            ids = session.scalars(old.limit(1000)).all()
            session.execute(delete(JobRow).where(JobRow.id.in_(ids)))
            return len(ids)

    @settle
    def recover(self, *, all_running: bool = False) -> list[Job]:
        """Take jobs back from whoever has died working on them.

        Parameters
        ----------
        all_running : bool
            Whether nobody can be at work, so that leases need not run out first.

        Returns
        -------
        list of Job
            As they are now: queued again, cancelled where that was asked for, or failed.
        """
        with self._database.write(serialisable=False) as session:
            now = self._database.now(session)
            dead: ColumnElement[bool] = JobRow.state == "running"
            if not all_running:
                dead &= JobRow.lease_until < now
            ids = session.scalars(select(JobRow.id).where(dead).with_for_update(skip_locked=True))
            dead &= JobRow.id.in_(ids.all())
            again = {"state": "queued", "due_at": now, "sent_at": None, **_FREE}
            failed = {"state": "failed", "error": _CRASHED, **_FREE}
            return [
                *self._change_all(session, dead & JobRow.cancelling, now, _cancelled()),
                *self._change_all(session, dead & (JobRow.attempts >= MOST_ATTEMPTS), now, failed),
                *self._change_all(session, dead, now, again),
            ]

    @settle
    def to_send(self, priorities: Collection[int], after_s: float) -> list[Job]:
        """Return the jobs that the broker is to be told of, and note that it is.

        They are those that came back to the queue and are due, and those that it seems to have
        forgotten.

        Parameters
        ----------
        priorities : collection of int
            For which the broker knows of no job that waits ...
        after_s : float
            ... so those that it was told of so many seconds ago are lost.
        """
        with self._database.write(serialisable=False) as session:
            now = self._database.now(session)
            long_ago = now - timedelta(seconds=after_s)
            lost = JobRow.priority.in_(list(priorities)) & (JobRow.sent_at <= long_ago)
            due = (JobRow.state == "queued") & (JobRow.due_at <= now)
            which = due & (JobRow.sent_at.is_(None) | lost)
            if session.scalar(select(JobRow.id).where(which).limit(1)) is None:
                return []
            return self._change_all(session, which, now, {"sent_at": now})

    def _claim(self, session: Session, job_id: int, now: datetime) -> Claim | None:
        token = secrets.token_hex(8)
        values = {
            "state": "running",
            "attempts": JobRow.attempts + 1,
            "lease_token": token,
            "lease_until": now + timedelta(seconds=LEASE_S),
        }
        waiting = (JobRow.id == job_id) & (JobRow.state == "queued")
        job = self._change(session, waiting, now, values)
        return None if job is None else Claim(job, token)

    def _change(
        self, session: Session, which: ColumnElement[bool], now: datetime, values: dict[str, Any]
    ) -> Job | None:
        changed = self._change_all(session, which, now, values)
        return changed[0] if changed else None

    def _change_all(
        self, session: Session, which: ColumnElement[bool], now: datetime, values: dict[str, Any]
    ) -> list[Job]:
        rows = session.scalars(
            update(JobRow).where(which).values(updated_at=now, **values).returning(JobRow),
            execution_options={"synchronize_session": False, "populate_existing": True},
        )
        return [_job(row) for row in rows]


def held(claim: Claim) -> ColumnElement[bool]:
    """Select the job of a claim, as long as it is the claimant's."""
    return (
        (JobRow.id == claim.job.id)
        & (JobRow.state == "running")
        & (JobRow.lease_token == claim.token)
    )


def _never_begun() -> ColumnElement[bool]:
    return JobRow.attempts == 0


def _cancelled() -> dict[str, Any]:
    return {"state": "cancelled", **_FREE}


def _storable(job_id: int) -> int:
    return job_id if 0 < job_id <= MAX_ID else 0  # 0 is no job


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        arguments=row.arguments,
        state=cast("JobState", row.state),
        progress=row.progress,
        message=row.message,
        result=row.result,
        error=row.error,
        priority=row.priority,
        attempts=row.attempts,
        cancelling=row.cancelling,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _no_such_job(job_id: int) -> NotFound:
    return NotFound(f"no job {job_id}: it may belong to another data folder")


def _made_by(session: Session, request: RequestId) -> JobRow | None:
    row = session.scalar(select(JobRow).where(JobRow.request_key == request.key))
    if row is not None and row.request_digest != request.digest:
        raise InvalidRequest(
            "this Idempotency-Key was sent with something else before: make a new one for a new "
            "request"
        )
    return row
