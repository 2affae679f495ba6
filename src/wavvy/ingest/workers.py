"""Preparing many files at a time: decoded in processes of their own, fingerprinted in threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

from wavvy.errors import CorruptMedia, WavvyError
from wavvy.ingest.preparation import Prepared, prepare
from wavvy.sandbox.patience import LIBRARY, Patience
from wavvy.sandbox.pool import Sandbox
from wavvy.sandbox.process import ProcessKilled

Result = tuple[Path, Prepared | WavvyError]

_AHEAD = 2  # files that are prepared, or wait to be, for each worker
_BEAT_SECONDS = 0.5


def prepare_all(
    paths: Iterable[Path],
    workers: int,
    waiting: Callable[[], None] | None = None,
    *,
    sandbox: Sandbox,
) -> Iterator[Result]:
    """Prepare files; yield each with what came of it, in the order they get done.

    Parameters
    ----------
    paths : iterable of Path
        Any number of files.
    workers : int
        Files at work at a time.
    waiting : callable, optional
        Called again and again while none gets done; what it raises ends all of them.
    sandbox : Sandbox
        Its processes decode them.
    """
    todo = deque(paths)
    if not todo:
        return
    workers = min(workers, len(todo))
    running: dict[Future[Prepared | WavvyError], Path] = {}
    with ThreadPoolExecutor(workers, "wavvy-ingest") as pool, sandbox.branch(workers) as branch:
        try:
            while todo or running:
                while todo and len(running) < workers * _AHEAD:
                    path = todo.popleft()
                    running[pool.submit(attempt, path, sandbox=branch, patience=LIBRARY)] = path
                done, _ = wait(running, _BEAT_SECONDS, FIRST_COMPLETED)
                if not done and waiting is not None:
                    waiting()
                for future in [future for future in running if future in done]:
                    yield running.pop(future), future.result()
        finally:
            # At once, whatever they are at: what was not acknowledged is done again next time.
            pool.shutdown(wait=False, cancel_futures=True)


def attempt(
    path: Path,
    name: str | None = None,
    *,
    sandbox: Sandbox,
    patience: Patience,
    max_seconds: float | None = None,
) -> Prepared | WavvyError:
    """Prepare a file; whatever is wrong with it becomes the result."""
    prepared = partial(
        prepare, path, name, sandbox=sandbox, patience=patience, max_seconds=max_seconds
    )
    try:
        try:
            return prepared()
        except ProcessKilled:
            return prepared()
    except WavvyError as error:
        return error
    except Exception as error:  # a fault of ours or of a library: the other files go on
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return CorruptMedia(
            f"{name or path} cannot be added ({reason}); convert it to FLAC and add that"
        )
