"""A recognised track as people read it."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from wavvy.cli import terminal
from wavvy.cli.quantity import clock, count, percent
from wavvy.cli.tracks import byline

_BAR_WIDTH = 20
_SURE = 0.9


def describe(result: dict[str, Any], indent: str = "") -> Text:
    """Write one entry of ``results``: what it is, where in it the clip starts, and how sure.

    Parameters
    ----------
    result : dict
        A result object as `Recognition.to_dict` makes it.
    indent : str
        In front of each line.
    """
    names = [artist["name"] for artist in result["artists"]]
    start, length, score = (
        result[key] for key in ("db_begin_time_offset_ms", "duration_ms", "score")
    )
    album = f"  {terminal.printable(_album(result))}" if result["album"] else ""
    return Text.assemble(
        indent,
        (terminal.printable(byline(result["title"], names)), "bold"),
        (album, "dim"),
        f"\n{indent}",
        _bar(start / max(length, 1)),
        f"{clock(start)} of {clock(length)}   ",
        (percent(score), "bold green" if score >= _SURE else "yellow"),
        (f"   {count(result['matched_landmarks'], 'landmark')} matched", "dim"),
        *((f"\n{indent}{terminal.printable(url)}", "dim") for url in _links(result)),
    )


def _links(result: dict[str, Any]) -> list[str]:
    found = (result["external_metadata"].get(name) for name in ("spotify", "youtube"))
    return [links[0]["url"] for links in found if links]


def _bar(position: float) -> Text:
    """Draw where in the track the clip starts; a pipe gets the figures only."""
    out = terminal.out()
    if not out.is_terminal:
        return Text()
    line, head = ("-", "|") if out.options.ascii_only else ("─", "●")
    before = round(min(max(position, 0.0), 1.0) * (_BAR_WIDTH - 1))
    after = _BAR_WIDTH - 1 - before
    return Text.assemble(
        (line * before, "green"), (head, "bold green"), (line * after, "dim"), "  "
    )


def _album(result: dict[str, Any]) -> str:
    year = (result["release_date"] or "")[:4]
    name: str = result["album"]["name"]
    return f"{name} ({year})" if year else name
