"""What a failing database means for the user."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from wavvy.catalog import postgresql
from wavvy.errors import DiskFull, IncompatibleStore, StoreBusy, StoreError

_SPARE_BYTES = 1024 * 1024  # SQLite reports a full disk as an I/O error in some places


@contextmanager
def store_errors(location: str) -> Iterator[None]:
    """Turn the failures of a database or its folder into `StoreError` with a way out.

    Parameters
    ----------
    location : str
        The database, as the user knows it.

    Raises
    ------
    DiskFull
        No space is left.
    StoreBusy
        Another process held the lock for too long, or the database has too much to do.
    StoreUnavailable
        The database server cannot be reached.
    IncompatibleStore
        The file is no database.
    StoreError
        The file is damaged, or may not be read or written.
    """
    try:
        yield
    except DBAPIError as error:
        failure = _sqlite_failure(error.orig, location) or postgresql.failure_of(
            error.orig, location, lost=error.connection_invalidated
        )
        if failure is None:
            raise
        raise failure from error
    except sqlite3.Error as error:  # of the driver, used without SQLAlchemy
        failure = _sqlite_failure(error, location)
        if failure is None:
            raise
        raise failure from error
    except PoolTimeout as error:
        raise StoreBusy(
            f"all connections to {location} are in use: try again when there is less to do"
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(location) from error
        raise StoreError(
            f"cannot use {location}: {error.strerror or error}; "
            "check its permissions or choose another data folder"
        ) from error


def _sqlite_failure(error: BaseException | None, location: str) -> StoreError | None:
    if not isinstance(error, sqlite3.Error):
        return None
    # Extended codes keep the primary one in the low byte.
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return _disk_full(location)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(
                f"{location} is locked by another process: wait until it has finished, or end it"
            )
        case sqlite3.SQLITE_NOTADB:
            return IncompatibleStore(
                f"{location} is not a Wavvy catalogue: move it away or choose another data folder"
            )
        case sqlite3.SQLITE_CORRUPT:
            return StoreError(
                f"{location} is damaged ({error}): restore it from a backup, or move the data "
                "folder away and add your music again"
            )
        case sqlite3.SQLITE_IOERR if _is_full(location):
            return _disk_full(location)
        case (
            sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_READONLY
            | sqlite3.SQLITE_PERM
        ):
            return StoreError(
                f"cannot use {location}: {error}; check the disk, the permissions, "
                "or choose another data folder"
            )
    return None


def _disk_full(location: str) -> DiskFull:
    return DiskFull(
        f"no space left for {location}: free some and run it again, nothing added so far is lost"
    )


def _is_full(location: str) -> bool:
    folder = Path(location).parent
    return folder.is_dir() and shutil.disk_usage(folder).free < _SPARE_BYTES
