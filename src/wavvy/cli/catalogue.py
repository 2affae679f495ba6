"""``wavvy migrate`` and ``wavvy copy-catalogue``: look after the catalogue's database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, data_folder, database_url
from wavvy.cli.quantity import count

if TYPE_CHECKING:
    from sqlalchemy import URL

Place = Annotated[str, typer.Argument(metavar="FOLDER|URL", show_default=False)]


def migrate(data_dir: DataDir = None) -> None:
    """Bring the tables of the catalogue up to date after an upgrade of Wavvy.

    Needed with PostgreSQL only: stop everything that uses the database and make a backup first.
    """
    from wavvy.catalog.address import address_of, name_of
    from wavvy.catalog.schema import HEAD, migrate
    from wavvy.dsp.params import DEFAULT

    folder = data_folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    address = address_of(folder, database_url())
    before = migrate(address, DEFAULT.digest())
    if before == HEAD:
        terminal.line(f"{name_of(address)} is up to date already.")
    elif before is None:
        terminal.line(f"{name_of(address)} has its tables now.")
    else:
        terminal.line(f"{name_of(address)} is up to date now: tables {HEAD}, {before} before.")


def copy_catalogue(source: Place, target: Place) -> None:
    """Copy a catalogue from one data folder or database to another, empty one.

    Each is a data folder or postgresql://user:password@host/database. Ids stay what they are, so
    the index of the data folder serves the copy too. All is copied or nothing. Stop what uses
    either of them first.
    """
    from rich.progress import Progress

    from wavvy.catalog.address import name_of
    from wavvy.catalog.transfer import copy_catalogue
    from wavvy.dsp.params import DEFAULT

    old, new = _address(source, must_exist=True), _address(target, must_exist=False)
    with Progress(console=terminal.err(), transient=True) as bar:
        task = bar.add_task("", total=None)
        rows = copy_catalogue(
            old,
            new,
            params_digest=DEFAULT.digest(),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    terminal.line(
        f"Copied to {name_of(new)} and counted again there: {count(rows['tracks'], 'track')}, "
        f"{count(sum(rows.values()), 'row')} in all."
    )


def _address(place: str, *, must_exist: bool) -> URL:
    from wavvy.catalog.address import address_of

    if "://" in place:
        return address_of(Path(), place)
    folder = Path(place).expanduser().absolute()
    address = address_of(folder, None)
    if not must_exist:
        folder.mkdir(parents=True, exist_ok=True)
    elif not Path(str(address.database)).exists():
        raise typer.BadParameter(f"there is no catalogue in {folder}: name a data folder or a URL")
    return address
