"""What must be well for the service to do its work."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from wavvy.errors import StoreError, WavvyError
from wavvy.library import Wavvy
from wavvy.service.jobs import Jobs

log = logging.getLogger(__name__)

LEAST_FREE_MB = 100
"""Space that the data folder needs, in megabytes (10^6 bytes)."""


def problems(library: Wavvy, jobs: Jobs) -> Iterator[tuple[str, str]]:
    """Look at everything.

    Yields
    ------
    what : str
        What is not well, in words that tell nobody where anything is.
    detail : str
        What is wrong with it and what to do.
    """
    checks: dict[str, Callable[[], object]] = {
        "the database cannot be used": library.catalog.last_track_id,
        "the index cannot be used": library.index.stats,
        "jobs cannot be taken in": jobs.check_queue,
        f"less than {LEAST_FREE_MB} MB of space are left": lambda: _check_space(library.data_dir),
    }
    for what, check in checks.items():
        try:
            check()
        except (WavvyError, OSError) as error:
            log.warning("not ready: %s", error)
            yield what, str(error)


def _check_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_MB * 1_000_000:
        raise StoreError(f"only {free // 1_000_000} MB are left in {folder}: free some space")
