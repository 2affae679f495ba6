"""Which tracks a listing holds, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, nulls_last, or_, select
from sqlalchemy.orm import Session

from wavvy.catalog.database import MAX_ID
from wavvy.catalog.models import (
    AlbumRow,
    ArtistRow,
    GenreRow,
    SearchTextRow,
    TrackArtistRow,
    TrackGenreRow,
    TrackRow,
)
from wavvy.catalog.search.engine import Found, search
from wavvy.catalog.search.index import Narrowing
from wavvy.catalog.search.ranking import Hit
from wavvy.catalog.text import clean
from wavvy.catalog.track import Track

TrackOrder = Literal["relevance", "added", "title", "artist", "album", "release_date", "duration"]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a listing.

    Attributes
    ----------
    tracks : list of Track
        In the order of the listing.
    total : int
        How many there are in all; of a search at most `wavvy.catalog.search.engine.MOST_HITS`.
    found : Found, optional
        What the query found in them, if there was one.
    """

    tracks: list[Track]
    total: int
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an order: behind a track that was there, though it may be gone by now.

    Attributes
    ----------
    track_id : int
        The track.
    key : str or int, optional
        What it was sorted by, unless that is the order of addition; None where it lacked it.
        By relevance, see `relevance_key`.
    """

    track_id: int
    key: str | int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of the catalogue's tracks in some order.

    Attributes
    ----------
    query : str, optional
        Only tracks that a search for it finds, see `wavvy.catalog.search`.
    genre : str, optional
        Only tracks of this genre, spelt as in the catalogue.
    from_year, to_year : int, optional
        Only tracks released in these years, both included.
    after : Cursor, optional
        Only tracks behind this place in this order.
    order : str
        What tracks are sorted by; those that lack it come last, equal ones as they were added.
        By relevance, what fits the query best comes first; without a query, the first added.
    descending : bool
        Whether the highest comes first.
    offset, limit : int
        Leave out so many, then take at most so many.
    """

    query: str | None = None
    genre: str | None = None
    from_year: int | None = None
    to_year: int | None = None
    after: Cursor | None = None
    order: TrackOrder = "added"
    descending: bool = False
    offset: int = 0
    limit: int = 50

    @property
    def part(self) -> slice:
        """Which of all tracks of the listing are told."""
        begin = _within(self.offset)
        return slice(begin, begin + _within(self.limit))

    def found(self, session: Session) -> Found | None:
        """Search for the query; None if there is none."""
        if not (self.query or "").strip():
            return None
        genres = None if self.genre is None else (clean(self.genre),)
        narrowing = Narrowing(genres, self.from_year, self.to_year)
        found = search(session, self.query or "", narrowing)
        if self.order != "relevance" or self.after is None:
            return found
        key = self.after.key
        place = (-key if isinstance(key, int) else 0, self.after.track_id)
        behind = [hit for hit in found.hits if (-relevance_key(hit), hit.track_id) > place]
        return replace(found, hits=behind)

    def ids(self, found: Found | None) -> Select[*tuple[Any, ...]]:
        """Select the ids of this listing, which is not by relevance."""
        key = self.key
        ordered = nulls_last(key.desc() if self.descending else key.asc())
        return (
            self.filter(select(TrackRow.id), found)
            .order_by(ordered, TrackRow.id.desc() if self.descending else TrackRow.id)
            .limit(_within(self.limit))
            .offset(_within(self.offset))
        )

    @property
    def key(self) -> ColumnElement[Any]:
        """What tracks are sorted by, as SQL."""
        return _keys()[self.order]

    def filter(
        self, statement: Select[*tuple[Any, ...]], found: Found | None
    ) -> Select[*tuple[Any, ...]]:
        """Narrow a statement that selects tracks, whatever their order."""
        if self.after is not None:
            statement = statement.where(self._behind(self.after))
        if found is not None:
            ids = [hit.track_id for hit in found.hits]
            statement = statement.where(TrackRow.id.in_(ids))
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

    def _behind(self, cursor: Cursor) -> ColumnElement[bool]:
        last = _within(cursor.track_id)
        later = TrackRow.id < last if self.descending else TrackRow.id > last
        if self.order in ("added", "relevance"):
            return later
        if cursor.key is None:
            return and_(self.key.is_(None), later)
        beyond = self.key < cursor.key if self.descending else self.key > cursor.key
        return or_(beyond, and_(self.key == cursor.key, later), self.key.is_(None))


def relevance_key(hit: Hit) -> int:
    """Return what hits are sorted by, as a cursor holds it."""
    return round(10_000 * hit.score)


def _keys() -> dict[TrackOrder, ColumnElement[Any]]:
    first_artist = (
        select(func.lower(ArtistRow.name))
        .join(TrackArtistRow, TrackArtistRow.artist_id == ArtistRow.id)
        .where(TrackArtistRow.track_id == TrackRow.id, TrackArtistRow.position == 0)
        .correlate(TrackRow)
        .scalar_subquery()
    )
    folded_title = (
        select(SearchTextRow.title)
        .where(SearchTextRow.track_id == TrackRow.id)
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
        "relevance": TrackRow.id.expression,
        "added": TrackRow.id.expression,
        "title": folded_title,
        "artist": first_artist,
        "album": album,
        "release_date": TrackRow.release_date.expression,
        "duration": TrackRow.duration_ms.expression,
    }


def _within(number: int) -> int:
    return min(max(number, 0), MAX_ID)
