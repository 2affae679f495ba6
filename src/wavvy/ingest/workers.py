"""Preparing many files on all cores, in processes that may crash without harm to the others."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from wavvy.errors import CorruptMedia, WavvyError
from wavvy.ingest.preparation import OWN, Media, Prepared, prepare

Result = tuple[Path, Prepared | WavvyError]

_AHEAD = 2  # files that wait in line for each worker
_MOST_WORKERS = 61  # Windows can wait for no more


def prepare_all(paths: Iterable[Path], workers: int) -> Iterator[Result]:
    """Prepare files; yield each with what came of it, in the order they get done.

    Parameters
    ----------
    paths : iterable of Path
        Any number of files.
    workers : int
        Processes at work; with one, or one file, this process does the work itself.
    """
    todo = deque(paths)
    if workers == 1 or len(todo) == 1:
        while todo:
            path = todo.popleft()
            yield path, attempt(path)
        return
    while todo:
        suspects: list[Path] = []
        yield from _prepare_in_pool(todo, min(workers, len(todo), _MOST_WORKERS), suspects)
        # One of these crashed its process, and with it the pool. Alone, the culprit shows.
        for path in suspects:
            yield from _prepare_alone(path)


def _prepare_in_pool(todo: deque[Path], workers: int, suspects: list[Path]) -> Iterator[Result]:
    """Work through ``todo``; if the pool breaks, leave the files it was at in ``suspects``."""
    running: dict[Future[Prepared | WavvyError], Path] = {}
    pool = _pool(workers)
    try:
        while todo or running:
            while todo and len(running) < workers * _AHEAD:
                running[pool.submit(attempt, todo[0])] = todo[0]
                todo.popleft()
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running[future], future.result()
                del running[future]
    except BrokenProcessPool:
        suspects += running.values()
    finally:
        _end(pool)


def _prepare_alone(path: Path) -> Iterator[Result]:
    pool = _pool(1)
    try:
        pool.submit(os.getpid).result()
    except BrokenProcessPool:
        _end(pool)
        raise RuntimeError(
            "worker processes cannot start; a script that adds music needs "
            'if __name__ == "__main__": around what it does, or workers=1'
        ) from None
    try:
        yield path, pool.submit(attempt, path).result()
    except BrokenProcessPool:
        yield path, CorruptMedia(f"{path} crashes the decoder; convert it to FLAC and add that")
    finally:
        _end(pool)


def _pool(workers: int) -> ProcessPoolExecutor:
    # A fresh process, not a fork: the same on every system, and safe beside threads.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, initializer=_serve_parent)


def _end(pool: ProcessPoolExecutor) -> None:
    """Stop at once: what was not acknowledged is done again next time."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()


def _serve_parent() -> None:
    """Leave Ctrl-C to the process that has started this one, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def attempt(
    path: Path,
    name: str | None = None,
    *,
    media: Media = OWN,
    max_seconds: float | None = None,
) -> Prepared | WavvyError:
    """Prepare a file; whatever is wrong with it becomes the result."""
    try:
        return prepare(path, name, media=media, max_seconds=max_seconds)
    except WavvyError as error:
        return error
    except Exception as error:  # a fault of ours or of a library: the other files go on
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return CorruptMedia(
            f"{name or path} cannot be added ({reason}); convert it to FLAC and add that"
        )
