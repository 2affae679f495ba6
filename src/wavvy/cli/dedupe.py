"""``wavvy dedupe``: tell which tracks are the same recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, Json, open_library
from wavvy.cli.quantity import clock, count, percent
from wavvy.cli.tracks import as_json, byline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wavvy.catalog.duplicates import DuplicateGroup
    from wavvy.duplicates.scan import ScanProgress
    from wavvy.library import Wavvy

_AT_ONCE = 200


def dedupe(json: Json = False, data_dir: DataDir = None) -> None:
    """List tracks that are the same recording: another encoding, volume, or cut at its ends.

    Only tracks that are new since the last time are compared. Nothing is removed: 'wavvy remove ID'
    does that, for the tracks that you do not want to keep.
    """
    with open_library(data_dir) as library:
        outcome = _scan(library)
        empty = not library.tracks(limit=1)
        groups = 0
        for groups, group in enumerate(_groups(library), 1):
            if json:
                terminal.json_line(_as_json(group))
            else:
                _print_table(groups, group)
    compared = f"{count(outcome.done, 'new track')} compared"
    if empty:
        terminal.hint("The library is empty: 'wavvy add FOLDER' adds music.")
    elif groups:
        terminal.hint(
            f"{compared}, {count(groups, 'recording')} held more than once: 'wavvy remove ID' "
            "removes a track, its file stays where it is."
        )
    else:
        terminal.hint(f"{compared}, no duplicates.")


def _scan(library: Wavvy) -> ScanProgress:
    from wavvy.cli.track_bar import track_bar
    from wavvy.duplicates.scan import scan

    with track_bar("compared") as show:
        return scan(library.catalog, library.index, lambda so_far: show(so_far.done, so_far.total))


def _groups(library: Wavvy) -> Iterator[DuplicateGroup]:
    after, more = 0, True
    while more:
        page = library.catalog.duplicates.groups(limit=_AT_ONCE, after=after)
        yield from page.groups
        more = page.more
        after = page.groups[-1].track_ids[0] if more else 0


def _print_table(number: int, group: DuplicateGroup) -> None:
    from rich.table import Table

    best = group.tracks[0].track
    if number > 1:
        terminal.line("")
    terminal.line(byline(best.title, best.artists), style="bold")
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 2))
    table.add_column("id", justify="right", style="cyan", no_wrap=True)
    table.add_column("format", no_wrap=True)
    table.add_column("length", justify="right", no_wrap=True)
    table.add_column("alike", justify="right", no_wrap=True)
    table.add_column("added", no_wrap=True)
    table.add_column("file", overflow="fold", style="dim", ratio=1)
    for one in group.tracks:
        track = one.track
        table.add_row(
            str(track.id),
            _format(track.format, track.bit_rate),
            clock(track.duration_ms),
            percent(one.similarity),
            f"{track.added_at.astimezone():%Y-%m-%d}",
            terminal.printable(track.file or track.title),
        )
    terminal.out().print(table)


def _format(name: str | None, bit_rate: int | None) -> str:
    told = [name or "?", *([f"{bit_rate / 1000:,.0f} kbit/s"] if bit_rate else [])]
    return " ".join(told)


def _as_json(group: DuplicateGroup) -> dict[str, Any]:
    return {
        "id": "-".join(map(str, group.track_ids)),
        "tracks": [
            as_json(one.track)
            | {
                "format": one.track.format,
                "bit_rate": one.track.bit_rate,
                "similarity": round(one.similarity, 3),
            }
            for one in group.tracks
        ],
    }
