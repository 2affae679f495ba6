"""Between the rows of the database and the values the rest of Wavvy works with."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from wavvy.catalog.database import MAX_ID
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
from wavvy.catalog.search.index import index_track
from wavvy.catalog.track import Artwork, FileFormat, SourceFile, TrackTags

_Named = TypeVar("_Named", ArtistRow, AlbumRow, GenreRow)


def insert_track(
    session: Session,
    tags: TrackTags,
    *,
    content_hash: bytes,
    duration_ms: int,
    fingerprint: bytes,
    file_format: FileFormat | None = None,
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
        disc_number=tags.disc_number,
        album_artist=tags.album_artist,
        label=tags.label,
        musicbrainz=tags.musicbrainz.to_dict(),
        provenance={},
        album=named(session, AlbumRow, tags.album) if tags.album else None,
        artwork=stored_artwork(session, tags.artwork) if tags.artwork else None,
        artists=[
            TrackArtistRow(position=position, artist=named(session, ArtistRow, name))
            for position, name in enumerate(tags.artists)
        ],
        genres=[
            TrackGenreRow(position=position, genre=named(session, GenreRow, name))
            for position, name in enumerate(tags.genres)
        ],
        fingerprint=FingerprintRow(data=fingerprint),
        format=file_format.name if file_format else None,
        bit_rate=min(file_format.bit_rate, MAX_ID) if file_format else None,
        added_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    index_track(session, row.id, tags.title, tags.artists, tags.album)
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
    row = with_references(session, track_id)
    if row is None:
        return False
    referred = referred_by(row)
    session.expunge(row)
    # The database deletes the rows that belong to the track along with it.
    session.execute(delete(TrackRow).where(TrackRow.id == track_id))
    forget_unused(session, referred)
    return True


References = tuple[tuple[Any, Any, list[int]], ...]
"""Keys, the columns that refer to them, ids."""


def with_references(session: Session, track_id: int) -> TrackRow | None:
    """Load a track with all that `referred_by` needs."""
    return session.get(
        TrackRow,
        track_id,
        options=[selectinload(TrackRow.artists), selectinload(TrackRow.genres)],
    )


def referred_by(row: TrackRow) -> References:
    """Return what a track refers to: key, the column that refers to it, ids."""
    return (
        (ArtistRow.id, TrackArtistRow.artist_id, [link.artist_id for link in row.artists]),
        (GenreRow.id, TrackGenreRow.genre_id, [link.genre_id for link in row.genres]),
        (AlbumRow.id, TrackRow.album_id, [row.album_id] if row.album_id else []),
        (ArtworkRow.id, TrackRow.artwork_id, [row.artwork_id] if row.artwork_id else []),
    )


def forget_unused(session: Session, referred: References) -> None:
    """Delete those of the rows once referred to that nothing refers to any more."""
    for key, reference, ids in referred:
        still_used = select(reference).where(reference.in_(ids))
        session.execute(delete(key.class_).where(key.in_(ids), key.not_in(still_used)))


def named(session: Session, model: type[_Named], name: str) -> _Named:
    """Return the row with a name, a new one if there is none."""
    row = session.scalar(select(model).where(model.name == name))
    if row is None:
        row = model(name=name)
        session.add(row)
    return row


def stored_artwork(session: Session, artwork: Artwork) -> ArtworkRow:
    """Return the row of a picture, a new one if there is none."""
    digest = hashlib.sha256(artwork.data).digest()
    row = session.scalar(select(ArtworkRow).where(ArtworkRow.digest == digest))
    if row is None:
        row = ArtworkRow(digest=digest, mime=artwork.mime, data=artwork.data)
        session.add(row)
    return row
