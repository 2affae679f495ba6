"""Options that several commands share, and the library they lead to."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wavvy.cli import terminal

if TYPE_CHECKING:
    from wavvy.library import Wavvy

DATA_DIR_VARIABLE = "WAVVY_DATA_DIR"
DATABASE_VARIABLE = "WAVVY_DATABASE_URL"
HISTORY_VARIABLE = "WAVVY_HISTORY_DAYS"

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar=DATA_DIR_VARIABLE,
        metavar="FOLDER",
        show_default=False,
        help="Where catalogue and index live (default: the user's data folder).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one line per item.")]


def data_folder(data_dir: Path | None) -> Path:
    """Return the data folder to use: the given one or this platform's default."""
    return default_folder() if data_dir is None else data_dir.expanduser().absolute()


def default_folder() -> Path:
    """Return this platform's folder for the user's data."""
    import platformdirs

    return platformdirs.user_data_path("wavvy", appauthor=False)


def database_url() -> str | None:
    """Return the address of the catalogue's database; None: it is in the data folder.

    There is no option for it, since others on the machine can read a command line, and with it the
    password.
    """
    return os.environ.get(DATABASE_VARIABLE) or None


def history_days() -> int:
    """Return how long recognitions are kept; see the settings of the service.

    Raises
    ------
    typer.BadParameter
        It is no number.
    """
    text = os.environ.get(HISTORY_VARIABLE, "").strip() or "365"
    if not (text.isascii() and text.isdigit()):
        raise typer.BadParameter(f"{HISTORY_VARIABLE} is {text!r}: give a number of days, or 0")
    return int(text)


def open_library(data_dir: Path | None) -> Wavvy:
    """Open the library in the data folder, and say what had to be mended; close it by ``with``.

    Raises
    ------
    StoreError
        The folder or the database cannot be used as it is.
    """
    import wavvy

    logging.getLogger("wavvy").addHandler(terminal.Warnings(logging.WARNING))
    library = wavvy.open(data_folder(data_dir), database_url())
    for text in library.warnings:
        terminal.warning(text)
    return library
