"""Between the rows of the database and the values the rest of Wavvy works with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from wavvy.catalog.models import (
    AlbumRow,
    ArtistRow,
    ArtworkRow,
    FingerprintRow,
    GenreRow,
    SourceRow,
    TrackArtistRow,
    TrackGenreRow,
    TrackRow,
)
from wavvy.catalog.reading import tracks_by_id
from wavvy.catalog.search import fold
from wavvy.catalog.track import Artwork, SourceFile, TrackEdit, TrackTags

_Named = TypeVar("_Named", ArtistRow, AlbumRow, GenreRow)


def insert_track(
    session: Session, tags: TrackTags, *, content_hash: bytes, duration_ms: int, fingerprint: bytes
) -> TrackRow:
    """Insert a track with its fingerprint, and the artists, album, genres and cover it names.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        Another writer inserted the same track, artist, album, genre or cover meanwhile.
    """
    row = TrackRow(
        content_hash=content_hash,
        title=tags.title,
        release_date=tags.release_date,
        duration_ms=duration_ms,
        isrc=list(tags.isrc),
        track_number=tags.track_number,
        album=_named(session, AlbumRow, tags.album) if tags.album else None,
        artwork=_artwork(session, tags.artwork) if tags.artwork else None,
        artists=[
            TrackArtistRow(position=position, artist=_named(session, ArtistRow, name))
            for position, name in enumerate(tags.artists)
        ],
        genres=[
            TrackGenreRow(position=position, genre=_named(session, GenreRow, name))
            for position, name in enumerate(tags.genres)
        ],
        fingerprint=FingerprintRow(data=fingerprint),
        search=searchable(tags.title, tags.artists, tags.album),
        added_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    return row


def remember_source(session: Session, track_id: int, source: SourceFile) -> None:
    """Write down that a file holds a track, whatever it held before.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        There is no such track, or another writer wrote the same path down meanwhile.
    """
    row = session.scalar(select(SourceRow).where(SourceRow.path == source.path))
    if row is None:
        row = SourceRow(path=source.path)
        session.add(row)
    row.track_id, row.size, row.mtime_ns = track_id, source.size, source.mtime_ns
    session.flush()


def delete_track(session: Session, track_id: int) -> bool:
    """Delete a track, and what only it referred to.

    Returns
    -------
    bool
        Whether there was such a track.
    """
    row = _with_references(session, track_id)
    if row is None:
        return False
    referred = _referred(row)
    session.expunge(row)
    # The database deletes the rows that belong to the track along with it.
    session.execute(delete(TrackRow).where(TrackRow.id == track_id))
    _forget_unused(session, referred)
    return True


def apply_edit(session: Session, track_id: int, edit: TrackEdit) -> bool:
    """Change a track, and forget what only its former self referred to.

    Returns
    -------
    bool
        Whether there is such a track.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        Another writer inserted the same artist, album or genre meanwhile.
    """
    row = _with_references(session, track_id)
    if row is None:
        return False
    referred = _referred(row)
    for field in ("title", "release_date", "isrc"):
        if field in edit:
            setattr(row, field, edit[field])
    if "album" in edit:
        row.album = _named(session, AlbumRow, edit["album"]) if edit["album"] else None
    if "artists" in edit:
        session.execute(delete(TrackArtistRow).where(TrackArtistRow.track_id == track_id))
        session.add_all(
            TrackArtistRow(
                track_id=track_id, position=position, artist=_named(session, ArtistRow, name)
            )
            for position, name in enumerate(edit["artists"])
        )
    if "genres" in edit:
        session.execute(delete(TrackGenreRow).where(TrackGenreRow.track_id == track_id))
        session.add_all(
            TrackGenreRow(
                track_id=track_id, position=position, genre=_named(session, GenreRow, name)
            )
            for position, name in enumerate(edit["genres"])
        )
    session.flush()
    (track,) = tracks_by_id(session, [track_id])
    row.search = searchable(track.title, track.artists, track.album)
    _forget_unused(session, referred)
    session.flush()
    return True


def searchable(title: str, artists: Iterable[str], album: str | None) -> str:
    """Return the text that a search looks through; it begins with the title."""
    return fold(" ".join((title, *artists, album or "")))


_Reference = tuple[Any, Any, list[int]]


def _with_references(session: Session, track_id: int) -> TrackRow | None:
    return session.get(
        TrackRow,
        track_id,
        options=[selectinload(TrackRow.artists), selectinload(TrackRow.genres)],
    )


def _referred(row: TrackRow) -> tuple[_Reference, ...]:
    """Return what a track refers to: key, the column that refers to it, ids."""
    return (
        (ArtistRow.id, TrackArtistRow.artist_id, [link.artist_id for link in row.artists]),
        (GenreRow.id, TrackGenreRow.genre_id, [link.genre_id for link in row.genres]),
        (AlbumRow.id, TrackRow.album_id, [row.album_id] if row.album_id else []),
        (ArtworkRow.id, TrackRow.artwork_id, [row.artwork_id] if row.artwork_id else []),
    )


def _forget_unused(session: Session, referred: tuple[_Reference, ...]) -> None:
    for key, reference, ids in referred:
        still_used = select(reference).where(reference.in_(ids))
        session.execute(delete(key.class_).where(key.in_(ids), key.not_in(still_used)))


def _named(session: Session, model: type[_Named], name: str) -> _Named:
    row = session.scalar(select(model).where(model.name == name))
    if row is None:
        row = model(name=name)
        session.add(row)
    return row


def _artwork(session: Session, artwork: Artwork) -> ArtworkRow:
    digest = hashlib.sha256(artwork.data).digest()
    row = session.scalar(select(ArtworkRow).where(ArtworkRow.digest == digest))
    if row is None:
        row = ArtworkRow(digest=digest, mime=artwork.mime, data=artwork.data)
        session.add(row)
    return row
