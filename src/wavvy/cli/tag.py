"""``wavvy tag``: change what a track is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, Json, open_library
from wavvy.cli.tracks import as_json, byline

if TYPE_CHECKING:
    from wavvy.catalog.track import TrackEdit

# What may be written before the equals sign: the names of tags, and those of the JSON output.
_FIELDS = {
    "title": "title",
    "artist": "artists",
    "artists": "artists",
    "album": "album",
    "albumartist": "album_artist",
    "date": "release_date",
    "year": "release_date",
    "releasedate": "release_date",
    "genre": "genres",
    "genres": "genres",
    "label": "label",
    "isrc": "isrc",
    "track": "track_number",
    "tracknumber": "track_number",
    "disc": "disc_number",
    "discnumber": "disc_number",
}
_SEVERAL = ("artists", "genres", "isrc")


def tag(
    track_id: Annotated[int, typer.Argument(metavar="ID", help="From 'wavvy tracks'.")],
    changes: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD=VALUE...",
            help="title, artist, album, albumartist, date, genre, label, isrc, track or disc.",
        ),
    ],
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Change what a track is called, such as: wavvy tag 42 title="Harbour Lights" artist=Tides.

    Several artists, genres or ISRCs are written one after the other (artist=A artist=B). An empty
    value takes what is there away. Adding the file again does not undo it, and no provider does.
    """
    edit = parse(changes)
    with open_library(data_dir) as library:
        track = library.edit(track_id, edit)
    if json:
        terminal.json_line(as_json(track))
    else:
        terminal.line(f"{track_id}: {byline(track.title, track.artists)}")


def parse(changes: list[str]) -> TrackEdit:
    """Make an edit of ``field=value`` words.

    Raises
    ------
    typer.BadParameter
        A field is unknown, or a value makes no sense for it.
    """
    from pydantic import ValidationError

    from wavvy.service.schemas import TrackPatch

    wanted: dict[str, Any] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        field = _FIELDS.get(name.strip().lower().replace("_", "").replace("-", ""))
        if field is None or not equals:
            raise typer.BadParameter(
                f"'{change}' is not FIELD=VALUE with a field of {', '.join(dict.fromkeys(_FIELDS))}"
            )
        if field not in _SEVERAL:
            wanted[field] = value.strip() or None
        else:
            if field == "isrc":
                value = value.upper().replace("-", "")
            wanted.setdefault(field, []).extend([value.strip()] if value.strip() else [])
    try:
        return TrackPatch.model_validate(wanted).changes()
    except ValidationError as invalid:
        complaints = [f"{error['loc'][0]}: {error['msg']}" for error in invalid.errors()]
        raise typer.BadParameter("; ".join(complaints)) from None
