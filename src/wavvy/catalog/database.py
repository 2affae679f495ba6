"""The connection to the catalogue's database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from wavvy.catalog.failures import store_errors

BUSY_TIMEOUT_S = 30
MAX_ID = 2**31 - 1  # what an integer column holds on every database

_ATTEMPTS = 5
_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


def settle_races(method: Callable[_Params, _Result]) -> Callable[_Params, _Result]:
    """Run a method again when another writer was faster to write the same thing.

    The unique and foreign keys of the tables decide such a race; whoever loses it looks again.
    """

    @wraps(method)
    def settled(*args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        for _ in range(_ATTEMPTS - 1):
            try:
                return method(*args, **kwargs)
            except IntegrityError:
                continue
        return method(*args, **kwargs)

    return settled


class Database:
    """A pool of connections, used from any number of threads and processes at once.

    Parameters
    ----------
    url : URL
        Where the database is.
    foreign_keys : bool
        Whether SQLite enforces foreign keys. Only a migration works without: SQLite alters a
        table by dropping the old one, which would cascade.
    """

    def __init__(self, url: URL, *, foreign_keys: bool = True) -> None:
        sqlite = url.get_backend_name() == "sqlite"
        self.location = str(url.database) if sqlite else url.render_as_string(hide_password=True)
        # A thread that waits for the writer's turn holds a connection: the pool sets no limit.
        self._engine = create_engine(url, max_overflow=-1)
        self._writing = self._engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        if sqlite:
            _tune_sqlite(self._engine, foreign_keys=foreign_keys)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that sees one consistent state; nothing it changes is kept.

        Raises
        ------
        StoreError
            The database cannot be used; a subclass says why.
        """
        with store_errors(self.location), Session(self._engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction that is on disk when the block ends, or undone if it raises.

        Raises
        ------
        StoreBusy
            Another process has been writing for `BUSY_TIMEOUT_S`.
        DiskFull
            No space is left.
        StoreError
            The database cannot be used.
        """
        with store_errors(self.location), Session(self._writing) as session, session.begin():
            # SQLite: wait for the writer's turn now, so that what is read stays true until commit.
            session.connection()
            yield session

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _tune_sqlite(engine: Any, *, foreign_keys: bool) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # no implicit BEGIN by the driver: see `begin`
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_S * 1000}",
            "journal_mode = WAL",
            "synchronous = FULL",  # what is committed survives a power cut
            f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
