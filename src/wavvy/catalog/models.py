"""The tables of the catalogue, the same on every database.

A track with its artists, album, genres, cover and fingerprint is written in one transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from wavvy.catalog.columns import FilePath, UtcDateTime


class Base(DeclarativeBase):
    """Base of all tables; names every constraint, so that migrations can refer to it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
    }


# Sorted by the numbers of the characters on every database, so that a beginning is a range.
_Plain = String().with_variant(String(collation="C"), "postgresql")


class ArtistRow(Base):
    """An artist, known by the name."""

    __tablename__ = "artists"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class AlbumRow(Base):
    """An album, known by the name."""

    __tablename__ = "albums"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class GenreRow(Base):
    """A genre, known by the name."""

    __tablename__ = "genres"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class ArtworkRow(Base):
    """A cover picture, kept once however many tracks share it."""

    __tablename__ = "artworks"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(unique=True)  # SHA-256 of the picture
    mime: Mapped[str]
    data: Mapped[bytes]


class TrackRow(Base):
    """A track; its id is never given to another one, even after it is removed."""

    __tablename__ = "tracks"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    content_hash: Mapped[bytes] = mapped_column(unique=True)
    title: Mapped[str]
    release_date: Mapped[str | None]
    duration_ms: Mapped[int]
    isrc: Mapped[list[str]]
    track_number: Mapped[int | None]
    disc_number: Mapped[int | None]
    album_artist: Mapped[str | None]
    label: Mapped[str | None]
    musicbrainz: Mapped[dict[str, Any] | None]
    # Where each field that is not from the file comes from: "edit", or who was asked about the
    # track. None: nobody knows, since the track was added before this was written down.
    provenance: Mapped[dict[str, Any] | None]
    links: Mapped[dict[str, Any] | None]  # by provider, as answers tell them
    # Of the file that it was added from, as its name ends: "mp3". None: it was added before this
    # was written down.
    format: Mapped[str | None]
    bit_rate: Mapped[int | None]  # bits a second
    album_id: Mapped[int | None] = mapped_column(ForeignKey("albums.id"), index=True)
    artwork_id: Mapped[int | None] = mapped_column(ForeignKey("artworks.id"), index=True)
    added_at: Mapped[datetime]

    album: Mapped[AlbumRow | None] = relationship(lazy="raise")
    artwork: Mapped[ArtworkRow | None] = relationship(lazy="raise")
    artists: Mapped[list[TrackArtistRow]] = relationship(
        lazy="raise", order_by="TrackArtistRow.position"
    )
    genres: Mapped[list[TrackGenreRow]] = relationship(
        lazy="raise", order_by="TrackGenreRow.position"
    )
    sources: Mapped[list[SourceRow]] = relationship(lazy="raise", order_by="SourceRow.id")
    fingerprint: Mapped[FingerprintRow] = relationship(lazy="raise")


class TrackArtistRow(Base):
    """An artist of a track, in the order of the tags."""

    __tablename__ = "track_artists"

    track_id: Mapped[int] = mapped_column(
        ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    artist_id: Mapped[int] = mapped_column(ForeignKey("artists.id"), index=True)

    artist: Mapped[ArtistRow] = relationship(lazy="raise")


class TrackGenreRow(Base):
    """A genre of a track, in the order of the tags."""

    __tablename__ = "track_genres"

    track_id: Mapped[int] = mapped_column(
        ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    genre_id: Mapped[int] = mapped_column(ForeignKey("genres.id"), index=True)

    genre: Mapped[GenreRow] = relationship(lazy="raise")


class FingerprintRow(Base):
    """The fingerprint of a track, from which the index can be built anew."""

    __tablename__ = "fingerprints"

    track_id: Mapped[int] = mapped_column(
        ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True
    )
    data: Mapped[bytes]


class SourceRow(Base):
    """A file that holds a track; a track may be found in several."""

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(FilePath(), unique=True)
    size: Mapped[int] = mapped_column(BigInteger())
    mtime_ns: Mapped[int] = mapped_column(BigInteger())
    track_id: Mapped[int] = mapped_column(ForeignKey("tracks.id", ondelete="CASCADE"), index=True)


class LookupRow(Base):
    """What asking a provider about a track has come to."""

    __tablename__ = "lookups"

    track_id: Mapped[int] = mapped_column(
        ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True
    )
    provider: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    confidence: Mapped[float | None]
    attempts: Mapped[int]
    tried_at: Mapped[datetime]
    retry_at: Mapped[datetime | None] = mapped_column(index=True)  # None: it stands for good


class DuplicateCheckRow(Base):
    """A track that was compared with all others that were there."""

    __tablename__ = "duplicate_checks"

    track_id: Mapped[int] = mapped_column(
        ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True
    )
    method: Mapped[int]  # how, see `wavvy.duplicates.finder.METHOD`


class DuplicatePairRow(Base):
    """Two tracks that are the same recording."""

    __tablename__ = "duplicate_pairs"

    first_id: Mapped[int] = mapped_column(  # the lower id
        ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True
    )
    second_id: Mapped[int] = mapped_column(
        ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    similarity: Mapped[float]
    method: Mapped[int]


class DistinctPairRow(Base):
    """Two recordings of which a person has said that they are not the same.

    They are known by the hashes of their content, so that it stays said when a track is removed and
    added again.
    """

    __tablename__ = "distinct_pairs"

    first_hash: Mapped[bytes] = mapped_column(primary_key=True)  # the lower one
    second_hash: Mapped[bytes] = mapped_column(primary_key=True)


class ProviderRow(Base):
    """How much a provider may be asked; all processes that share the catalogue heed it."""

    __tablename__ = "providers"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_call_at: Mapped[datetime]
    day: Mapped[str]
    calls_today: Mapped[int]
    failures: Mapped[int]
    blocked_until: Mapped[datetime | None]
    trouble: Mapped[str | None]


class SearchTextRow(Base):
    """The names of a track as a search compares them, see `wavvy.catalog.search.terms`.

    Each database has an index of its own over the terms, see `wavvy.catalog.search.index`.
    """

    __tablename__ = "search_texts"

    track_id: Mapped[int] = mapped_column(
        ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True
    )
    title: Mapped[str] = mapped_column(_Plain, index=True)
    title_key: Mapped[str] = mapped_column(_Plain, index=True)
    text: Mapped[str]
    terms: Mapped[str]


class SearchWordRow(Base):
    """A word that a track has, or had, and whose spelling may be got wrong."""

    __tablename__ = "search_words"

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(_Plain, unique=True)


class SearchTypoRow(Base):
    """A word without one of its letters."""

    __tablename__ = "search_typos"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[str] = mapped_column(_Plain, primary_key=True)
    word: Mapped[str] = mapped_column(_Plain, primary_key=True)


class JobRow(Base):
    """Work that goes on in the background."""

    __tablename__ = "jobs"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(index=True)
    progress: Mapped[int]  # percent
    message: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    priority: Mapped[int]  # the highest is done first
    attempts: Mapped[int]
    cancelling: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    due_at: Mapped[datetime]  # not to be begun before
    sent_at: Mapped[datetime | None]  # when the broker was told of it
    lease_token: Mapped[str | None]  # whose it is while it is running ...
    lease_until: Mapped[datetime | None]  # ... and until when, unless it is renewed
    request_key: Mapped[str | None] = mapped_column(unique=True, index=True)  # who asked, and ...
    request_digest: Mapped[bytes | None]  # ... a hash of what for, so that it is done once


class FileOutcomeRow(Base):
    """What came of a file that a job was to add."""

    __tablename__ = "file_outcomes"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # in the order in which they were done
    file: Mapped[str] = mapped_column(FilePath())
    status: Mapped[str]
    track_id: Mapped[int | None]  # it may be removed meanwhile
    code: Mapped[str | None]
    message: Mapped[str | None]


class RecognitionRow(Base):
    """Something that was recognised, or was not; it outlives the track, which it names itself."""

    __tablename__ = "recognitions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    # A number, so that days of any time zone are counted alike on every database.
    heard_at_ms: Mapped[int] = mapped_column(BigInteger(), index=True)
    source: Mapped[str]
    duration_ms: Mapped[int]
    track_id: Mapped[int | None] = mapped_column(index=True)
    title: Mapped[str | None]
    artists: Mapped[list[str] | None]
    album: Mapped[str | None]
    play_offset_ms: Mapped[int | None]
    score: Mapped[float | None]


class ApiKeyRow(Base):
    """A key of the HTTP interface; the key itself is nowhere, only its hash."""

    __tablename__ = "api_keys"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)  # SHA-256 of the key
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class MetaRow(Base):
    """A fact about the catalogue as a whole."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
