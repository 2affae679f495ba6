"""Backups: a copy of a data folder that is whole, and known to be.

A backup is a data folder of its own, with a seal beside catalogue and index: a list of its files
with their SHA-256, written last. A folder without a seal is half a backup and never restored.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wavvy.catalog.address import FILE_NAME as CATALOG
from wavvy.errors import IncompatibleStore, StoreError
from wavvy.index.files import folder_errors, make_folder, sync_folder, write_durably
from wavvy.index.manifest import FILE_NAME as MANIFEST
from wavvy.index.manifest import Manifest
from wavvy.library import INDEX, SERVER_LOCK, Wavvy
from wavvy.locks import using

log = logging.getLogger(__name__)

SEAL = "wavvy-backup.json"
VERSION = 1

_RESTORING = "restoring"


def back_up(library: Wavvy, target: Path) -> int:
    """Copy a library into a new folder while it is in use; return the number of its tracks.

    The copy holds what was acknowledged when it was begun, and is checked to the last byte.

    Parameters
    ----------
    target : Path
        A folder that is not there yet, or empty.

    Raises
    ------
    StoreError
        If the folder holds something already, the catalogue is on a database server, or either
        cannot be used.
    """
    if not library.catalog.is_file:
        raise StoreError(
            "the catalogue is on a database server, which has its own backups (pg_dump); the index "
            "needs none, 'wavvy index rebuild' makes it from the catalogue"
        )
    target = target.expanduser().absolute()
    with folder_errors(target):
        if target.exists() and any(target.iterdir()):
            raise StoreError(f"{target} is not empty: choose a new folder for each backup")
        try:
            return _fill(library, target)
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)  # it was empty: it can be run again
            raise


def _fill(library: Wavvy, target: Path) -> int:
    """Make an empty folder a checked and sealed copy; return the number of its tracks."""
    library.copy_to(target)
    with Wavvy(target) as copy:
        if problems := copy.verify_index():
            log.warning("the backup has an index made anew: %s", "; ".join(problems))
            copy.rebuild_index()
        copy.settle()
        tracks = copy.stats().tracks
    segments = Manifest.load(target / INDEX).segments
    names = [CATALOG, *(f"{INDEX}/{name}" for name in (MANIFEST, *segments))]
    files = {name: _describe(target / name) for name in names}
    seal = {
        "version": VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tracks": tracks,
        "files": files,
    }
    write_durably(target / SEAL, json.dumps(seal, indent=1).encode())
    return tracks


def restore(source: Path, data_dir: Path, *, force: bool = False) -> int:
    """Make a data folder what a backup holds; return the number of its tracks.

    The backup is checked first and left as it is.

    Parameters
    ----------
    source : Path
        What `back_up` has made.
    data_dir : Path
        The data folder. Nothing but a running server is noticed there: end whatever else uses it.
    force : bool, default False
        Whether to replace a library that it holds.

    Raises
    ------
    StoreBusy
        If a server uses the data folder.
    IncompatibleStore
        If a newer version made the backup.
    StoreError
        If the backup is not whole, the data folder holds a library, or either cannot be used.
    """
    source, data_dir = source.expanduser().absolute(), data_dir.expanduser().absolute()
    names = _checked(source)
    with folder_errors(data_dir):
        if not force and any((data_dir / name).exists() for name in (CATALOG, INDEX)):
            raise StoreError(
                f"{data_dir} holds a library: choose another folder with --data-dir, "
                "or replace it with --force"
            )
        make_folder(data_dir)
        with using(data_dir / SERVER_LOCK, alone=True):
            draft = data_dir / _RESTORING
            shutil.rmtree(draft, ignore_errors=True)
            try:
                make_folder(draft / INDEX)
                for name in names:
                    _copy(source / name, draft / name)
                for folder in (draft / INDEX, draft):
                    sync_folder(folder)
            except OSError:
                shutil.rmtree(draft, ignore_errors=True)
                raise
            _swap(draft, data_dir)
    with Wavvy(data_dir) as library:
        return library.stats().tracks


def is_backup(folder: Path) -> bool:
    """Tell whether a data folder is a backup: what changes it breaks its seal."""
    return (folder / SEAL).is_file()


def _swap(draft: Path, data_dir: Path) -> None:
    """Put the restored files in place; wherever this is cut short, restoring again goes on."""
    # An old log must never meet the new database: SQLite would write it in.
    for suffix in ("-wal", "-shm"):
        (data_dir / f"{CATALOG}{suffix}").unlink(missing_ok=True)
    shutil.rmtree(data_dir / INDEX, ignore_errors=True)
    sync_folder(data_dir)
    (draft / CATALOG).replace(data_dir / CATALOG)
    (draft / INDEX).replace(data_dir / INDEX)
    draft.rmdir()
    sync_folder(data_dir)


def _checked(source: Path) -> list[str]:
    """Return the names of a backup's files; raise StoreError unless all are as they were made."""
    with folder_errors(source):
        try:
            seal = json.loads((source / SEAL).read_bytes())
            version, files = seal["version"], dict(seal["files"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            raise StoreError(
                f"{source} is no complete backup, its {SEAL} is missing or damaged: use another"
            ) from None
        if version != VERSION:
            raise IncompatibleStore(
                f"{source} is a backup of version {version}, this program reads {VERSION}: "
                "update Wavvy"
            )
        for name, described in files.items():
            if not (source / name).is_file() or _describe(source / name) != described:
                raise StoreError(
                    f"{source / name} is missing or damaged, or was changed since: "
                    "use another backup"
                )
        return list(files)


def _describe(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _copy(path: Path, to: Path) -> None:
    with path.open("rb") as source, to.open("wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
