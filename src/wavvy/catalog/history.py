"""What was recognised when. A track that is removed stays in it by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from itertools import groupby
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select

from wavvy.catalog.database import MAX_ID, Database
from wavvy.catalog.models import RecognitionRow
from wavvy.catalog.retry import settle
from wavvy.catalog.track import Track
from wavvy.errors import InvalidRequest, NotFound

Source = Literal["upload", "live", "cli"]

_EXPORTED_AT_ONCE = 500
_DELETED_AT_ONCE = 2000  # others get their turn to write in between
_MAX_MS = 2**62  # beyond any date, and within what a column holds
_QUARTER_MS = 900_000  # every time zone begins its days on a quarter of an hour


@dataclass(frozen=True, slots=True)
class Heard:
    """One recognition.

    Attributes
    ----------
    heard_at_ms : int
        When, in milliseconds since 1970, UTC.
    source : str
        How it came: an upload, a live stream or the command line.
    duration_ms : int
        How much was heard.
    track_id : int, optional
        The best match; None where nothing matched, and then nothing below is known.
    title, artists, album
        What the track is called, or was when it was recognised if it has been removed since.
    play_offset_ms : int, optional
        Position in the track at the end of what was heard.
    score : float, optional
        Probability that it is right.
    track : Track, optional
        The track, if it is still in the catalogue; filled when it is read.
    id : int
        0 before it is written.
    """

    heard_at_ms: int
    source: Source
    duration_ms: int
    track_id: int | None = None
    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    play_offset_ms: int | None = None
    score: float | None = None
    track: Track | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the history.

    Attributes
    ----------
    from_ms, to_ms : int, optional
        Only what was heard at this time or later, and before that one.
    track_id : int, optional
        Only recognitions of this track.
    source : str, optional
        Only what came this way.
    matched : bool, optional
        Only what was recognised, or only what was not.
    """

    from_ms: int | None = None
    to_ms: int | None = None
    track_id: int | None = None
    source: Source | None = None
    matched: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a row of this part fulfils."""
        row = RecognitionRow
        found: list[ColumnElement[bool]] = []
        if self.from_ms is not None:
            found.append(row.heard_at_ms >= _within(self.from_ms))
        if self.to_ms is not None:
            found.append(row.heard_at_ms < _within(self.to_ms))
        if self.track_id is not None:
            found.append(row.track_id == (self.track_id if 0 < self.track_id <= MAX_ID else 0))
        if self.source is not None:
            found.append(row.source == self.source)
        if self.matched is not None:
            found.append(row.track_id.is_not(None) if self.matched else row.track_id.is_(None))
        return found


@dataclass(frozen=True, slots=True)
class TopTrack:
    """A track, as of the last time it was heard, and how often it was recognised."""

    heard: Heard
    count: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """How much was recognised on a day, and how much was not."""

    day: date
    matched: int
    unmatched: int


class HistoryStore:
    """The history of a catalogue.

    Parameters
    ----------
    database : Database
        The catalogue's database.
    tracks_by_id : callable
        Looks tracks up by their ids.
    """

    def __init__(
        self, database: Database, tracks_by_id: Callable[[Iterable[int]], dict[int, Track]]
    ) -> None:
        self._database = database
        self._tracks_by_id = tracks_by_id

    @settle
    def add(self, heard: Sequence[Heard]) -> None:
        """Write recognitions down."""
        rows = [
            {
                "heard_at_ms": one.heard_at_ms,
                "source": one.source,
                "duration_ms": one.duration_ms,
                "track_id": one.track_id,
                "title": one.title,
                "artists": None if one.track_id is None else list(one.artists),
                "album": one.album,
                "play_offset_ms": one.play_offset_ms,
                "score": one.score,
            }
            for one in heard
        ]
        with self._database.write() as session:
            session.execute(insert(RecognitionRow), rows)

    def page(
        self, span: Span, *, limit: int, after: str | None = None
    ) -> tuple[list[Heard], str | None]:
        """List recognitions, the newest first.

        Parameters
        ----------
        span : Span
            Which.
        limit : int
            At most so many.
        after : str, optional
            The cursor that came with the page before.

        Returns
        -------
        heard : list of Heard
            A page of them.
        cursor : str or None
            Leads to the next page; None on the last.

        Raises
        ------
        InvalidRequest
            ``after`` is no cursor of the history.
        """
        rows = self._rows(span, limit + 1, after)
        page = self._named(rows[:limit])
        return page, _cursor(page[-1]) if len(rows) > limit else None

    def export(self, span: Span) -> Iterator[Heard]:
        """Yield recognitions, the newest first, reading a few at a time."""
        cursor: str | None = None
        while True:
            page, cursor = self.page(span, limit=_EXPORTED_AT_ONCE, after=cursor)
            yield from page
            if cursor is None:
                return

    @settle
    def count(self, span: Span) -> int:
        """Count recognitions."""
        query = select(func.count(RecognitionRow.id)).where(*span.conditions())
        with self._database.read() as session:
            return session.scalar(query) or 0

    def top(self, span: Span, *, limit: int) -> list[TopTrack]:
        """List the most recognised tracks; of equals the one that was heard last comes first."""
        counted = self._counted(replace(span, matched=True), limit)
        rows = {row.track_id: row for row in self._last(span, [track for track, _ in counted])}
        named = {heard.track_id: heard for heard in self._named(list(rows.values()))}
        return [TopTrack(named[track], count) for track, count in counted if track in named]

    @settle
    def days(self, span: Span, zone: tzinfo) -> list[DayCount]:
        """Count by day of a time zone; days without any are left out.

        Parameters
        ----------
        span : Span
            Which recognitions.
        zone : tzinfo
            Where a day begins at midnight.
        """
        quarter = RecognitionRow.heard_at_ms - RecognitionRow.heard_at_ms % _QUARTER_MS
        query = (
            select(
                quarter.label("quarter"),
                func.count(RecognitionRow.id),
                func.count(RecognitionRow.track_id),
            )
            .where(*span.conditions())
            .group_by("quarter")
            .order_by("quarter")
        )
        with self._database.read() as session:
            quarters = [
                (datetime.fromtimestamp(at / 1000, zone).date(), total, matched)
                for at, total, matched in session.execute(query)
            ]
        days = []
        for day, group in groupby(quarters, key=lambda row: row[0]):
            counts = [(total, matched) for _, total, matched in group]
            matched = sum(m for _, m in counts)
            days.append(DayCount(day, matched, sum(t for t, _ in counts) - matched))
        return days

    @settle
    def delete(self, heard_id: int) -> None:
        """Delete one recognition.

        Raises
        ------
        NotFound
            There is none with this id.
        """
        with self._database.write() as session:
            done = session.execute(
                delete(RecognitionRow)
                .where(RecognitionRow.id == (heard_id if 0 < heard_id <= MAX_ID else 0))
                .returning(RecognitionRow.id)
            ).all()
            if not done:
                raise NotFound(f"no recognition {heard_id} in the history: list it to see them")

    def clear(self, span: Span | None = None) -> int:
        """Delete all recognitions, or those of a part; return how many.

        It is done some at a time, so that others can write in between.
        """
        conditions = (span or Span()).conditions()
        deleted = 0
        while some := self._delete_some(conditions):
            deleted += some
        return deleted

    @settle
    def _rows(self, span: Span, limit: int, after: str | None) -> Sequence[RecognitionRow]:
        row = RecognitionRow
        query = select(row).where(*span.conditions())
        if after is not None:
            at, last = _parse_cursor(after)
            before = and_(row.heard_at_ms == at, row.id < last)
            query = query.where(row.heard_at_ms <= at, or_(row.heard_at_ms < at, before))
        with self._database.read() as session:
            return session.scalars(_newest_first(query).limit(limit)).all()

    @settle
    def _counted(self, span: Span, limit: int) -> list[tuple[int, int]]:
        count = func.count(RecognitionRow.id)
        query = (
            select(RecognitionRow.track_id, count)
            .where(*span.conditions())
            .group_by(RecognitionRow.track_id)
            .order_by(
                count.desc(), func.max(RecognitionRow.heard_at_ms).desc(), RecognitionRow.track_id
            )
            .limit(limit)
        )
        with self._database.read() as session:
            return [(track or 0, number) for track, number in session.execute(query)]

    @settle
    def _last(self, span: Span, track_ids: Sequence[int]) -> Sequence[RecognitionRow]:
        """Return the last recognition of each track."""
        row = RecognitionRow
        ranked = (
            select(
                row.id,
                func.row_number()
                .over(partition_by=row.track_id, order_by=(row.heard_at_ms.desc(), row.id.desc()))
                .label("place"),
            )
            .where(*span.conditions(), row.track_id.in_(track_ids))
            .subquery()
        )
        query = select(row).where(row.id.in_(select(ranked.c.id).where(ranked.c.place == 1)))
        with self._database.read() as session:
            return session.scalars(query).all()

    @settle
    def _delete_some(self, conditions: list[ColumnElement[bool]]) -> int:
        some = select(RecognitionRow.id).where(*conditions).limit(_DELETED_AT_ONCE)
        with self._database.read() as session:
            if not session.scalars(some.limit(1)).all():
                return 0  # most often nothing is due: then no turn to write is needed
        with self._database.write() as session:
            deleted = session.execute(
                delete(RecognitionRow)
                .where(RecognitionRow.id.in_(some))
                .returning(RecognitionRow.id),
                execution_options={"synchronize_session": False},
            )
            return len(deleted.all())

    def _named(self, rows: Sequence[RecognitionRow]) -> list[Heard]:
        ids = {row.track_id for row in rows if row.track_id is not None}
        tracks = self._tracks_by_id(sorted(ids))
        return [_heard(row, tracks.get(row.track_id or 0)) for row in rows]


def _heard(row: RecognitionRow, track: Track | None) -> Heard:
    return Heard(
        heard_at_ms=row.heard_at_ms,
        source=cast("Source", row.source),
        duration_ms=row.duration_ms,
        track_id=row.track_id,
        title=track.title if track else row.title,
        artists=track.artists if track else tuple(row.artists or ()),
        album=track.album if track else row.album,
        play_offset_ms=row.play_offset_ms,
        score=row.score,
        track=track,
        id=row.id,
    )


def _newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(RecognitionRow.heard_at_ms.desc(), RecognitionRow.id.desc())


def _cursor(heard: Heard) -> str:
    return f"{heard.heard_at_ms}-{heard.id}"


def _parse_cursor(cursor: str) -> tuple[int, int]:
    at, _, last = cursor.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (at, last)):
        raise InvalidRequest(f"{cursor[:40]!r} is no cursor: pass 'next' of the page before")
    return int(at), min(int(last), MAX_ID)


def _within(ms: int) -> int:
    return min(max(ms, -_MAX_MS), _MAX_MS)
