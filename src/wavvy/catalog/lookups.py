"""Which tracks providers have been asked about, and what came of it.

An answer stands for good, "there is none" for months; what failed is tried again after a pause that
grows. A track is claimed before a provider is asked, so that of several processes one does it; a
claim whose process has died lapses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from wavvy.catalog.changes import fill
from wavvy.catalog.database import Database
from wavvy.catalog.models import LookupRow, TrackRow
from wavvy.catalog.reading import tracks_by_id
from wavvy.catalog.retry import settle
from wavvy.catalog.track import Artwork, MusicBrainzIds, Track, TrackEdit

LookupState = Literal["asking", "found", "link", "none", "failed"]
"""``link``: nobody was asked; there is an address to search at."""

CLAIM = timedelta(seconds=90)
_NONE_FOR = timedelta(days=90)
_FIRST_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider knows about a track.

    Attributes
    ----------
    link : dict
        How answers refer to it: an entry of ``external_metadata``.
    confidence : float or None
        That it is the same recording, 0 to 1. None: nobody was asked.
    edit : TrackEdit
        What the track is called there; it fills what is empty here.
    musicbrainz : MusicBrainzIds
    artwork : Artwork, optional
    """

    link: dict[str, Any]
    confidence: float | None
    edit: TrackEdit
    musicbrainz: MusicBrainzIds = field(default_factory=MusicBrainzIds)
    artwork: Artwork | None = None


class LookupStore:
    """The lookups of a catalogue.

    Parameters
    ----------
    database : Database
        The catalogue's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @settle
    def claim(
        self, provider: str, *, after_id: int = 0, again: Sequence[LookupState] = ()
    ) -> Track | None:
        """Claim the next track that a provider is to be asked about.

        Parameters
        ----------
        provider : str
            Name of the provider.
        after_id : int
            Only tracks with a higher id.
        again : sequence of str
            States in which a track is due although its time to try again has not come.
        """
        query = select(TrackRow.id).outerjoin(LookupRow, _of(provider))
        due = query.where(TrackRow.id > after_id, _due(again)).order_by(TrackRow.id).limit(1)
        while True:
            # Looking for it may take a while, and keeps no writer waiting.
            with self._database.read() as session:
                track_id = session.scalar(due)
            if track_id is None:
                return None
            with self._database.write() as session:
                track = self._claim(session, track_id, provider, again)
            if track is not None:
                return track

    def _claim(
        self, session: Session, track_id: int, provider: str, again: Sequence[LookupState]
    ) -> Track | None:
        """Claim a track, unless another process was faster or it has been removed."""
        now = datetime.now(UTC)
        row = session.get(LookupRow, (track_id, provider))
        overdue = row is not None and row.retry_at is not None and row.retry_at <= now
        if row is not None and not overdue and row.state not in again:
            return None
        tracks = tracks_by_id(session, [track_id])
        if tracks:
            row = _row(session, track_id, provider)
            row.state, row.retry_at = "asking", now + CLAIM
            session.flush()
        return tracks[0] if tracks else None

    @settle
    def count_due(self, provider: str, *, again: Sequence[LookupState] = ()) -> int:
        """Count the tracks that a provider is to be asked about now."""
        query = select(func.count(TrackRow.id)).outerjoin(LookupRow, _of(provider))
        with self._database.read() as session:
            return session.scalar(query.where(_due(again))) or 0

    @settle
    def found(self, track_id: int, provider: str, answer: Answer) -> None:
        """Write down what a provider knows, and fill in what nobody else has said."""
        with self._database.write() as session:
            track = fill(
                session,
                track_id,
                answer.edit,
                provider,
                artwork=answer.artwork,
                musicbrainz=answer.musicbrainz.to_dict(),
            )
            if track is None:
                return  # it was removed meanwhile
            track.links = {**(track.links or {}), provider: [answer.link]}
            row = _row(session, track_id, provider)
            row.state = "link" if answer.confidence is None else "found"
            row.confidence, row.retry_at = answer.confidence, None

    @settle
    def not_found(self, track_id: int, provider: str) -> None:
        """Write down that a provider does not know a track; it is asked again in months."""
        self._end(track_id, provider, "none", _NONE_FOR)

    @settle
    def failed(self, track_id: int, provider: str) -> None:
        """Write down that asking failed; it is tried again, each time after a longer pause."""
        self._end(track_id, provider, "failed", None)

    @settle
    def release(self, track_id: int, provider: str) -> None:
        """Give a claimed track back: the provider was not asked."""
        with self._database.write() as session:
            row = session.get(LookupRow, (track_id, provider))
            if row is not None and row.state == "asking":
                row.retry_at = datetime.now(UTC)

    @settle
    def counts(self) -> dict[str, dict[LookupState, int]]:
        """Count lookups by provider and state."""
        query = select(LookupRow.provider, LookupRow.state, func.count()).group_by(
            LookupRow.provider, LookupRow.state
        )
        found: dict[str, dict[Any, int]] = {}
        with self._database.read() as session:
            for provider, state, count in session.execute(query):
                found.setdefault(provider, {})[state] = count
        return found

    def _end(
        self, track_id: int, provider: str, state: LookupState, pause: timedelta | None
    ) -> None:
        with self._database.write() as session:
            if session.get(TrackRow, track_id) is None:
                return
            row = _row(session, track_id, provider)
            row.attempts = row.attempts + 1 if state == "failed" else 0
            if pause is None:
                pause = min(_FIRST_PAUSE * 4 ** min(row.attempts - 1, 10), _LONGEST_PAUSE)
            row.state, row.confidence, row.retry_at = state, None, row.tried_at + pause


def _of(provider: str) -> ColumnElement[bool]:
    return and_(LookupRow.track_id == TrackRow.id, LookupRow.provider == provider)


def _due(again: Sequence[LookupState]) -> ColumnElement[bool]:
    return or_(
        LookupRow.track_id.is_(None),
        LookupRow.retry_at <= datetime.now(UTC),
        LookupRow.state.in_(again),
    )


def _row(session: Session, track_id: int, provider: str) -> LookupRow:
    row = session.get(LookupRow, (track_id, provider))
    if row is None:
        row = LookupRow(track_id=track_id, provider=provider, state="asking", attempts=0)
        session.add(row)
    row.tried_at = datetime.now(UTC)
    return row
