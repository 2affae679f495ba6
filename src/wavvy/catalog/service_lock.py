"""Who may work on the jobs of a catalogue in PostgreSQL: one server alone, or many with Redis.

Servers that share a data folder know of each other by a lock in it; servers of other folders, on
other machines perhaps, only by this one.
"""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from wavvy.catalog.database import Database
from wavvy.catalog.failures import store_errors
from wavvy.errors import StoreBusy

_KEY = 0x77617677  # of PostgreSQL's advisory locks
# A machine that has vanished does not hold the lock for hours.
_KEEPALIVE = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)


class ServiceLock:
    """Held by a connection of its own, for as long as a server or a worker runs.

    With SQLite there is nothing to hold: its file is in the data folder.

    Parameters
    ----------
    database : Database
        The catalogue's.
    alone : bool
        Whether nobody else may work on its jobs.
    """

    def __init__(self, database: Database, *, alone: bool) -> None:
        self._database = database
        self._function = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
        self._connection: Connection | None = None

    def hold(self) -> None:
        """Take it, or see that it is still held: a restart of the database lets go of it.

        Raises
        ------
        StoreBusy
            Others work on these jobs in a way that excludes this process.
        StoreUnavailable
            The server cannot be reached.
        """
        if self._database.is_sqlite or self._is_held():
            return
        with store_errors(self._database.location):
            connection = self._database.connect()
            try:
                connection.exec_driver_sql(_KEEPALIVE)
                got = connection.scalar(text(f"SELECT {self._function}({_KEY})"))
            except BaseException:
                connection.invalidate()
                raise
        if not got:
            connection.close()
            raise StoreBusy(
                f"another server works on the jobs of {self._database.location}: stop it, or let "
                "all of them work together with WAVVY_REDIS_URL and a data folder that they share"
            )
        self._connection = connection

    def close(self) -> None:
        """Let go of it."""
        if self._connection is not None:
            # It would end with the session too, but some time after this process has gone on.
            with suppress(DBAPIError):  # then the session has ended already
                self._connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _is_held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.scalar(text("SELECT 1"))
        except DBAPIError:
            self._connection.close()
            self._connection = None
            return False
        return True
