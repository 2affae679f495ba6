"""Which tracks a listing holds, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, nulls_last, select

from wavvy.catalog.database import MAX_ID
from wavvy.catalog.models import (
    AlbumRow,
    ArtistRow,
    GenreRow,
    TrackArtistRow,
    TrackGenreRow,
    TrackRow,
)
from wavvy.catalog.search import fold
from wavvy.catalog.text import clean

TrackOrder = Literal["added", "title", "artist", "album", "release_date", "duration"]


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of the catalogue's tracks in some order.

    Attributes
    ----------
    query : str, optional
        Only tracks whose title, artists and album contain each of its words, whatever the case
        and accents.
    genre : str, optional
        Only tracks of this genre, spelt as in the catalogue.
    from_year, to_year : int, optional
        Only tracks released in these years, both included.
    after_id : int
        Only tracks with a higher id.
    order : str
        What tracks are sorted by; those that lack it come last, equal ones as they were added.
    descending : bool
        Whether the highest comes first.
    offset, limit : int
        Leave out so many, then take at most so many.
    """

    query: str | None = None
    genre: str | None = None
    from_year: int | None = None
    to_year: int | None = None
    after_id: int = 0
    order: TrackOrder = "added"
    descending: bool = False
    offset: int = 0
    limit: int = 50

    def page(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """Narrow a statement that selects tracks to this listing."""
        key: ColumnElement[Any] = _keys()[self.order]
        ordered = nulls_last(key.desc() if self.descending else key.asc())
        return (
            self.filter(statement)
            .order_by(None)
            .order_by(ordered, TrackRow.id.desc() if self.descending else TrackRow.id)
            .limit(_within(self.limit))
            .offset(_within(self.offset))
        )

    def filter(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """Narrow a statement that selects tracks, whatever their order."""
        statement = statement.where(TrackRow.id > _within(self.after_id))
        for word in fold(self.query or "").split():
            statement = statement.where(TrackRow.search.contains(word, autoescape=True))
        if self.genre is not None:
            named = (
                select(TrackGenreRow.track_id)
                .join(GenreRow)
                .where(GenreRow.name == clean(self.genre))
            )
            statement = statement.where(TrackRow.id.in_(named))
        if self.from_year is not None:
            statement = statement.where(TrackRow.release_date >= f"{self.from_year:04d}")
        if self.to_year is not None:
            statement = statement.where(TrackRow.release_date < f"{self.to_year + 1:04d}")
        return statement


def _keys() -> dict[TrackOrder, ColumnElement[Any]]:
    first_artist = (
        select(func.lower(ArtistRow.name))
        .join(TrackArtistRow, TrackArtistRow.artist_id == ArtistRow.id)
        .where(TrackArtistRow.track_id == TrackRow.id, TrackArtistRow.position == 0)
        .correlate(TrackRow)
        .scalar_subquery()
    )
    album = (
        select(func.lower(AlbumRow.name))
        .where(AlbumRow.id == TrackRow.album_id)
        .correlate(TrackRow)
        .scalar_subquery()
    )
    return {
        "added": TrackRow.id.expression,
        "title": TrackRow.search.expression,  # begins with the folded title
        "artist": first_artist,
        "album": album,
        "release_date": TrackRow.release_date.expression,
        "duration": TrackRow.duration_ms.expression,
    }


def _within(number: int) -> int:
    return min(max(number, 0), MAX_ID)
