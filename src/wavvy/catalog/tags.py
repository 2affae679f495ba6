"""Reading the tags of a music file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mutagen
from mutagen.apev2 import APEv2
from mutagen.asf import ASFTags
from mutagen.id3 import ID3
from mutagen.mp4 import MP4Tags

from wavvy.catalog.cover import find_cover
from wavvy.catalog.filename import parse_name
from wavvy.catalog.text import clean
from wavvy.catalog.track import Artwork, TrackTags

# What each family of tags calls a field; the first name with a value wins.
_ID3 = {
    "title": ("TIT2",),
    "artist": ("TPE1", "TPE2"),
    "album": ("TALB",),
    "date": ("TDRC", "TDRL", "TDOR"),
    "genre": ("TCON",),
    "isrc": ("TSRC",),
    "number": ("TRCK",),
}
_MP4 = {
    "title": ("\xa9nam",),
    "artist": ("\xa9ART", "aART"),
    "album": ("\xa9alb",),
    "date": ("\xa9day",),
    "genre": ("\xa9gen",),
    "isrc": ("----:com.apple.iTunes:ISRC",),
    "number": ("trkn",),
}
_ASF = {
    "title": ("Title",),
    "artist": ("Author", "WM/AlbumArtist"),
    "album": ("WM/AlbumTitle",),
    "date": ("WM/Year",),
    "genre": ("WM/Genre",),
    "isrc": ("WM/ISRC",),
    "number": ("WM/TrackNumber",),
}
_APE = {
    "title": ("Title",),
    "artist": ("Artist", "Album Artist"),
    "album": ("Album",),
    "date": ("Year",),
    "genre": ("Genre",),
    "isrc": ("ISRC",),
    "number": ("Track",),
}
_VORBIS = {
    "title": ("title",),
    "artist": ("artist", "albumartist"),
    "album": ("album",),
    "date": ("date", "year"),
    "genre": ("genre",),
    "isrc": ("isrc",),
    "number": ("tracknumber",),
}

_DATE = re.compile(r"(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")


def read_tags(path: Path, *, name: str | None = None) -> TrackTags:
    """Read what a music file says about itself.

    A field that the tags do not give (title, artists, track number) is taken from the file name,
    ``Artist - Title.ext`` or ``01 - Title.ext``. Missing or broken tags are no error.

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
    named = parse_name(name if name is not None else path.name)
    number = re.match(r"\d{1,4}", next(iter(fields.get("number", ())), ""))
    dates = (match[0] for text in fields.get("date", ()) if (match := _DATE.match(text)))
    codes = (text.upper().replace("-", "") for text in fields.get("isrc", ()))
    return TrackTags(
        title=next(iter(fields.get("title", ())), named.title),
        artists=tuple(fields.get("artist", ())) or ((named.artist,) if named.artist else ()),
        album=next(iter(fields.get("album", ())), None),
        release_date=next(dates, None),
        genres=tuple(fields.get("genre", ())),
        isrc=tuple(code for code in codes if _ISRC.fullmatch(code)),
        track_number=(int(number[0]) or None) if number else named.track_number,
        artwork=artwork,
    )


def _read(path: Path) -> tuple[dict[str, list[str]], Artwork | None]:
    fields: dict[str, list[str]] = {}
    artwork = None
    # A damaged file makes the tag reader raise nearly anything; what was read before stands.
    try:
        audio = mutagen.File(path)
        if audio is None or audio.tags is None:
            return fields, find_cover(audio) if audio is not None else None
        for field, keys in _names(audio.tags).items():
            fields[field] = next((found for key in keys if (found := _texts(audio.tags, key))), [])
        artwork = find_cover(audio)
    except Exception:
        return fields, artwork
    return fields, artwork


def _names(tags: object) -> Mapping[str, tuple[str, ...]]:
    for family, names in ((ID3, _ID3), (MP4Tags, _MP4), (ASFTags, _ASF), (APEv2, _APE)):
        if isinstance(tags, family):
            return names
    return _VORBIS


def _texts(tags: Any, key: str) -> list[str]:
    """List the cleaned, different values under a key, in their order."""
    value = tags.get(key)
    if value is None:
        return []
    values = value.genres if key == "TCON" else value  # names for ID3's genre numbers
    return list(dict.fromkeys(text for item in values if (text := clean(_text(item)))))


def _text(item: object) -> str:
    if isinstance(item, bytes):  # MP4 free-form atom
        return item.decode("utf-8", "replace")
    if isinstance(item, tuple):  # MP4 track number and count
        return str(item[0])
    return str(item)
