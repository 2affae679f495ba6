"""The catalogue: tracks with their fingerprints, and jobs, in one database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import func, select

from wavvy.catalog.address import address_of
from wavvy.catalog.changes import apply_edit, apply_tags, is_own_file
from wavvy.catalog.database import MAX_ID, Database
from wavvy.catalog.duplicates import DuplicateStore
from wavvy.catalog.failures import store_errors
from wavvy.catalog.file_outcomes import FileOutcomes
from wavvy.catalog.history import HistoryStore
from wavvy.catalog.jobs import JobStore
from wavvy.catalog.keys import KeyStore
from wavvy.catalog.listing import Cursor, Listing, Page, relevance_key
from wavvy.catalog.lookups import LookupStore
from wavvy.catalog.models import (
    ArtworkRow,
    FingerprintRow,
    GenreRow,
    SourceRow,
    TrackGenreRow,
    TrackRow,
)
from wavvy.catalog.providers import ProviderStore
from wavvy.catalog.reading import tracks_by_id
from wavvy.catalog.retry import settle
from wavvy.catalog.rows import (
    delete_track,
    insert_track,
    remember_source,
)
from wavvy.catalog.schema import identity, open_database
from wavvy.catalog.sequence import last_given
from wavvy.catalog.service_lock import ServiceLock
from wavvy.catalog.track import (
    Artwork,
    CatalogStats,
    FileFormat,
    SourceFile,
    Track,
    TrackEdit,
    TrackTags,
)
from wavvy.errors import NotFound

_TRACKS_AT_ONCE = 500
_FINGERPRINTS_AT_ONCE = 64  # some megabytes


class Catalog:
    """The tracks of a data folder; open one with `Catalog.open`.

    All methods may be called from any thread, and other processes may use the same catalogue.
    Each of them raises `StoreError` when the database cannot be used: `StoreBusy` when another
    process writes for too long, `DiskFull` when no space is left.

    Parameters
    ----------
    database : Database
        With the newest tables.

    Attributes
    ----------
    keys : KeyStore
        Keys of the HTTP interface.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.jobs = JobStore(database)
        self.file_outcomes = FileOutcomes(database)
        self.duplicates = DuplicateStore(database)
        self.history = HistoryStore(database, self.tracks_by_id)
        self.keys = KeyStore(database)
        self.lookups = LookupStore(database)
        self.providers = ProviderStore(database)

    @classmethod
    def open(cls, data_dir: Path, *, params_digest: str, url: str | None = None) -> Self:
        """Open the catalogue of a data folder; create what does not exist yet.

        Parameters
        ----------
        data_dir : Path
            The data folder.
        params_digest : str
            Digest of the fingerprint parameters that this program uses.
        url : str, optional
            Another database than ``catalog.sqlite3`` in the data folder, see
            `wavvy.catalog.address`.

        Raises
        ------
        IncompatibleStore
            It is no catalogue, was written by another version of Wavvy or with other parameters.
        StoreUnavailable
            The database server cannot be reached.
        StoreError
            It cannot be used.
        """
        address = address_of(data_dir, url)
        with store_errors(str(data_dir)):
            data_dir.mkdir(parents=True, exist_ok=True)
        return cls(open_database(address, params_digest))

    @property
    def location(self) -> str:
        """The file or the address of the database, without the password."""
        return self._database.location

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def identity(self) -> str:
        """Return a random name that this catalogue bears for good; a copy bears the same."""
        return identity(self._database)

    def service_lock(self, *, alone: bool) -> ServiceLock:
        """Return the lock of those who work on the jobs; see `ServiceLock`."""
        return ServiceLock(self._database, alone=alone)

    @property
    def is_file(self) -> bool:
        """Whether it is SQLite's file and not on a database server."""
        return self._database.is_sqlite

    def copy_to(self, path: Path) -> None:
        """Copy one consistent state of the file into a new one; see `Database.copy_to`."""
        self._database.copy_to(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @settle
    def add_track(
        self,
        tags: TrackTags,
        *,
        content_hash: bytes,
        duration_ms: int,
        fingerprint: bytes,
        source: SourceFile | None,
        file_format: FileFormat | None = None,
    ) -> tuple[int, bool]:
        """Add a track; it is safely on disk when this returns.

        Parameters
        ----------
        tags : TrackTags
            What it is called.
        content_hash : bytes
            Hash of the decoded audio: the same audio is added once, whoever adds it.
        duration_ms : int
            Playing time, milliseconds.
        fingerprint : bytes
            From which the index can be built.
        source : SourceFile or None
            The file it comes from, remembered also when the track is known already.
        file_format : FileFormat, optional
            What sort of file that is.

        Returns
        -------
        track_id : int
            Never used before for another track.
        created : bool
            False when the track was known. If its own file was tagged anew, it is now called as
            that says, but for what a person has edited.

        Raises
        ------
        DiskFull, StoreBusy
            Nothing was added.
        """
        known = self.find_content(content_hash)
        if known is not None:
            self._remember(known, source, tags)
            return known, False
        with self._database.write() as session:
            row = insert_track(
                session,
                tags,
                content_hash=content_hash,
                duration_ms=duration_ms,
                fingerprint=fingerprint,
                file_format=file_format,
            )
            if source is not None:
                remember_source(session, row.id, source)
            return row.id, True

    @settle
    def find_source(self, source: SourceFile) -> int | None:
        """Return the track that an unchanged file holds, without looking into the file."""
        query = select(SourceRow.track_id).where(
            SourceRow.path == source.path,
            SourceRow.size == source.size,
            SourceRow.mtime_ns == source.mtime_ns,
        )
        with self._database.read() as session:
            return session.scalar(query)

    @settle
    def find_content(self, content_hash: bytes) -> int | None:
        """Return the track with this decoded audio."""
        with self._database.read() as session:
            return session.scalar(select(TrackRow.id).where(TrackRow.content_hash == content_hash))

    @settle
    def touch_source(self, track_id: int, source: SourceFile) -> None:
        """Remember that a file holds a track, so that `find_source` finds it next time.

        Raises
        ------
        NotFound
            There is no such track.
        """
        self.track(track_id)
        self._remember(track_id, source)

    def track(self, track_id: int) -> Track:
        """Look a track up.

        Raises
        ------
        NotFound
            There is no such track.
        """
        found = self.tracks_by_id([track_id])
        if track_id not in found:
            raise _no_such_track(track_id)
        return found[track_id]

    def tracks(
        self, query: str | None = None, *, limit: int = 50, after_id: int = 0
    ) -> list[Track]:
        """List tracks in the order of their ids.

        Parameters
        ----------
        query : str, optional
            Only tracks that a search for it finds, see `wavvy.catalog.search`.
        limit : int
            At most so many.
        after_id : int
            Only tracks with a higher id, to go on after the last one of an earlier list.
        """
        return self.page(Listing(query=query, limit=limit, after=Cursor(after_id))).tracks

    @settle
    def page(self, listing: Listing) -> Page:
        """Return a listing, from its offset on and up to its limit."""
        with self._database.read() as session:
            found = listing.found(session)
            if found is None or listing.order != "relevance":
                ids = session.scalars(listing.ids(found)).all()
                count = select(func.count(TrackRow.id))
                total = session.scalar(listing.filter(count, found)) or 0
                return Page(tracks_by_id(session, ids), total, found)
            hits = found.hits[listing.part]
            tracks = tracks_by_id(session, [hit.track_id for hit in hits])
        return Page(tracks, len(found.hits), replace(found, hits=hits))

    @settle
    def cursor(self, listing: Listing, page: Page) -> Cursor:
        """Return the place of a page's last track in its listing, to go on behind it."""
        track_id = page.tracks[-1].id
        if listing.order == "relevance" and page.found is not None:
            return Cursor(track_id, relevance_key(page.found.hits[-1]))
        if listing.order in ("added", "relevance"):
            return Cursor(track_id)
        with self._database.read() as session:
            key = session.scalar(select(listing.key).where(TrackRow.id == track_id))
        return Cursor(track_id, key)

    @settle
    def genres(self) -> Sequence[tuple[str, int]]:
        """Return every genre and its number of tracks, by name."""
        query = (
            select(GenreRow.name, func.count(TrackGenreRow.track_id))
            .join(TrackGenreRow)
            .group_by(GenreRow.name)
            .order_by(func.lower(GenreRow.name))
        )
        with self._database.read() as session:
            return [(name, count) for name, count in session.execute(query)]

    @settle
    def edit_track(self, track_id: int, edit: TrackEdit) -> None:
        """Change what a track is called; adding its file again does not change it back.

        Raises
        ------
        NotFound
            There is no such track.
        """
        with self._database.write() as session:
            if not (_storable([track_id]) and apply_edit(session, track_id, edit)):
                raise _no_such_track(track_id)

    @settle
    def sources(self, track_id: int) -> Sequence[SourceFile]:
        """Return the files that hold a track, as they were when they were read."""
        query = select(SourceRow).where(SourceRow.track_id.in_(_storable([track_id])))
        with self._database.read() as session:
            return [
                SourceFile(row.path, row.size, row.mtime_ns)
                for row in session.scalars(query.order_by(SourceRow.id))
            ]

    def tracks_by_id(self, ids: Iterable[int]) -> dict[int, Track]:
        """Look several tracks up; those that do not exist are left out."""
        found: dict[int, Track] = {}
        for chunk in _chunks(ids, _TRACKS_AT_ONCE):
            found.update(self._some_tracks(chunk))
        return found

    @settle
    def artwork(self, track_id: int) -> Artwork | None:
        """Return the cover of a track; None where there is no cover or no such track."""
        query = select(ArtworkRow).join(TrackRow).where(TrackRow.id.in_(_storable([track_id])))
        with self._database.read() as session:
            row = session.scalar(query)
            return None if row is None else Artwork(mime=row.mime, data=row.data)

    @settle
    def artwork_digest(self, track_id: int) -> str | None:
        """Return the SHA-256 of a track's cover in hexadecimal, without reading the cover."""
        query = select(ArtworkRow.digest).join(TrackRow)
        with self._database.read() as session:
            digest = session.scalar(query.where(TrackRow.id.in_(_storable([track_id]))))
            return None if digest is None else digest.hex()

    @settle
    def remove_track(self, track_id: int) -> None:
        """Remove a track and all that belongs to it.

        Raises
        ------
        NotFound
            There is no such track.
        """
        with self._database.write() as session:
            if not (_storable([track_id]) and delete_track(session, track_id)):
                raise _no_such_track(track_id)

    @settle
    def track_ids(self) -> list[int]:
        """Return the ids of all tracks, ascending."""
        # Unordered, the database reads them from a small index instead of the whole table.
        with self._database.read() as session:
            return sorted(session.scalars(select(TrackRow.id)))

    @settle
    def last_track_id(self) -> int:
        """Return the highest id that any track ever had, removed ones included; 0 for none."""
        with self._database.read() as session:
            return last_given(session, TrackRow.metadata.tables[TrackRow.__tablename__])

    def fingerprints(self, ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Read the fingerprints of many tracks, a few at a time.

        Yields
        ------
        track_id : int
            In the order of `ids`; tracks that do not exist are left out.
        fingerprint : bytes
            As it was given to `add_track`.
        """
        for chunk in _chunks(ids, _FINGERPRINTS_AT_ONCE):
            found = self._some_fingerprints(chunk)
            yield from ((i, found[i]) for i in chunk if i in found)

    @settle
    def count(self) -> CatalogStats:
        """Count what the catalogue holds."""
        with self._database.read() as session:
            tracks, duration = session.execute(
                select(func.count(), func.coalesce(func.sum(TrackRow.duration_ms), 0))
            ).one()
            size = session.scalar(
                select(func.coalesce(func.sum(func.length(FingerprintRow.data)), 0))
            )
        return CatalogStats(tracks, int(duration), int(size or 0))

    @settle
    def stored_bytes(self) -> int:
        """Return the space that the catalogue takes, in files or on the database server."""
        return self._database.size()

    @settle
    def _some_tracks(self, ids: Sequence[int]) -> dict[int, Track]:
        with self._database.read() as session:
            return {track.id: track for track in tracks_by_id(session, ids)}

    @settle
    def _some_fingerprints(self, ids: Sequence[int]) -> dict[int, bytes]:
        query = select(FingerprintRow.track_id, FingerprintRow.data)
        # Not held open while the caller works: a long read keeps the log from being recycled.
        with self._database.read() as session:
            found = session.execute(query.where(FingerprintRow.track_id.in_(ids)))
            return dict(found.all())

    def _remember(
        self, track_id: int, source: SourceFile | None, tags: TrackTags | None = None
    ) -> None:
        # Most often nothing has changed: then no turn to write is needed.
        if source is not None and self.find_source(source) != track_id:
            with self._database.write() as session:
                if tags is not None and is_own_file(session, track_id, source.path):
                    apply_tags(session, track_id, tags)
                remember_source(session, track_id, source)


def _chunks(ids: Iterable[int], size: int) -> Iterator[Sequence[int]]:
    storable = _storable(ids)
    return (storable[start : start + size] for start in range(0, len(storable), size))


def _storable(ids: Iterable[int]) -> list[int]:
    # The database driver takes no numpy integers and none that no column could hold.
    return [int(i) for i in ids if 0 < i <= MAX_ID]


def _no_such_track(track_id: int) -> NotFound:
    return NotFound(f"no track {track_id}: list the tracks to see which there are")
