"""Changing what is known about a track, so that nothing overrides what a person has said.

A field has one of three origins: the track's file, a provider that was asked about the track, or a
person's edit. An edit stands for good. The file fills and replaces what nobody has edited, and a
provider only what is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from wavvy.catalog.models import (
    AlbumRow,
    ArtistRow,
    GenreRow,
    LookupRow,
    SourceRow,
    TrackArtistRow,
    TrackGenreRow,
    TrackRow,
)
from wavvy.catalog.reading import tracks_by_id
from wavvy.catalog.rows import (
    forget_unused,
    named,
    referred_by,
    stored_artwork,
    with_references,
)
from wavvy.catalog.search.index import reindex_track
from wavvy.catalog.track import Artwork, TrackEdit, TrackTags

EDIT = "edit"
"""Origin of what a person has said."""

_PLAIN = ("title", "release_date", "isrc", "album_artist", "label", "track_number", "disc_number")
_FIELDS = (*_PLAIN, "album", "artists", "genres")
_LISTS = ("artists", "genres", "isrc")
_IDENTITY = ("title", "artists", "isrc")  # what providers are asked by


def apply_edit(session: Session, track_id: int, edit: TrackEdit) -> bool:
    """Change a track as a person wants it.

    Returns
    -------
    bool
        Whether there is such a track.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        Another writer inserted the same artist, album or genre meanwhile.
    """
    row = with_references(session, track_id)
    if row is not None:
        _change(session, row, cast("dict[str, Any]", edit), EDIT)
    return row is not None


def apply_tags(session: Session, track_id: int, tags: TrackTags) -> None:
    """Change a track to what its file says now, but for what a person has edited.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        As for `apply_edit`.
    """
    row = with_references(session, track_id)
    if row is None:
        return
    origins = _origins(session, row)
    values = {field: getattr(tags, field) for field in _FIELDS}
    _change(
        session,
        row,
        {
            field: list(value) if isinstance(value, tuple) else value
            for field, value in values.items()
            # What a provider has filled in stays where the file says nothing.
            if origins.get(field) != EDIT and (value or field not in origins)
        },
        None,
        artwork=tags.artwork,
        musicbrainz={**(row.musicbrainz or {}), **tags.musicbrainz.to_dict()},
    )


def fill(
    session: Session,
    track_id: int,
    found: TrackEdit,
    origin: str,
    *,
    artwork: Artwork | None = None,
    musicbrainz: Mapping[str, list[str]] | None = None,
) -> TrackRow | None:
    """Add what a provider knows about a track where nothing is known.

    Returns
    -------
    TrackRow or None
        The track, unless there is no such track.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        As for `apply_edit`.
    """
    row = with_references(session, track_id)
    if row is None:
        return None
    origins = _origins(session, row)
    known = _values(session, row)
    _change(
        session,
        row,
        {f: v for f, v in found.items() if v and not known[f] and origins.get(f) != EDIT},
        origin,
        artwork=None if row.artwork_id else artwork,
        musicbrainz={**(musicbrainz or {}), **(row.musicbrainz or {})},
    )
    return row


def is_own_file(session: Session, track_id: int, path: str) -> bool:
    """Tell whether a track was first found in this file, so that its tags speak for it."""
    first = select(SourceRow.path).where(SourceRow.track_id == track_id).order_by(SourceRow.id)
    return session.scalar(first.limit(1)) == path


def _change(
    session: Session,
    row: TrackRow,
    values: Mapping[str, Any],
    origin: str | None,
    *,
    artwork: Artwork | None = None,
    musicbrainz: dict[str, list[str]] | None = None,
) -> None:
    """Set fields and who says so (None: the file), and forget what is referred to no more."""
    referred = referred_by(row)
    origins = _origins(session, row)
    changed = set(values) | ({"artwork"} if artwork else set())
    if musicbrainz and not row.musicbrainz:
        changed.add("musicbrainz")
    if origin in (None, EDIT):
        before = _values(session, row)
        if any(field in values and values[field] != before[field] for field in _IDENTITY):
            values = {**_forget_answers(session, row, origins), **values}
            origins = {field: who for field, who in origins.items() if who == EDIT}
    kept = {field: who for field, who in origins.items() if field not in changed}
    row.provenance = kept | (dict.fromkeys(sorted(changed), origin) if origin else {})
    for field in _PLAIN:
        if field in values:
            setattr(row, field, values[field])
    if "album" in values:
        row.album = named(session, AlbumRow, values["album"]) if values["album"] else None
    if artwork is not None:
        row.artwork = stored_artwork(session, artwork)
    if musicbrainz is not None:
        row.musicbrainz = musicbrainz
    if "artists" in values:
        session.execute(delete(TrackArtistRow).where(TrackArtistRow.track_id == row.id))
        session.add_all(
            TrackArtistRow(track_id=row.id, position=i, artist=named(session, ArtistRow, name))
            for i, name in enumerate(values["artists"])
        )
    if "genres" in values:
        session.execute(delete(TrackGenreRow).where(TrackGenreRow.track_id == row.id))
        session.add_all(
            TrackGenreRow(track_id=row.id, position=i, genre=named(session, GenreRow, name))
            for i, name in enumerate(values["genres"])
        )
    session.flush()
    (track,) = tracks_by_id(session, [row.id])
    reindex_track(session, row.id, track.title, track.artists, track.album)
    forget_unused(session, referred)
    session.flush()


def _forget_answers(session: Session, row: TrackRow, origins: Mapping[str, str]) -> dict[str, Any]:
    """Drop what providers said of a track by another name, so that they are asked again.

    Returns
    -------
    dict
        Empty values for the fields that providers had filled.
    """
    session.execute(delete(LookupRow).where(LookupRow.track_id == row.id))
    row.links = None
    theirs = {field for field, who in origins.items() if who != EDIT}
    if "artwork" in theirs:
        row.artwork_id = None
    if "musicbrainz" in theirs:
        row.musicbrainz = {}
    return {field: [] if field in _LISTS else None for field in theirs & set(_FIELDS)}


def _origins(session: Session, row: TrackRow) -> dict[str, str]:
    if row.provenance is not None:
        return dict(row.provenance)
    # It was added before origins were written down: what it says may be an edit.
    return {field: EDIT for field, value in _values(session, row).items() if value}


def _values(session: Session, row: TrackRow) -> dict[str, Any]:
    (track,) = tracks_by_id(session, [row.id])
    values = {field: getattr(track, field) for field in _FIELDS}
    return {f: list(value) if isinstance(value, tuple) else value for f, value in values.items()}
