"""Doing it again when it was only bad luck that it failed."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from functools import wraps
from itertools import count
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError

from wavvy.catalog.postgresql import CONFLICTS
from wavvy.errors import StoreError

PATIENCE_S = 30  # with other writers, as long as SQLite waits for its lock

_RACES = 5  # for the same row; whoever loses as often as that has made a mistake
_LOST_CONNECTIONS = 2
_FIRST_PAUSE_S = 0.005
_LONGEST_PAUSE_S = 0.25

_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


def settle(method: Callable[_Params, _Result]) -> Callable[_Params, _Result]:
    """Run a method of the catalogue again when another writer, or a lost connection, undid it.

    The database decides races: whoever loses one looks again, after a pause that grows and is
    random, so that two do not meet again. A change whose connection broke at its commit is not
    made again: it may have been made.
    """

    @wraps(method)
    def settled(*args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        deadline = time.monotonic() + PATIENCE_S
        for attempt in count(1):
            try:
                return method(*args, **kwargs)
            except (IntegrityError, StoreError) as error:
                if not _may_succeed(error, attempt) or time.monotonic() > deadline:
                    raise
            longest = min(_FIRST_PAUSE_S * 2**attempt, _LONGEST_PAUSE_S)
            time.sleep(random.uniform(0, longest))
        raise AssertionError("count() has an end")

    return settled


def _may_succeed(error: IntegrityError | StoreError, attempt: int) -> bool:
    if isinstance(error, IntegrityError):
        return attempt < _RACES
    cause = error.__cause__
    if not isinstance(cause, DBAPIError):
        return False
    if cause.connection_invalidated:
        return attempt <= _LOST_CONNECTIONS
    # SQLite waits for locks by itself, but not where it turns to its write-ahead log: the first
    # process to open a new catalogue holds off all others for that moment.
    if isinstance(cause.orig, sqlite3.Error):
        return cause.orig.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return getattr(cause.orig, "sqlstate", None) in CONFLICTS
