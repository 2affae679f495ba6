"""Which tracks are the same recording, as far as they have been compared.

Pairs are kept, and groups follow from them: tracks that are linked by pairs. Whatever is known of a
track goes with it. What a person has said of two recordings stays, also when a track is removed and
added again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from typing import TypeVar

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from wavvy.catalog.database import MAX_ID, Database
from wavvy.catalog.grouping import grouped
from wavvy.catalog.models import (
    DistinctPairRow,
    DuplicateCheckRow,
    DuplicatePairRow,
    MetaRow,
    TrackRow,
)
from wavvy.catalog.reading import tracks_by_id
from wavvy.catalog.retry import settle
from wavvy.catalog.track import Track
from wavvy.errors import InvalidRequest, NotFound

_Value = TypeVar("_Value")

_AT_ONCE = 500  # ids or hashes in one statement
_SCANNED_AT = "duplicates_scanned_at"
_LOSSLESS = frozenset({"aif", "aifc", "aiff", "ape", "flac", "tta", "wav", "wv"})


@dataclass(frozen=True, slots=True)
class GroupedTrack:
    """A track of a group.

    Attributes
    ----------
    track : Track
    similarity : float
        How much of it, or of the longer one, it has alike with the one of the group that is most
        like it; 0 to 1.
    """

    track: Track
    similarity: float


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Tracks that are the same recording.

    Attributes
    ----------
    tracks : list of GroupedTrack
        The best file first, as far as format and bit rate tell.
    """

    tracks: list[GroupedTrack]

    @property
    def track_ids(self) -> list[int]:
        """The ids of its tracks, ascending."""
        return sorted(one.track.id for one in self.tracks)


@dataclass(frozen=True, slots=True)
class GroupPage:
    """A part of the groups.

    Attributes
    ----------
    groups : list of DuplicateGroup
        In the order of their lowest ids.
    total : int
        How many there are in all.
    more : bool
        Whether there are more behind these.
    """

    groups: list[DuplicateGroup]
    total: int
    more: bool


@dataclass(frozen=True, slots=True)
class ScanState:
    """How far the tracks have been compared.

    Attributes
    ----------
    scanned_at : datetime or None
        When the last scan ended, in UTC.
    waiting : int
        Tracks that have not been compared yet.
    """

    scanned_at: datetime | None
    waiting: int


class DuplicateStore:
    """The duplicates of a catalogue.

    Parameters
    ----------
    database : Database
        The catalogue's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @settle
    def due(self, method: int) -> list[int]:
        """Return the tracks that have not been compared by a method, ascending."""
        query = select(TrackRow.id).where(~_checked(method))
        with self._database.read() as session:
            return sorted(session.scalars(query))

    @settle
    def state(self, method: int) -> ScanState:
        """Tell how far the tracks have been compared by a method."""
        with self._database.read() as session:
            waiting = session.scalar(select(func.count(TrackRow.id)).where(~_checked(method)))
            at = session.scalar(select(MetaRow.value).where(MetaRow.key == _SCANNED_AT))
        return ScanState(None if at is None else datetime.fromisoformat(at), waiting or 0)

    @settle
    def write(self, found: Mapping[int, Mapping[int, float]], method: int) -> int:
        """Write down that tracks were compared, and what came of it.

        Parameters
        ----------
        found : mapping
            From each track that was compared to its duplicates, each with its similarity. Tracks
            that were removed meanwhile are left out.
        method : int
            How; what other methods found of these tracks is forgotten.

        Returns
        -------
        int
            How many of the pairs are new.
        """
        named = {*found, *(other for others in found.values() for other in others)}
        with self._database.write() as session:
            there = _existing(session, named)
            asked = sorted(there.intersection(found))
            links: dict[tuple[int, int], float] = {}
            for track_id in asked:
                session.merge(DuplicateCheckRow(track_id=track_id, method=method))
                for other in there.intersection(found[track_id]) - {track_id}:
                    pair = (min(track_id, other), max(track_id, other))
                    links[pair] = max(links.get(pair, 0.0), found[track_id][other])
            return _link(session, asked, links, method)

    @settle
    def scanned(self) -> None:
        """Write down that a scan has come to its end now."""
        with self._database.write() as session:
            now = self._database.now(session).astimezone(UTC)
            session.merge(MetaRow(key=_SCANNED_AT, value=now.isoformat()))

    @settle
    def groups(self, *, limit: int = 50, after: int = 0) -> GroupPage:
        """List groups in the order of their lowest ids.

        Parameters
        ----------
        limit : int
            At most so many.
        after : int
            Only groups whose lowest id is higher, to go on after the last one of an earlier page.
        """
        row = DuplicatePairRow
        pairs = select(row.first_id, row.second_id, row.similarity)
        with self._database.read() as session:
            groups = grouped(session.execute(pairs).all(), _apart(session))
            behind = [group for group in groups if min(group) > after]
            chosen = behind[:limit]
            wanted = [track_id for group in chosen for track_id in group]
            tracks = {
                track.id: track for some in _parts(wanted) for track in tracks_by_id(session, some)
            }
        return GroupPage(
            [
                DuplicateGroup(
                    sorted((GroupedTrack(tracks[i], group[i]) for i in group), key=_worth)
                )
                for group in chosen
            ],
            len(groups),
            len(behind) > len(chosen),
        )

    @settle
    def set_apart(self, track_ids: Collection[int]) -> None:
        """Write down that a person says that no two of these tracks are the same recording.

        Raises
        ------
        NotFound
            One of them is not there.
        InvalidRequest
            They are fewer than two.
        """
        wanted = sorted(set(track_ids))
        if len(wanted) < 2:
            raise InvalidRequest("name two or more tracks: one alone is no duplicate of itself")
        row = DistinctPairRow
        with self._database.write() as session:
            hashes: dict[int, bytes] = {}
            for some in _parts([i for i in wanted if 0 < i <= MAX_ID]):
                query = select(TrackRow.id, TrackRow.content_hash).where(TrackRow.id.in_(some))
                hashes.update(session.execute(query).all())
            if missing := set(wanted) - hashes.keys():
                raise NotFound(
                    f"no track {min(missing)}: list the duplicates to see which there are"
                )
            pairs = set(combinations(sorted(hashes.values()), 2))
            for some_hashes in _parts(sorted(hashes.values())):
                said = select(row.first_hash, row.second_hash).where(
                    row.first_hash.in_(some_hashes)
                )
                pairs.difference_update(session.execute(said).all())
            if pairs:
                rows = [{"first_hash": low, "second_hash": high} for low, high in pairs]
                session.execute(insert(row), rows)


def _checked(method: int) -> ColumnElement[bool]:
    return exists().where(
        DuplicateCheckRow.track_id == TrackRow.id, DuplicateCheckRow.method == method
    )


def _existing(session: Session, track_ids: Iterable[int]) -> set[int]:
    """Return those of some tracks that there are."""
    return {
        track_id
        for some in _parts(sorted(track_ids))
        for track_id in session.scalars(select(TrackRow.id).where(TrackRow.id.in_(some)))
    }


def _link(
    session: Session,
    asked: Sequence[int],
    links: Mapping[tuple[int, int], float],
    method: int,
) -> int:
    """Write down the pairs of some tracks; return how many are new."""
    row = DuplicatePairRow
    known: set[tuple[int, int]] = set()
    for some in _parts(asked):
        of_these = or_(row.first_id.in_(some), row.second_id.in_(some))
        session.execute(delete(row).where(of_these, row.method != method))
        for held in session.scalars(select(row).where(of_these)):
            pair = (held.first_id, held.second_id)
            held.similarity = max(held.similarity, links.get(pair, 0.0))
            known.add(pair)
    new = links.keys() - known
    session.add_all(
        row(first_id=low, second_id=high, similarity=links[low, high], method=method)
        for low, high in new
    )
    return len(new)


def _apart(session: Session) -> Sequence[tuple[int, int]]:
    """Return the tracks of which a person has said that they are not the same recording."""
    first, second = aliased(TrackRow), aliased(TrackRow)
    query = (
        select(first.id, second.id)
        .select_from(DistinctPairRow)
        .join(first, first.content_hash == DistinctPairRow.first_hash)
        .join(second, second.content_hash == DistinctPairRow.second_hash)
    )
    return session.execute(query).all()


def _parts(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """Cut a list into parts that a statement can name."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def _worth(one: GroupedTrack) -> tuple[bool, int, int, int]:
    track = one.track
    lossless = track.format in _LOSSLESS
    return (not lossless, -(track.bit_rate or 0), -track.duration_ms, track.id)
