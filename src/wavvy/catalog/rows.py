"""Between the rows of the database and the values the rest of Wavvy works with."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, joinedload, selectinload

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
from wavvy.catalog.search import fold
from wavvy.catalog.track import Artwork, SourceFile, Track, TrackTags

_Named = TypeVar("_Named", ArtistRow, AlbumRow, GenreRow)


def select_tracks() -> Select[TrackRow]:
    """Select tracks in the order of their ids, with all that `to_track` needs."""
    return (
        select(TrackRow)
        .options(
            joinedload(TrackRow.album),
            selectinload(TrackRow.artists).joinedload(TrackArtistRow.artist),
            selectinload(TrackRow.genres).joinedload(TrackGenreRow.genre),
            selectinload(TrackRow.sources),
        )
        .order_by(TrackRow.id)
    )


def to_track(row: TrackRow) -> Track:
    """Make the plain value of a row from `select_tracks`."""
    return Track(
        id=row.id,
        title=row.title,
        artists=tuple(link.artist.name for link in row.artists),
        album=row.album.name if row.album else None,
        release_date=row.release_date,
        duration_ms=row.duration_ms,
        genres=tuple(link.genre.name for link in row.genres),
        isrc=tuple(row.isrc),
        track_number=row.track_number,
        file=row.sources[0].path if row.sources else None,
        added_at=row.added_at,
        has_artwork=row.artwork_id is not None,
    )


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
        search=fold(" ".join((tags.title, *tags.artists, tags.album or ""))),
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
    row = session.get(
        TrackRow,
        track_id,
        options=[selectinload(TrackRow.artists), selectinload(TrackRow.genres)],
    )
    if row is None:
        return False
    referred = (
        (ArtistRow.id, TrackArtistRow.artist_id, [link.artist_id for link in row.artists]),
        (GenreRow.id, TrackGenreRow.genre_id, [link.genre_id for link in row.genres]),
        (AlbumRow.id, TrackRow.album_id, [row.album_id] if row.album_id else []),
        (ArtworkRow.id, TrackRow.artwork_id, [row.artwork_id] if row.artwork_id else []),
    )
    session.expunge(row)
    # The database deletes the rows that belong to the track along with it.
    session.execute(delete(TrackRow).where(TrackRow.id == track_id))
    for key, reference, ids in referred:
        still_used = select(reference).where(reference.in_(ids))
        session.execute(delete(key.class_).where(key.in_(ids), key.not_in(still_used)))
    return True


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
