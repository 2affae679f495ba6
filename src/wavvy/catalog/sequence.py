"""The ids that the database has given out, those of removed rows included."""

from __future__ import annotations

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session


def last_given(session: Session, table: Table) -> int:
    """Return the highest id ever given to a row of a table; 0 for none.

    PostgreSQL also counts ids that were given out and not used. SQLite forgets the ids of removed
    rows, but for tables with ``sqlite_autoincrement``.
    """
    if not _is_sqlite(session):
        query = text(f"SELECT last_value FROM {_sequence(session, table)} WHERE is_called")
    elif _remembers(table):
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
        query = query.bindparams(table=table.name)
    else:
        return _highest(session, table)
    return session.scalar(query) or 0


def give_after(session: Session, table: Table, last: int) -> None:
    """Let the next row of a table get an id above `last`, and above those that are there."""
    last = max(last, _highest(session, table))
    if not last:
        return  # as it is in a new table
    if not _is_sqlite(session):
        session.execute(select(func.setval(_sequence(session, table), last)))
    elif _remembers(table):
        # Rows that were inserted with their ids have made an entry, but there may be none.
        for statement in (
            "DELETE FROM sqlite_sequence WHERE name = :table",
            "INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)",
        ):
            session.execute(text(statement), {"table": table.name, "last": last})


def _highest(session: Session, table: Table) -> int:
    return session.scalar(select(func.max(table.c.id))) or 0


def _sequence(session: Session, table: Table) -> str:
    name: str = session.scalars(select(func.pg_get_serial_sequence(table.name, "id"))).one()
    return name


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _remembers(table: Table) -> bool:
    return bool(table.dialect_options["sqlite"]["autoincrement"])
