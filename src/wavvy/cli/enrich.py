"""``wavvy enrich``: ask others about the tracks of the library."""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, data_folder, open_library
from wavvy.cli.outcome import FAILED
from wavvy.cli.quantity import count

if TYPE_CHECKING:
    from wavvy.enrich.enricher import Enricher, Outcome
    from wavvy.library import Wavvy


def enrich(
    provider: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            show_default=False,
            help="Ask musicbrainz, spotify or youtube; may be repeated (default: all of "
            "WAVVY_ENRICH).",
        ),
    ] = None,
    missing: Annotated[
        bool,
        typer.Option(
            "--missing", help="Ask again about what was not found or failed, before its time."
        ),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Look up the tracks of the library at MusicBrainz, Spotify and YouTube.

    Links, covers and what files do not say are added; what you have edited stays. Only title,
    artist and ISRC are sent. Stop it whenever you like: the same command goes on from there.
    docs/metadata.md tells how to get keys.
    """
    from dataclasses import replace

    from wavvy.cli.serve import read_settings

    settings = read_settings(
        data_dir=data_folder(data_dir), enrich=",".join(provider) if provider else None
    )
    setup = settings.enrich_setup
    lacking = setup.lacking()
    for name, remedy in lacking.items():
        terminal.error(f"{name} cannot be asked: {remedy}")
    if not setup.providers:
        raise typer.BadParameter(
            "nobody is to be asked: name one with --provider, or set WAVVY_ENRICH"
        )
    setup = replace(setup, providers=[name for name in setup.providers if name not in lacking])
    # What is amiss is told once, as the outcome.
    logging.getLogger("wavvy.enrich").setLevel(logging.ERROR)
    stop = threading.Event()
    failed = bool(lacking)
    with open_library(data_dir) as library:
        for one in setup.enrichers(library.catalog, stop):
            with closing(one):
                outcome = _run(library, one, missing)
            _report(one.name, outcome)
            failed = failed or outcome.trouble is not None
    if failed:
        raise typer.Exit(FAILED)


def _run(library: Wavvy, enricher: Enricher, missing: bool) -> Outcome:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    due = library.catalog.lookups.count_due(
        enricher.name, again=enricher.states_due(missing=missing)
    )
    columns = (
        TextColumn(enricher.name),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TextColumn("{task.fields[found]:,} found", style="dim"),
        TimeRemainingColumn(compact=True),
    )
    shown = terminal.err().is_terminal
    with Progress(*columns, console=terminal.err(), transient=True, disable=not shown) as bar:
        task = bar.add_task("", total=due, found=0)
        return enricher.run(
            missing=missing,
            progress=lambda so_far: bar.update(task, completed=so_far.done, found=so_far.found),
        )


def _report(name: str, outcome: Outcome) -> None:
    told = f"{name}: {count(outcome.done, 'track')} looked up, {outcome.found:,} found"
    if outcome.failed:
        told += f", {outcome.failed:,} failed and to be tried again"
    terminal.line(told)
    if outcome.trouble is not None:
        terminal.error(f"{outcome.trouble}; the same command goes on where it stopped")
