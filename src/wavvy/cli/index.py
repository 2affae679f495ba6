"""``wavvy index``: look after the search index, which is derived from the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, data_folder, database_url, open_library
from wavvy.cli.outcome import FAILED
from wavvy.cli.quantity import count

if TYPE_CHECKING:
    from wavvy.library import Wavvy

commands = typer.Typer(help="Check, rebuild or merge the search index.", rich_markup_mode=None)


@commands.command()
def verify(data_dir: DataDir = None) -> None:
    """Read the whole index and check it against its checksums and the catalogue."""
    with open_library(data_dir) as library, terminal.err().status("Reading the whole index"):
        problems = library.verify_index()
    for problem in problems:
        terminal.error(problem)
    if problems:
        terminal.hint("'wavvy index rebuild' makes it anew from the catalogue; nothing is lost.")
        raise typer.Exit(FAILED)
    terminal.line("The index is sound.")


@commands.command()
def rebuild(data_dir: DataDir = None) -> None:
    """Make the index anew from the fingerprints in the catalogue; no audio is needed."""
    from wavvy.cli.track_bar import track_bar
    from wavvy.library import Wavvy

    with track_bar("in the new index") as show:
        library = Wavvy(data_folder(data_dir), database_url(), fresh_index=show)
    with library:
        _merge(library)
        tracks = library.stats().tracks
    terminal.line(f"The index is rebuilt: {count(tracks, 'track')}.")


@commands.command()
def merge(data_dir: DataDir = None) -> None:
    """Merge small segments and drop what removed tracks left behind."""
    with open_library(data_dir) as library:
        fewer = _merge(library)
    terminal.line(f"Merged: {count(fewer, 'segment')} fewer." if fewer else "Nothing to merge.")


def _merge(library: Wavvy) -> int:
    with terminal.err().status("Merging segments"):
        return library.merge_index()
