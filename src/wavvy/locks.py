"""Locks between the processes that share a data folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from filelock import FileLock, ReadWriteLock, Timeout

from wavvy.catalog.failures import store_errors
from wavvy.errors import StoreBusy

WRITER_PATIENCE_SECONDS = 60.0
"""How long to wait for another process that changes the index."""

_POLL_SECONDS = 0.005  # removing a track takes a few milliseconds


class WritersLock:
    """Held around each change of the index; a thread may enter it more than once.

    Parameters
    ----------
    path : Path
        The lock file.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, thread_local=False, poll_interval=_POLL_SECONDS)
        self._mutex = threading.RLock()

    def __enter__(self) -> None:
        self._mutex.acquire()
        try:
            with store_errors(self._lock.lock_file):
                self._acquire()
        except BaseException:
            self._mutex.release()
            raise

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()
        self._mutex.release()

    def _acquire(self) -> None:
        try:
            self._lock.acquire(timeout=WRITER_PATIENCE_SECONDS)
        except Timeout:
            raise StoreBusy(
                f"another process has been changing {self._lock.lock_file} for "
                f"{WRITER_PATIENCE_SECONDS:.0f} s; try again when it is done"
            ) from None


class MergeLock:
    """Held while an index is merged or made anew: that runs once at a time, beside writers.

    Parameters
    ----------
    path : Path
        The lock file.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, thread_local=False)
        self._mutex = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for it, however long."""
        with self._mutex, store_errors(self._lock.lock_file), self._lock:
            yield

    @contextmanager
    def held_if_free(self) -> Iterator[bool]:
        """Take it unless another has it; tell which."""
        if not self._mutex.acquire(blocking=False):
            yield False
            return
        try:
            with store_errors(self._lock.lock_file):
                try:
                    self._lock.acquire(blocking=False)
                except Timeout:
                    free = False
                else:
                    free = True
            try:
                yield free
            finally:
                if free:
                    self._lock.release()
        finally:
            self._mutex.release()


@contextmanager
def using(path: Path, *, alone: bool) -> Iterator[None]:
    """Use a data folder as a server or a worker does, or have it for oneself.

    Parameters
    ----------
    path : Path
        The lock file.
    alone : bool
        Whether nobody else may use the folder in this way meanwhile.

    Raises
    ------
    StoreBusy
        Somebody does.
    """
    lock = ReadWriteLock(path, blocking=False, is_singleton=False)
    with store_errors(str(path)):
        try:
            if alone:
                lock.acquire_write()
            else:
                lock.acquire_read()
        except Timeout:
            raise StoreBusy(f"a server uses {path.parent}: stop it first") from None
    try:
        yield
    finally:
        lock.release(force=True)  # perhaps in another thread than it was taken in
        lock.close()
