"""The connection to the catalogue's database."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from wavvy.catalog import postgresql
from wavvy.catalog.address import name_of
from wavvy.catalog.failures import store_errors
from wavvy.errors import StoreUnavailable

BUSY_TIMEOUT_S = 30
MAX_ID = 2**31 - 1  # what an integer column holds on every database

_ALTERING_LOCK = 0x77617676  # of PostgreSQL's advisory locks: "wavv"


class Database:
    """A pool of connections, used from any number of threads and processes at once.

    Parameters
    ----------
    url : URL
        Where the database is.
    altering : bool
        Whether the tables are altered, or filled from another catalogue: for as long as that takes,
        and by one process at a time. SQLite then does not enforce foreign keys, since it alters a
        table by dropping the old one, which would cascade.

    Raises
    ------
    StoreError
        The driver is missing.
    """

    def __init__(self, url: URL, *, altering: bool = False) -> None:
        self.location = name_of(url)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._altering = altering
        if self.is_sqlite:
            # A thread that waits for the writer's turn holds a connection: the pool sets no limit.
            self._reading = create_engine(url, max_overflow=-1)
            self._writing = self._reading.execution_options(sqlite_begin="BEGIN IMMEDIATE")
            self._locking = self._writing
            _tune_sqlite(self._reading, foreign_keys=not altering)
        else:
            engine = _postgresql(url, altering=altering)
            self._reading = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            # As if one came after the other, like SQLite's; see `wavvy.catalog.retry`. Whoever
            # alters waits for a lock first, and then must see what the one before has done.
            self._locking = engine.execution_options(isolation_level="READ COMMITTED")
            self._writing = (
                self._locking
                if altering
                else engine.execution_options(isolation_level="SERIALIZABLE")
            )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that sees one consistent state; nothing it changes is kept.

        Raises
        ------
        StoreBusy
            The database has too much to do.
        StoreUnavailable
            The server cannot be reached.
        StoreError
            The database cannot be used; a subclass says why.
        """
        with store_errors(self.location), Session(self._reading) as session:
            yield session

    @contextmanager
    def write(self, *, serialisable: bool = True) -> Iterator[Session]:
        """Open a transaction that is on disk when the block ends, or undone if it raises.

        Parameters
        ----------
        serialisable : bool
            Whether all it reads has to stay true until its end. Without that, a change still waits
            for another one of the same row, and then sees it: PostgreSQL's READ COMMITTED.

        Raises
        ------
        StoreBusy
            Another process has been writing for `BUSY_TIMEOUT_S`, or was faster: methods that
            write are decorated with `wavvy.catalog.retry.settle`.
        StoreUnavailable
            The server cannot be reached.
        DiskFull
            No space is left.
        StoreError
            The database cannot be used.
        """
        engine = self._writing if serialisable else self._locking
        with store_errors(self.location), Session(engine) as session:
            # SQLite: wait for the writer's turn now, so that what is read stays true until commit.
            session.connection()
            if self._altering and not self.is_sqlite:
                session.execute(text(f"SELECT pg_advisory_xact_lock({_ALTERING_LOCK})"))
            yield session
            self._commit(session)

    def connect(self) -> Connection:
        """Return a connection of the caller's own, that is in no transaction between statements."""
        return self._reading.execution_options(isolation_level="AUTOCOMMIT").connect()

    def now(self, session: Session) -> datetime:
        """Return the time by the clock that all who use the database share."""
        if self.is_sqlite:
            return datetime.now(UTC)
        now: datetime = session.scalars(select(func.clock_timestamp())).one()
        return now.astimezone(UTC)

    def size(self) -> int:
        """Return the bytes that the database takes on disk; raises StoreError as `read` does."""
        if self.is_sqlite:
            path = Path(self.location)
            with store_errors(self.location):
                return sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))
        with self.read() as session:
            return session.scalar(text("SELECT pg_database_size(current_database())")) or 0

    def copy_to(self, path: Path) -> None:
        """Copy one consistent state of SQLite into a new file, while others read and write.

        Raises
        ------
        StoreError
            Either cannot be used.
        """
        with store_errors(str(path)):
            with self._reading.connect() as source, closing(sqlite3.connect(path)) as copy:
                driver: Any = source.connection.driver_connection
                driver.backup(copy)  # all pages in one step: none can change in between
            with path.open("r+b") as file:
                os.fsync(file.fileno())

    def close(self) -> None:
        """Close all connections."""
        self._reading.dispose()

    def _commit(self, session: Session) -> None:
        session.flush()
        try:
            session.commit()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise StoreUnavailable(
                f"the connection to {self.location} was lost while a change was being committed: "
                "see whether it was made, and do it again if not"
            ) from error.orig


def _postgresql(url: URL, *, altering: bool) -> Engine:
    try:
        return create_engine(url, **postgresql.engine_options(url, altering=altering))
    except ImportError as error:
        raise postgresql.missing_driver(error) from error


def _tune_sqlite(engine: Engine, *, foreign_keys: bool) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # no implicit BEGIN by the driver: see `begin`
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_S * 1000}",
            "journal_mode = WAL",
            "synchronous = FULL",  # what is committed survives a power cut ...
            "fullfsync = ON",  # ... on macOS too, where drives keep what is synced to themselves
            "checkpoint_fullfsync = ON",
            f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
