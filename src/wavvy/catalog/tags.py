"""Reading the tags of a music file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import mutagen

from wavvy.catalog import id3  # noqa: F401 bounds what mutagen expands
from wavvy.catalog.cover import find_cover, find_cover_beside
from wavvy.catalog.filename import parse_name
from wavvy.catalog.tag_names import names_of
from wavvy.catalog.text import clean
from wavvy.catalog.track import Artwork, MusicBrainzIds, TrackTags

_DATE = re.compile(r"(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def read_tags(path: Path, *, name: str | None = None) -> TrackTags:
    """Read what a music file says about itself.

    What the tags do not give is taken from the file name and its folders, see
    `wavvy.catalog.filename`, and the cover from a picture beside the file. Missing or broken tags
    are no error.

    Parameters
    ----------
    path : Path
        The file.
    name : str, optional
        The file's original name, where it is stored under another one.

    Returns
    -------
    TrackTags
        With a title that is never empty.
    """
    fields, artwork = _read(path)
    named = parse_name(str(path.absolute()) if name is None else name)
    dates = (match[0] for text in fields.get("date", ()) if (match := _DATE.match(text)))
    codes = (text.upper().replace("-", "") for text in fields.get("isrc", ()))
    album = _first(fields, "album")
    return TrackTags(
        title=_first(fields, "title") or named.title,
        artists=tuple(fields.get("artist", ())) or ((named.artist,) if named.artist else ()),
        album=album or named.album,
        release_date=next(dates, None if album else named.year),
        genres=tuple(fields.get("genre", ())),
        isrc=tuple(code for code in codes if _ISRC.fullmatch(code)),
        track_number=_number(fields, "number") or named.track_number,
        artwork=artwork or (find_cover_beside(path) if name is None else None),
        album_artist=_first(fields, "album_artist") or (None if album else named.album_artist),
        label=_first(fields, "label"),
        disc_number=_number(fields, "disc") or named.disc_number,
        musicbrainz=MusicBrainzIds(
            recording=_uuids(fields.get("recording", ())),
            release=_uuids(fields.get("release", ())),
            artist=_uuids(fields.get("artist_id", ())),
        ),
    )


def _read(path: Path) -> tuple[dict[str, list[str]], Artwork | None]:
    fields: dict[str, list[str]] = {}
    artwork = None
    # A damaged file makes the tag reader raise nearly anything; what was read before stands.
    try:
        audio = mutagen.File(path)
        if audio is None or audio.tags is None:
            return fields, find_cover(audio) if audio is not None else None
        for field, keys in names_of(audio.tags).items():
            fields[field] = next((found for key in keys if (found := _texts(audio.tags, key))), [])
        artwork = find_cover(audio)
    except Exception:
        return fields, artwork
    return fields, artwork


def _first(fields: dict[str, list[str]], field: str) -> str | None:
    return next(iter(fields.get(field, ())), None)


def _number(fields: dict[str, list[str]], field: str) -> int | None:
    digits = re.match(r"\d{1,4}", _first(fields, field) or "")
    return (int(digits[0]) or None) if digits else None


def _uuids(texts: Iterable[str]) -> tuple[str, ...]:
    # Picard joins several with a slash where a family of tags has one value only.
    return tuple(dict.fromkeys(uuid for text in texts for uuid in _UUID.findall(text.lower())))


def _texts(tags: Any, key: str) -> list[str]:
    """List the cleaned, different values under a key, in their order."""
    value = tags.get(key)
    if value is None:
        return []
    if key == "TCON":
        value = value.genres  # names for ID3's genre numbers
    elif key.startswith("UFID"):
        value = [value.data]
    return list(dict.fromkeys(text for item in value if (text := clean(_text(item)))))


def _text(item: object) -> str:
    if isinstance(item, bytes):  # MP4 free-form atom, identifier of ID3
        return item.decode("utf-8", "replace")
    if isinstance(item, tuple):  # MP4 track number and count
        return str(item[0])
    return str(item)
