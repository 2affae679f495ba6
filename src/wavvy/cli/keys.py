"""``wavvy keys``: who may use the service from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, Json, open_library

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wavvy.catalog.keys import ApiKey, Scope

commands = typer.Typer(
    help="Make, list and revoke keys of the HTTP interface.", rich_markup_mode=None
)


@commands.command()
def create(
    name: Annotated[str, typer.Argument(help="Whom or what the key is for.", show_default=False)],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE",
            show_default=False,
            help="What it allows: read (look at the library), recognise (name clips), admin "
            "(everything). May be given more than once; by default read and recognise.",
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it. It is shown this once; the library keeps only its hash."""
    scopes = [_scope(name) for name in scope or ("read", "recognise")]
    with open_library(data_dir) as library:
        key, secret = library.catalog.keys.create(name, scopes)
    terminal.line(secret)
    terminal.hint(
        f"Key {key.id} ({_names(key)}) for {key.name}. Keep it now: it cannot be shown again. "
        "Send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'."
    )


@commands.command("list")
def list_keys(json: Json = False, data_dir: DataDir = None) -> None:
    """List the keys, without the keys themselves."""
    with open_library(data_dir) as library:
        keys = library.catalog.keys.all()
    if json:
        for key in keys:
            terminal.json_line(
                {
                    "id": key.id,
                    "name": key.name,
                    "scopes": sorted(key.scopes),
                    "created_at": key.created_at.isoformat(),
                    "last_used_at": key.last_used_at and key.last_used_at.isoformat(),
                }
            )
    elif keys:
        _print_table(keys)
    else:
        terminal.hint("There are no keys: 'wavvy keys create NAME' makes one.")


@commands.command()
def revoke(
    key_id: Annotated[int, typer.Argument(metavar="ID", help="From 'wavvy keys list'.")],
    data_dir: DataDir = None,
) -> None:
    """Revoke a key: it stops working within ten seconds, also in a running server."""
    with open_library(data_dir) as library:
        key = library.catalog.keys.revoke(key_id)
    terminal.line(f"revoked {key.id}: {key.name}")


def _scope(name: str) -> Scope:
    from wavvy.catalog.keys import SCOPES

    for scope in SCOPES:
        if scope == name:
            return scope
    raise typer.BadParameter(f"'{name}' is no scope: choose from {', '.join(SCOPES)}")


def _names(key: ApiKey) -> str:
    return ", ".join(sorted(key.scopes))


def _print_table(keys: Sequence[ApiKey]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("id", justify="right", style="cyan", no_wrap=True)
    table.add_column("name", style="bold", overflow="fold")
    table.add_column("scopes")
    table.add_column("made", no_wrap=True)
    table.add_column("last used", no_wrap=True)
    for key in keys:
        table.add_row(
            str(key.id),
            terminal.printable(key.name),
            _names(key),
            _minute(key.created_at),
            _minute(key.last_used_at) if key.last_used_at else "never",
        )
    terminal.out().print(table)


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
