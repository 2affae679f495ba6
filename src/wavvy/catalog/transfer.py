"""Copying a whole catalogue from one database to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from sqlalchemy import URL, Select, Table, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from wavvy.catalog.database import Database
from wavvy.catalog.job import OPEN
from wavvy.catalog.models import Base, FileOutcomeRow, JobRow, MetaRow
from wavvy.catalog.schema import migrate, open_database
from wavvy.catalog.sequence import give_after, last_given
from wavvy.errors import StoreBusy, StoreError

_ROWS_AT_ONCE = 500
_LARGE_ROWS_AT_ONCE = 16  # those that hold a fingerprint or a picture

Progress = Callable[[int, int], None]


def copy_catalogue(
    source: URL, target: URL, *, params_digest: str, progress: Progress
) -> dict[str, int]:
    """Copy all rows, with their ids, into an empty catalogue, and count them again there.

    One transaction: the target gets everything or nothing. Jobs that have not ended stay behind;
    everything else about the catalogue, what it says of itself included, is the same afterwards.

    Parameters
    ----------
    source : URL
        What is written to it meanwhile is not copied.
    target : URL
        An empty database, or a catalogue without tracks and jobs.
    params_digest : str
        Digest of the fingerprint parameters that this program uses.
    progress : callable
        Is given, now and then, how many rows are copied and how many there are.

    Returns
    -------
    dict of str to int
        Rows by table.

    Raises
    ------
    IncompatibleStore
        Either is no catalogue of this version and these parameters.
    StoreBusy
        The target was written to meanwhile.
    StoreError
        The target is not empty, or either cannot be used. Nothing was copied.
    """
    migrate(target, params_digest)
    with (
        closing(open_database(source, params_digest)) as old,
        closing(Database(target, altering=True)) as new,
    ):
        return _copy(old, new, progress)


def _copy(source: Database, target: Database, progress: Progress) -> dict[str, int]:
    with source.read() as reading, target.write() as writing:
        _require_empty(writing, target.location)
        counts = {table.name: _count(reading, _selected(table)) for table in _tables()}
        done, total = 0, sum(counts.values())
        try:
            for table in _tables():
                for rows in _chunks(reading, table):
                    writing.execute(insert(table), rows)
                    done += len(rows)
                    progress(done, total)
                if "id" in table.c:
                    give_after(writing, table, last_given(reading, table))
        except IntegrityError as error:
            raise _written_to(target.location) from error
        if counts != {table.name: _count(writing, select(table)) for table in _tables()}:
            raise _written_to(target.location)
        return counts


def _tables() -> list[Table]:
    return Base.metadata.sorted_tables  # those that are referred to come first


def _selected(table: Table) -> Select[Any]:
    rows, ended = select(table), JobRow.state.not_in(OPEN)
    if table is JobRow.__table__:
        return rows.where(ended)
    if table is FileOutcomeRow.__table__:
        return rows.where(table.c.job_id.in_(select(JobRow.id).where(ended)))
    return rows


def _count(session: Session, rows: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def _chunks(session: Session, table: Table) -> Iterator[list[dict[str, Any]]]:
    large = any(column.name == "data" for column in table.c)
    size = _LARGE_ROWS_AT_ONCE if large else _ROWS_AT_ONCE
    rows = _selected(table).order_by(*table.primary_key)
    result = session.execute(rows, execution_options={"yield_per": size})
    for chunk in result.mappings().partitions():
        yield [dict(row) for row in chunk]


def _written_to(location: str) -> StoreBusy:
    return StoreBusy(
        f"{location} was written to while it was being filled, so nothing was copied: stop "
        "whatever uses it and copy again"
    )


def _require_empty(session: Session, location: str) -> None:
    tables = [table for table in _tables() if table is not MetaRow.__table__]
    if any(_count(session, select(table)) for table in tables):
        raise StoreError(
            f"{location} is not empty: copy to a new folder or database, since the ids of tracks "
            "stay what they are"
        )
    session.execute(delete(MetaRow))
