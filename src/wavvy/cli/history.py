"""``wavvy history``: what was recognised when."""

from __future__ import annotations

import sys
import time
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, Json, open_library
from wavvy.cli.quantity import clock, count, percent
from wavvy.cli.tracks import byline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wavvy.catalog.history import Heard, HistoryStore, Span

_DAY_MS = 86_400_000
_SHOWN = 50


def history(
    top: Annotated[
        bool, typer.Option("--top", help="List the most recognised tracks instead.")
    ] = False,
    days: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", show_default=False, help="Only the last N days (default: all)."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            show_default=False,
            help=f"Print at most this many (default: {_SHOWN}; with --csv and --json all).",
        ),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")] = False,
    json: Json = False,
    clear: Annotated[
        bool, typer.Option("--clear", help="Delete the history, or its last N days.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Show what was recognised, the newest first."""
    if sum((csv, json, clear)) > 1 or (top and (csv or clear)):
        raise typer.BadParameter("--csv, --json, --clear: choose one; --top goes with --json")
    from wavvy.catalog.history import Span

    begin = None if days is None else time.time_ns() // 1_000_000 - days * _DAY_MS
    span = Span(from_ms=begin)
    with open_library(data_dir) as library:
        store = library.catalog.history
        if clear:
            _clear(store, span, sure=yes)
        elif top:
            _top(store, span, limit or _SHOWN, json=json)
        elif csv or json:
            _export(islice(store.export(span), limit), csv=csv)
        else:
            _show(store, span, limit or _SHOWN)


def _clear(store: HistoryStore, span: Span, *, sure: bool) -> None:
    number = store.count(span)
    if not number:
        terminal.hint("There is nothing to delete.")
    elif sure or typer.confirm(f"Delete {_recognitions(number)}?", abort=True, err=True):
        terminal.line(f"Deleted: {_recognitions(store.clear(span))}.")


def _top(store: HistoryStore, span: Span, limit: int, *, json: bool) -> None:
    from wavvy.history.export import match_to_dict, to_dict

    tops = store.top(span, limit=limit)
    for top in tops:
        if json:
            last = to_dict(top.heard)["heard_at"]
            terminal.json_line(
                match_to_dict(top.heard) | {"count": top.count, "last_heard_at": last}
            )
        else:
            terminal.pair(f"{top.count:,} ×", _name(top.heard))
    if not tops:
        _say_empty()


def _export(rows: Iterator[Heard], *, csv: bool) -> None:
    from wavvy.history.export import export, to_dict

    if csv:
        for piece in export(rows, "csv"):
            sys.stdout.write(piece.replace("\r\n", "\n"))
    else:
        for heard in rows:
            terminal.json_line(to_dict(heard))


def _show(store: HistoryStore, span: Span, limit: int) -> None:
    from rich.table import Table

    page, cursor = store.page(span, limit=limit)
    if not page:
        _say_empty()
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("when", style="cyan", no_wrap=True)
    table.add_column("from", no_wrap=True)
    table.add_column("track", overflow="fold")
    table.add_column("at", justify="right", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    for heard in page:
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(heard.heard_at_ms / 1000))
        table.add_row(
            at,
            heard.source,
            terminal.printable(_name(heard)),
            "" if heard.play_offset_ms is None else clock(heard.play_offset_ms),
            "" if heard.score is None else percent(heard.score),
            style="dim" if heard.track_id is None else "",
        )
    terminal.out().print(table)
    if cursor is not None:
        terminal.hint(f"There are more: the last {limit} are shown, --limit N shows N.")


def _name(heard: Heard) -> str:
    if heard.title is None:
        return "no match"
    name = byline(heard.title, heard.artists)
    return name if heard.track else f"{name} (removed)"


def _recognitions(number: int) -> str:
    return count(number, "recognition")


def _say_empty() -> None:
    terminal.hint(
        "Nothing has been recognised yet: 'wavvy identify CLIP' and 'wavvy serve' fill this list."
    )
