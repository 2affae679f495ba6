"""A recognised track as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wavvy.cli import terminal
from wavvy.cli.quantity import clock, count, percent
from wavvy.cli.tracks import byline

if TYPE_CHECKING:
    from rich.console import RenderableType

_BAR_WIDTH = 20
_SURE = 0.9


def describe(result: dict[str, Any], indent: str = "") -> RenderableType:
    """Draw one entry of ``results``: what it is, where in it the clip starts, and how sure.

    Parameters
    ----------
    result : dict
        A result object as `Recognition.to_dict` makes it.
    indent : str
        In front of each line.
    """
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    names = [artist["name"] for artist in result["artists"]]
    headline = Text.assemble(indent, (terminal.printable(byline(result["title"], names)), "bold"))
    if result["album"]:
        headline.append(f"  {terminal.printable(_album(result))}", style="dim")
    start, length, score = (
        result[key] for key in ("db_begin_time_offset_ms", "duration_ms", "score")
    )
    facts = Text.assemble(
        f"{clock(start)} of {clock(length)}",
        "   ",
        (percent(score), "bold green" if score >= _SURE else "yellow"),
        "   ",
        (count(result["matched_landmarks"], "landmark"), "dim"),
    )
    if not terminal.out().is_terminal:
        return Group(headline, Text.assemble(indent, facts))
    bar = ProgressBar(total=max(length, 1), completed=max(start, 0), width=_BAR_WIDTH)
    place = Table.grid()
    place.add_row(indent, bar, "  ", facts)
    return Group(headline, place)


def _album(result: dict[str, Any]) -> str:
    year = (result["release_date"] or "")[:4]
    name: str = result["album"]["name"]
    return f"{name} ({year})" if year else name
