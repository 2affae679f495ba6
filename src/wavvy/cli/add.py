"""``wavvy add``: take music into the library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wavvy.cli import terminal
from wavvy.cli.merges import finish_merges
from wavvy.cli.options import DataDir, Json, open_library
from wavvy.cli.outcome import FAILED
from wavvy.cli.quantity import clock
from wavvy.cli.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wavvy.ingest.outcome import AddOutcome


def add(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Music files, or folders of them.")
    ],
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=False,
            help="Take N files at a time (default: one for each core).",
        ),
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Add music files and folders to the library.

    Folders are searched to any depth. Audio that the library knows already is skipped, whatever
    its file is called. A file that fails does not stop the others. Stop it whenever you like:
    what is added stays, and the same command goes on from there.
    """
    from wavvy.ingest.discovery import find_audio

    files = list(find_audio(paths))
    if not files:
        where = ", ".join(map(str, paths))
        terminal.error(f"no music in {where}: Wavvy looks for .mp3, .flac, .ogg, .m4a and the like")
        raise typer.Exit(FAILED)
    tally = Tally()
    on_screen = terminal.out().is_terminal
    # Lines and a bar on the same terminal would tear each other apart.
    with_bar = terminal.err().is_terminal and not (json and on_screen)
    lines = not (with_bar and on_screen)
    try:
        with open_library(data_dir) as library:
            outcomes: Iterable[AddOutcome] = library.add_all(files, workers=workers)
            for outcome in _with_bar(outcomes, files, tally) if with_bar else outcomes:
                tally.take(outcome)
                if json:
                    terminal.json_line(outcome.to_dict())
                    continue
                if lines:
                    _print_line(outcome)
                for text in outcome.warnings:
                    terminal.warning(f"{outcome.file}: {text}")
            finish_merges(library)
        if tally.added and os.environ.get("WAVVY_ENRICH"):
            terminal.hint("'wavvy enrich' looks them up; a running server does so by itself.")
    finally:
        if not json:
            for failure in tally.failures:
                terminal.error(str(failure.error))
    if not json:
        terminal.line(tally.summary())
    if tally.failures:
        raise typer.Exit(FAILED)


def _print_line(outcome: AddOutcome) -> None:
    length = clock(outcome.duration_ms) if outcome.duration_ms is not None else ""
    terminal.line(f"{outcome.status:<6} {length:>7}  {outcome.file}")


def _with_bar(
    outcomes: Iterable[AddOutcome], files: list[Path], tally: Tally
) -> Iterator[AddOutcome]:
    from wavvy.cli.bar import Bar

    sizes = {str(file): _size(file) for file in files}
    with Bar(len(sizes), sum(sizes.values())) as bar:
        for outcome in outcomes:
            yield outcome
            bar.advance(tally, sizes.get(outcome.file, 0))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # the library will say what is wrong with it
