"""Reading tracks out of the database, as plain values.

Every recognition ends with this, so it costs few statements, made once, and no mapped objects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, literal_column, select, union_all
from sqlalchemy.orm import Session

from wavvy.catalog.filename import format_of
from wavvy.catalog.models import Base
from wavvy.catalog.track import MusicBrainzIds, Track

_TABLES = Base.metadata.tables
_TRACK = _TABLES["tracks"].c
_ALBUM = _TABLES["albums"].c
_SOURCE = _TABLES["sources"].c
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)

# A track may be in several files: this is the one remembered first.
_FILE = (
    select(_SOURCE.path)
    .where(_SOURCE.track_id == _TRACK.id)
    .order_by(_SOURCE.id)
    .limit(1)
    .scalar_subquery()
)
_TRACKS = (
    select(
        _TRACK.id,
        _TRACK.title,
        _TRACK.release_date,
        _TRACK.duration_ms,
        _TRACK.isrc,
        _TRACK.track_number,
        _TRACK.disc_number,
        _TRACK.album_artist,
        _TRACK.label,
        _TRACK.musicbrainz,
        _TRACK.links,
        _TRACK.artwork_id,
        _TRACK.format,
        _TRACK.bit_rate,
        _TRACK.added_at,
        _ALBUM.name.label("album"),
        _FILE.label("file"),
    )
    .outerjoin_from(_TABLES["tracks"], _TABLES["albums"])
    .where(_TRACK.id.in_(_IDS))
)


def _names_in(links: str, names: str) -> Select[Any]:
    link, named = _TABLES[links], _TABLES[names]
    return (
        select(
            literal_column(f"'{names}'").label("what"),
            link.c.track_id,
            link.c.position.label("position"),
            named.c.name,
        )
        .join_from(link, named)
        .where(link.c.track_id.in_(_IDS))
    )


_NAMES = union_all(
    _names_in("track_artists", "artists"), _names_in("track_genres", "genres")
).order_by("position")


def tracks_by_id(session: Session, ids: Sequence[int]) -> list[Track]:
    """Return tracks in the order of these ids; those that do not exist are left out."""
    if not ids:
        return []
    names: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    asked = {"ids": ids}
    for what, track_id, _, name in session.execute(_NAMES, asked):
        names[what, track_id].append(name)
    found = {
        row.id: Track(
            id=row.id,
            title=row.title,
            artists=tuple(names["artists", row.id]),
            album=row.album,
            release_date=row.release_date,
            duration_ms=row.duration_ms,
            genres=tuple(names["genres", row.id]),
            isrc=tuple(row.isrc),
            track_number=row.track_number,
            file=row.file,
            added_at=row.added_at,
            has_artwork=row.artwork_id is not None,
            album_artist=row.album_artist,
            label=row.label,
            disc_number=row.disc_number,
            musicbrainz=MusicBrainzIds.of(row.musicbrainz),
            links=row.links or {},
            format=row.format or format_of(row.file or ""),
            bit_rate=row.bit_rate,
        )
        for row in session.execute(_TRACKS, asked)
    }
    return [found[track_id] for track_id in ids if track_id in found]
