"""Checks of a data folder: can it be written, and does what is in it fit together."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from wavvy.cli.finding import Finding
from wavvy.cli.options import database_url
from wavvy.cli.quantity import count, size

OTHER_FOLDER = "mend it, or choose another folder with --data-dir or WAVVY_DATA_DIR"
OTHER_DATABASE = "docs/deploy.md tells how to run Wavvy with PostgreSQL"
REBUILD = "'wavvy index rebuild' makes the index anew from the catalogue; nothing is lost"
CRAMPED_BYTES = 1_000_000_000
FULL_BYTES = 50_000_000
ABANDONED_S = 3600.0


def writable(folder: Path) -> Finding:
    """See whether the folder can be written, or made where it is not there."""
    if not folder.exists():
        parent = next(parent for parent in folder.parents if parent.exists())
        with tempfile.TemporaryDirectory(dir=parent, prefix="wavvy-doctor-"):
            return Finding("ok", f"{folder} is not there yet; the first 'wavvy add' makes it")
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"wavvy")
    return Finding("ok", f"{folder} can be written")


def disk(folder: Path) -> Finding:
    """See how much space is left."""
    free = shutil.disk_usage(folder).free
    detail = f"{size(free)} free"
    if free < FULL_BYTES:
        return Finding("fail", detail, "free some space: nothing can be added")
    if free < CRAMPED_BYTES:
        return Finding("warn", detail, "free some space before you add much music")
    return Finding("ok", detail)


def catalogue(folder: Path) -> Finding:
    """Open the catalogue: its schema and its fingerprint parameters must be this version's."""
    from wavvy.catalog.repository import Catalog
    from wavvy.dsp.params import DEFAULT

    with Catalog.open(folder, params_digest=DEFAULT.digest(), url=database_url()) as catalog:
        return Finding("ok", f"{count(catalog.count().tracks, 'track')}, readable by this version")


def index(folder: Path) -> Finding:
    """Check every byte of the index, and that it holds what the catalogue holds."""
    import wavvy

    with wavvy.open(folder, database_url()) as library:
        problems = library.verify_index()
    if problems:
        return Finding("fail", "; ".join(problems), REBUILD)
    if library.warnings:
        # Opening the library has mended it from the catalogue.
        return Finding(
            "warn", "; ".join(library.warnings), "mended just now; nothing is left to do"
        )
    return Finding("ok", "sound, and as the catalogue says")


def leftovers(folder: Path) -> Finding:
    """Look for what a crash left behind."""
    abandoned = time.time() - ABANDONED_S
    found = [
        path
        for pattern in ("*.tmp", "*.part", "*.damaged", "rebuilding", "restoring")
        for path in folder.rglob(pattern)
        if path.stat().st_mtime < abandoned
    ]
    if not found:
        return Finding("ok", "none")
    detail = f"{count(len(found), 'leftover')} of a crash, such as {found[0]}"
    return Finding("warn", detail, "delete them when no wavvy is running")
