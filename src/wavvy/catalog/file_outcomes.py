"""What came of each file of a folder that a job adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, cast

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from wavvy.catalog.database import MAX_ID, Database
from wavvy.catalog.job import Claim
from wavvy.catalog.jobs import held
from wavvy.catalog.models import FileOutcomeRow, JobRow
from wavvy.catalog.retry import settle
from wavvy.catalog.text import clean

FileStatus = Literal["added", "known", "failed"]


class FileOutcome(NamedTuple):
    """One file.

    Attributes
    ----------
    file : str
        Its path on the server.
    status : {"added", "known", "failed"}
    track_id : int or None
        The track, unless it failed.
    code, message : str or None
        Why it failed.
    """

    file: str
    status: FileStatus
    track_id: int | None = None
    code: str | None = None
    message: str | None = None


class FileOutcomes:
    """The outcomes of a catalogue's jobs; they are forgotten with the job.

    Parameters
    ----------
    database : Database
        The catalogue's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @settle
    def write(self, claim: Claim, outcomes: Sequence[FileOutcome]) -> None:
        """Write down what came of some files, unless the job is not the caller's any more."""
        if not outcomes:
            return
        last = select(func.max(FileOutcomeRow.number)).where(FileOutcomeRow.job_id == claim.job.id)
        with self._database.write(serialisable=False) as session:
            if not _is_held(session, claim):
                return
            first = (session.scalar(last) or 0) + 1
            rows = [
                outcome._asdict()
                | {"job_id": claim.job.id, "number": number}
                | {"message": outcome.message and clean(outcome.message)}
                for number, outcome in enumerate(outcomes, first)
            ]
            session.execute(insert(FileOutcomeRow), rows)

    @settle
    def begin_anew(self, claim: Claim) -> set[str]:
        """Forget a job's files that failed, as they are tried again; return the others."""
        mine = FileOutcomeRow.job_id == claim.job.id
        with self._database.write(serialisable=False) as session:
            if _is_held(session, claim):
                failed = FileOutcomeRow.status == "failed"
                session.execute(delete(FileOutcomeRow).where(mine, failed))
            return set(session.scalars(select(FileOutcomeRow.file).where(mine)))

    @settle
    def counts(self, job_id: int) -> Counter[FileStatus]:
        """Count a job's files by what came of them."""
        query = select(FileOutcomeRow.status, func.count()).where(FileOutcomeRow.job_id == job_id)
        with self._database.read() as session:
            found = session.execute(query.group_by(FileOutcomeRow.status))
            return Counter({cast("FileStatus", status): number for status, number in found})

    @settle
    def listed(
        self, job_id: int, *, status: FileStatus | None = None, limit: int = 50, after: int = 0
    ) -> list[tuple[int, FileOutcome]]:
        """List a job's files in the order in which they were done, each with its number.

        Parameters
        ----------
        status : str, optional
            Only those of which this came.
        limit : int
            At most so many.
        after : int
            Only those with a higher number, to go on after the last one of an earlier list.
        """
        row = FileOutcomeRow
        query = select(row).where(row.job_id == job_id, row.number > min(after, MAX_ID))
        if status is not None:
            query = query.where(row.status == status)
        with self._database.read() as session:
            found = session.scalars(query.order_by(row.number).limit(limit))
            return [(one.number, _outcome(one)) for one in found]

    def all_of(
        self, job_id: int, status: FileStatus | None = None
    ) -> Iterator[tuple[int, FileOutcome]]:
        """Yield what `listed` returns, page by page."""
        after = 0
        while page := self.listed(job_id, status=status, limit=1000, after=after):
            yield from page
            after = page[-1][0]


def _is_held(session: Session, claim: Claim) -> bool:
    """Tell whether a job is the claimant's, and keep it so until the transaction ends."""
    return session.scalar(select(JobRow.id).where(held(claim)).with_for_update()) is not None


def _outcome(row: FileOutcomeRow) -> FileOutcome:
    status = cast("FileStatus", row.status)
    return FileOutcome(row.file, status, row.track_id, row.code, row.message)
