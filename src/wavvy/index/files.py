"""Writing files so that a crash leaves the old or the new, never half of either."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from wavvy.errors import DiskFull, StoreError

TEMPORARY_SUFFIX = ".tmp"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_WINDOWS = os.name == "nt"


def write_durably(path: Path, content: bytes | Callable[[BinaryIO], None]) -> None:
    """Write a file under a temporary name, sync it, give it its name, sync the folder.

    Parameters
    ----------
    path : Path
        The file, replaced if it is there.
    content : bytes or callable
        What to write, or a function that writes it.

    Raises
    ------
    DiskFull
        If there is no space left; the temporary file is removed.
    """
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    try:
        with temporary.open("wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _give_name(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno in NO_SPACE:
            raise _disk_full(path.parent) from error
        raise


def make_folder(path: Path) -> None:
    """Make a folder, and those it lies in, durably; it may be there already."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def link_or_copy(path: Path, to: Path) -> None:
    """Give a file that never changes another name, or copy it where the disk has no such thing."""
    try:
        to.hardlink_to(path)
    except OSError:  # another disk, or a file system without links
        with path.open("rb") as source:
            write_durably(to, lambda copy: shutil.copyfileobj(source, copy, 1 << 20))


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system can open folders (not on Windows)."""
    if _WINDOWS:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def folder_errors(folder: Path) -> Iterator[None]:
    """Turn the failures of a folder of the index into `StoreError` with a way out.

    Raises
    ------
    DiskFull
        If there is no space left.
    StoreError
        If it cannot be read or written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise _disk_full(folder) from error
        raise StoreError(
            f"cannot use {error.filename or folder}: {error.strerror or error}; "
            "check its permissions or choose another data folder"
        ) from error


@contextmanager
def unless_in_use() -> Iterator[None]:
    """Remove or rename a file that nothing lists any more.

    Windows refuses while a process has it mapped; whoever writes next tries again.
    """
    try:
        yield
    except PermissionError:
        if not _WINDOWS:
            raise


def _disk_full(folder: Path) -> DiskFull:
    return DiskFull(
        f"no space left in {folder}: free some and run it again, nothing added so far is lost"
    )


def _give_name(temporary: Path, path: Path) -> None:
    """Rename; Windows refuses for the moment that a reader has the old file open."""
    for pause in (0.01, 0.1, 1.0) if _WINDOWS else ():
        try:
            temporary.replace(path)
            return
        except PermissionError:
            time.sleep(pause)
    temporary.replace(path)
