"""``wavvy backup`` and ``wavvy restore``: copies of the library that are whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, data_folder, database_url, open_library
from wavvy.cli.outcome import FAILED
from wavvy.cli.quantity import count


def backup(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new folder, made for this backup.")
    ],
    data_dir: DataDir = None,
) -> None:
    """Copy the library into a new folder and check the copy; it may be in use meanwhile.

    Music files are not copied. On the same disk the index takes no space twice.
    """
    from wavvy.backup import back_up

    data = data_folder(data_dir)
    if not data.is_dir():
        terminal.error(f"there is no library in {data}; name its folder with --data-dir")
        raise typer.Exit(FAILED)
    with open_library(data) as library:
        tracks = back_up(library, folder)
    terminal.line(f"Backed up: {count(tracks, 'track')} in {folder}.")


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What 'wavvy backup' has made.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the library that the data folder holds.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Make the data folder what a backup holds, once the backup has proved to be whole.

    Stop whatever uses the data folder first.
    """
    from wavvy.backup import restore as restore_library

    if database_url():
        terminal.error(
            "restoring makes a catalogue in the data folder: do it without WAVVY_DATABASE_URL, "
            "then 'wavvy copy-catalogue' brings it to a database server"
        )
        raise typer.Exit(FAILED)
    data = data_folder(data_dir)
    tracks = restore_library(folder, data, force=force)
    terminal.line(f"Restored: {count(tracks, 'track')} in {data}.")
