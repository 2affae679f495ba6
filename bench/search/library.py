"""A catalogue of made-up names, filled faster than track by track."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import insert, text

from bench.search.names import Name, Names
from wavvy.catalog.models import (
    AlbumRow,
    ArtistRow,
    TrackArtistRow,
    TrackRow,
)
from wavvy.catalog.repository import Catalog
from wavvy.catalog.search.index import index_all
from wavvy.catalog.sequence import give_after
from wavvy.dsp.params import DEFAULT

_AT_ONCE = 20_000
_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%USING gin%'"


def open_filled(folder: Path, tracks: int, url: str | None = None) -> Catalog:
    """Open a catalogue of so many made-up tracks; make it if it is not there."""
    catalog = Catalog.open(folder, params_digest=DEFAULT.digest(), url=url)
    there = catalog.count().tracks
    if there != tracks:
        assert not there, f"there are {there} tracks in {catalog.location}"
        _fill(catalog, tracks)
    return catalog


def names(tracks: int) -> list[Name]:
    """Return what the tracks of such a catalogue are called, in the order of their ids."""
    return list(Names(tracks).draw(tracks))


def _fill(catalog: Catalog, tracks: int) -> None:
    drawn = enumerate(Names(tracks).draw(tracks), 1)
    ids: dict[str, dict[str, int]] = {"artist": {}, "album": {}}
    with catalog._database.write() as session:
        while some := list(islice(drawn, _AT_ONCE)):
            for kind, row in (("artist", ArtistRow), ("album", AlbumRow)):
                known = ids[kind]
                named = dict.fromkeys(getattr(name, kind) for _, name in some)
                new = [name for name in named if name not in known]
                known |= {name: at for at, name in enumerate(new, len(known) + 1)}
                if new:
                    session.execute(insert(row), [{"id": known[n], "name": n} for n in new])
            session.execute(insert(TrackRow), [_track(i, n, ids["album"]) for i, n in some])
            session.execute(
                insert(TrackArtistRow),
                [
                    {"track_id": i, "position": 0, "artist_id": ids["artist"][n.artist]}
                    for i, n in some
                ],
            )
    with catalog._database.write() as session:
        if not catalog.is_file:
            session.execute(text("SET LOCAL statement_timeout = 0"))
        # PostgreSQL makes an index faster of what is there; SQLite's grows as it always does.
        indexes = [] if catalog.is_file else session.execute(text(_INDEXES)).all()
        for name, _ in indexes:
            session.execute(text(f"DROP INDEX {name}"))
        index_all(session.connection())
        for _, definition in indexes:
            session.execute(text(definition))
    if not catalog.is_file:
        with catalog._database.write() as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            for table in (ArtistRow, AlbumRow, TrackRow):  # their ids were given, not drawn
                give_after(session, table.metadata.tables[table.__tablename__], 1)
            session.execute(text("ANALYZE"))


def _track(track_id: int, name: Name, albums: dict[str, int]) -> dict[str, object]:
    return {
        "id": track_id,
        "content_hash": track_id.to_bytes(8, "big"),
        "title": name.title,
        "release_date": str(name.year),
        "duration_ms": 200_000,
        "isrc": [],
        "album_id": albums[name.album],
        "added_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
