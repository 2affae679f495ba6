"""``wavvy tracks`` and ``wavvy remove``: look at the catalogue and take things out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wavvy.cli import terminal
from wavvy.cli.merges import finish_merges
from wavvy.cli.options import DataDir, Json, open_library
from wavvy.cli.outcome import FAILED
from wavvy.cli.quantity import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wavvy.catalog.track import Track


def tracks(
    query: Annotated[
        str | None,
        typer.Argument(
            help="Words of title, artist and album, spelt about right; artist:, title:, album:, "
            "year:1990-1999, genre: and quotes narrow it.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Print at most this many.")] = 50,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List the tracks in the library, or those that match QUERY, the best match first."""
    with open_library(data_dir) as library:
        # One more than asked for tells whether there are more.
        most = limit + 1
        found = library.search(query, limit=most) if query else library.tracks(limit=most)
    shown, more = found[:limit], len(found) > limit
    if json:
        for track in shown:
            terminal.json_line(as_json(track))
    elif shown:
        _print_table(shown)
    elif query:
        terminal.hint(f"No track matches '{query}'.")
    else:
        terminal.hint(
            "The library is empty: 'wavvy add FOLDER' adds music, 'wavvy demo' shows how."
        )
    if more:
        terminal.hint(f"There are more: the first {limit} are shown, --limit N shows N.")


def remove(
    ids: Annotated[list[int], typer.Argument(metavar="ID", help="From 'wavvy tracks'.")],
    data_dir: DataDir = None,
) -> None:
    """Remove tracks from the library. The audio files stay where they are."""
    from wavvy.errors import NotFound

    missing = False
    with open_library(data_dir) as library:
        for track_id in ids:
            try:
                track = library.track(track_id)
                library.remove(track_id)
            except NotFound as failure:
                terminal.error(str(failure))
                missing = True
            else:
                terminal.line(f"removed {track_id}: {byline(track.title, track.artists)}")
        finish_merges(library)
    if missing:
        raise typer.Exit(FAILED)


def byline(title: str, artists: Sequence[str]) -> str:
    """Return ``Title - Artist, Artist``, or the title alone where no artist is known."""
    return f"{title} - {', '.join(artists)}" if artists else title


def as_json(track: Track) -> dict[str, object]:
    """Return what is printed of a track with ``--json``."""
    return {
        "id": track.id,
        "title": track.title,
        "artists": [{"name": name} for name in track.artists],
        "album": {"name": track.album} if track.album else None,
        "release_date": track.release_date,
        "duration_ms": track.duration_ms,
        "genres": [{"name": name} for name in track.genres],
        "external_ids": track.external_ids(),
        "external_metadata": dict(track.links),
        "label": track.label,
        "album_artist": track.album_artist,
        "track_number": track.track_number,
        "disc_number": track.disc_number,
        "file": track.file,
        "added_at": track.added_at.isoformat(),
    }


def _print_table(shown: Sequence[Track]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("id", justify="right", style="cyan", no_wrap=True)
    table.add_column("title", style="bold", overflow="fold", ratio=3)
    table.add_column("artist", overflow="fold", ratio=2)
    table.add_column("album", overflow="fold", ratio=2)
    table.add_column("length", justify="right", no_wrap=True)
    for track in shown:
        table.add_row(
            str(track.id),
            terminal.printable(track.title),
            terminal.printable(", ".join(track.artists)),
            terminal.printable(track.album or ""),
            clock(track.duration_ms),
        )
    terminal.out().print(table)
