"""Clearing away what nobody needs any more: uploads without a job, and jobs of long ago."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wavvy.catalog.jobs import JobStore
    from wavvy.service.broker import CeleryQueue
    from wavvy.service.workshop import Workshop

UPLOAD_KEPT = timedelta(days=1)
"""How long the upload of a job that failed is kept, for it to be tried again."""
JOB_KEPT = timedelta(days=30)
"""How long a job that has ended can be looked at."""

_ABANDONED_S = 600.0  # whoever was sending it has gone


def clear_uploads(store: JobStore, uploads: Path, older_than_s: float) -> None:
    """Remove uploads that belong to no job.

    Parameters
    ----------
    store : JobStore
        The jobs.
    uploads : Path
        Folder of uploads.
    older_than_s : float
        Younger ones stay, where others may be receiving them at this moment, in seconds.
    """
    before = time.time() - older_than_s
    found = [path for path in uploads.iterdir() if _changed_before(path, before)]
    if found:
        jobs = store.arguments(failed_since=datetime.now(UTC) - UPLOAD_KEPT)
        kept = {arguments.get("upload") for arguments in jobs}
        for path in found:
            if path.name not in kept:
                path.unlink(missing_ok=True)


def forget_old_jobs(store: JobStore) -> None:
    """Forget the jobs that ended long ago."""
    before = datetime.now(UTC) - JOB_KEPT
    while store.forget_ended(before):
        pass


def _changed_before(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime <= moment
    except FileNotFoundError:  # its job has ended meanwhile
        return False


def chores(shop: Workshop, queue: CeleryQueue | None = None) -> dict[Callable[[], object], float]:
    """Return what is to be done again and again, for a `Keeper`."""
    store, uploads = shop.library.catalog.jobs, shop.uploads.folder
    every: dict[Callable[[], object], float] = {
        shop.lock.hold: 5,
        lambda: clear_uploads(store, uploads, older_than_s=_ABANDONED_S): 3600,
        lambda: forget_old_jobs(store): 3600,
    }
    if queue is not None:
        every[queue.tend] = 1
    return every
