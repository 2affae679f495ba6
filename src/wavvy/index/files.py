"""Writing files so that a crash leaves the old or the new, never half of either."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from wavvy.errors import DiskFull

TEMPORARY_SUFFIX = ".tmp"


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
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                f"no space left in {path.parent}; free some and run the command again"
            ) from error
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system can open folders (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_if_possible(path: Path) -> None:
    """Remove a file that nothing lists any more.

    Windows refuses while another process has it mapped; whoever writes next tries again.
    """
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        if os.name != "nt":
            raise
