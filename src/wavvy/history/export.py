"""The history as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, Literal

from wavvy.catalog.history import Heard

Format = Literal["csv", "json"]

COLUMNS = (
    "id",
    "heard_at",
    "source",
    "duration_ms",
    "track_id",
    "title",
    "artists",
    "album",
    "play_offset_ms",
    "score",
)
"""Of the CSV."""

_ROWS_A_PIECE = 500
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def to_dict(heard: Heard) -> dict[str, Any]:
    """Return the JSON object of one recognition."""
    return {
        "id": heard.id,
        "heard_at": _moment(heard),
        "source": heard.source,
        "duration_ms": heard.duration_ms,
        "match": None if heard.track_id is None else match_to_dict(heard),
    }


def match_to_dict(heard: Heard) -> dict[str, Any]:
    """Return the JSON object of what was recognised."""
    cover = heard.track is not None and heard.track.has_artwork
    return {
        "id": heard.track_id,
        "title": heard.title,
        "artists": [{"name": name} for name in heard.artists],
        "album": {"name": heard.album} if heard.album else None,
        "play_offset_ms": heard.play_offset_ms,
        "score": heard.score,
        "artwork_url": f"/v1/tracks/{heard.track_id}/artwork" if cover else None,
        "external_metadata": {} if heard.track is None else dict(heard.track.links),
        "in_library": heard.track is not None,
    }


def export(history: Iterable[Heard], form: Format) -> Iterator[str]:
    """Yield a history as one document, a piece at a time.

    The first piece is ready when this returns, so whatever keeps it from being read at all is
    raised here.

    Parameters
    ----------
    history : iterable of Heard
        Read as it is needed.
    form : str
        ``csv`` with a header, or ``json``, which is one array.
    """
    pieces = _csv(history) if form == "csv" else _json(history)
    return chain([next(pieces)], pieces)


def _csv(history: Iterable[Heard]) -> Iterator[str]:
    header: list[tuple[object, ...]] = [COLUMNS]
    for some in _some(history):
        text = io.StringIO()
        csv.writer(text).writerows([*header, *map(_cells, some)])
        header = []
        yield text.getvalue()


def _cells(heard: Heard) -> tuple[object, ...]:
    texts = (heard.title, ", ".join(heard.artists), heard.album)
    return (
        heard.id,
        _moment(heard),
        heard.source,
        heard.duration_ms,
        heard.track_id,
        *(_harmless(text or "") for text in texts),
        heard.play_offset_ms,
        heard.score,
    )


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return "'" + text if text.startswith(_FORMULAS) else text


def _json(history: Iterable[Heard]) -> Iterator[str]:
    before = "[\n"
    for some in _some(history):
        objects = (json.dumps(to_dict(heard), ensure_ascii=False) for heard in some)
        yield before + ",\n".join(objects)
        before = ",\n"
    yield "\n]\n"


def _some(history: Iterable[Heard]) -> Iterator[list[Heard]]:
    """Yield recognitions by the hundreds; no less than once."""
    rows = iter(history)
    yield list(islice(rows, _ROWS_A_PIECE))
    while some := list(islice(rows, _ROWS_A_PIECE)):
        yield some


def _moment(heard: Heard) -> str:
    at = datetime.fromtimestamp(heard.heard_at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
