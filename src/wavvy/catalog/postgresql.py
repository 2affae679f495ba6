"""What is particular to PostgreSQL: how to connect, and what its failures mean.

The driver is loaded by the first connection. Errors are told apart by their SQLSTATE; those of
connecting have none, only the server's sentence.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError

from wavvy.errors import DiskFull, IncompatibleStore, StoreBusy, StoreError, StoreUnavailable

CONNECT_TIMEOUT_S = 3
STATEMENT_TIMEOUT_S = 30
IDLE_TIMEOUT_S = 60  # between two statements of a transaction
POOL_TIMEOUT_S = 10
MOST_CONNECTIONS = 20  # of one process
KEPT_CONNECTIONS = 5  # when there is less to do

CONFLICTS = frozenset({"40001", "40P01"})  # serialisation failure, deadlock

_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})
_SERVER_TIMEOUTS = {
    "statement_timeout": STATEMENT_TIMEOUT_S,
    "lock_timeout": STATEMENT_TIMEOUT_S,
    "idle_in_transaction_session_timeout": IDLE_TIMEOUT_S,
}


def engine_options(url: URL, *, altering: bool) -> dict[str, Any]:
    """Return what `sqlalchemy.create_engine` needs; parameters of the address win.

    Parameters
    ----------
    url : URL
        The address.
    altering : bool
        Whether long statements are expected: then only locks are not waited for without end.
    """
    timeouts = {"lock_timeout": STATEMENT_TIMEOUT_S} if altering else _SERVER_TIMEOUTS
    connection = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": "wavvy",
        # A server that vanished with its machine is noticed within seconds, not hours.
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 10,
        "options": " ".join(f"-c {name}={seconds}s" for name, seconds in timeouts.items()),
    }
    return {
        "connect_args": {k: v for k, v in connection.items() if k not in url.query},
        "pool_pre_ping": True,  # a connection from before a restart of the server is replaced
        "pool_size": KEPT_CONNECTIONS,
        "max_overflow": MOST_CONNECTIONS - KEPT_CONNECTIONS,
        "pool_timeout": POOL_TIMEOUT_S,
    }


def make_extension(connection: Connection, name: str) -> None:
    """Make an extension of PostgreSQL's own usable in the database, if it is not yet.

    Raises
    ------
    StoreError
        The user may not do that, or it is not installed.
    """
    try:
        connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name}"))
    except DBAPIError as error:
        match getattr(error.orig, "sqlstate", None):
            case "42501":
                raise StoreError(
                    f"the search needs PostgreSQL's extension {name}, and this user may not add "
                    f"it: let a superuser run 'CREATE EXTENSION {name}' in the database, then run "
                    "'wavvy migrate'"
                ) from error
            case "58P01" | "0A000":
                raise StoreError(
                    f"the search needs PostgreSQL's extension {name}, which is not installed "
                    "there: install PostgreSQL's contributed extensions (Debian has them in "
                    "postgresql, Fedora in postgresql-contrib), then run 'wavvy migrate'"
                ) from error
        raise


def missing_driver(error: ImportError) -> StoreError:
    """Return the error for a driver that cannot be loaded."""
    return StoreError(
        f"PostgreSQL needs the driver psycopg, which cannot be loaded ({_line(error)}): install "
        "it with 'pip install \"psycopg[binary]\"'"
    )


def failure_of(error: BaseException | None, location: str, *, lost: bool) -> StoreError | None:
    """Return what an error of the driver means for the user; None if it is a mistake of Wavvy.

    Parameters
    ----------
    error : Exception
        As the driver raised it.
    location : str
        The database, as the user knows it.
    lost : bool
        Whether an open connection broke.
    """
    if error is None or not hasattr(error, "sqlstate"):
        return None  # not this driver's
    state: str = error.sqlstate or ""
    if lost or state.startswith("08") or state in _LOST:
        return StoreUnavailable(f"the connection to {location} was lost: try again in a moment")
    if not state:
        return _without_state(error, location)
    if state.startswith(("28", "3D")) or state in ("53200", "53300"):
        return _no_connection(_line(error), location)
    match state:
        case "57014":
            return StoreBusy(f"{location} did not answer in time: try again when it has less to do")
        case "55P03" | "40001" | "40P01":
            return StoreBusy(f"{location} is being changed by others all the time: try again")
        case "53100":
            return DiskFull(
                f"no space left for {location}: free some on the database's machine and run it "
                "again, nothing added so far is lost"
            )
        case "25006":
            return StoreError(
                f"{location} may only be read: name the primary server in WAVVY_DATABASE_URL"
            )
        case "42501":
            return StoreError(
                f"cannot use {location} ({_line(error)}): make its user the owner of the database"
            )
        case "42P01":
            return IncompatibleStore(
                f"{location} lacks tables of a Wavvy catalogue ({_line(error)}): restore it from "
                "a backup"
            )
    return None


def _without_state(error: BaseException, location: str) -> StoreError | None:
    import psycopg  # loaded already: this is one of its errors

    if isinstance(error, psycopg.OperationalError):
        return _no_connection(_line(error), location)
    if "connection option" in str(error):
        return StoreError(f"{_line(error)} in the address of {location}: mend WAVVY_DATABASE_URL")
    return None


def _no_connection(reason: str, location: str) -> StoreError:
    if "does not exist" in reason and "database" in reason:
        return StoreUnavailable(
            f"there is no database {location}: make it with 'createdb', or mend WAVVY_DATABASE_URL"
        )
    if "password" in reason or "authentication" in reason or "role" in reason:
        return StoreUnavailable(
            f"{location} refuses the user or the password: mend WAVVY_DATABASE_URL"
        )
    if "too many" in reason or "connection slots" in reason:
        return StoreUnavailable(
            f"{location} has no connection to spare: raise its max_connections, or run fewer "
            "processes"
        )
    return StoreUnavailable(
        f"cannot reach {location} ({reason}): start PostgreSQL, or mend WAVVY_DATABASE_URL"
    )


def _line(error: object) -> str:
    """Return the driver's own words: the last part of their first line says why."""
    first = str(error).strip().partition("\n")[0]
    return first.rpartition("FATAL:")[2].rpartition(" failed: ")[2].strip() or type(error).__name__
