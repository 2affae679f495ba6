"""What must be well for the service to do its work."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator

from wavvy.errors import StoreError, WavvyError
from wavvy.library import Wavvy

log = logging.getLogger(__name__)

LEAST_FREE_MB = 100
"""Space that the data folder needs, in megabytes (10^6 bytes)."""


def problems(library: Wavvy) -> Iterator[tuple[str, str]]:
    """Look at everything.

    Yields
    ------
    what : str
        What is not well, in words that tell nobody where anything is.
    detail : str
        What is wrong with it and what to do.
    """
    checks: dict[str, Callable[[Wavvy], None]] = {
        "the database cannot be used": _check_database,
        "the index cannot be used": _check_index,
        f"less than {LEAST_FREE_MB} MB of space are left": _check_space,
    }
    for what, check in checks.items():
        try:
            check(library)
        except (WavvyError, OSError) as error:
            log.warning("not ready: %s", error)
            yield what, str(error)


def _check_database(library: Wavvy) -> None:
    library.catalog.last_track_id()


def _check_index(library: Wavvy) -> None:
    library.index.stats()


def _check_space(library: Wavvy) -> None:
    free = shutil.disk_usage(library.data_dir).free
    if free < LEAST_FREE_MB * 1_000_000:
        raise StoreError(
            f"only {free // 1_000_000} MB are left in {library.data_dir}: free some space"
        )
