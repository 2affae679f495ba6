"""What the name of a file, and of the folders it lies in, says about a track.

Names are taken apart as people write them::

    Artist - Title.mp3
    01 - Title.flac                    track number first
    01 - Artist - Title.ogg
    Artist - Album - 01 - Title.ogg    number in the middle: what is before it is artist and album
    2-03 Title.m4a                     disc and track number

Folders count only where the file begins with a track number, for then it belongs to an album:
``Artist/Album/01. Title``, ``Artist - Album (1992)/01. Title``,
``Artist/1992 - Album/CD 2/01. Title``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from wavvy.catalog.text import clean

# A bare number may belong to the title ("99 Luftballons", "50 Cent"): it counts as a track
# number only where it is zero-padded, follows a disc number or is set off by punctuation.
_TRACK_NUMBER = re.compile(
    r"(?:(?P<disc>\d)-)?"
    r"(?P<number>\d{1,3}(?=[.)]\s|\s[-–—]\s)|0\d(?=[\s._-])|(?<=\d-)\d\d(?=\s))[\s._)–—-]+"
)
_PARENTS = re.compile(r"[/\\]")  # of either kind: an upload may come from anywhere
_SUFFIX = re.compile(r"\.\w{1,5}$")
_SEPARATOR = re.compile(r"\s+[-–—]\s+")
_NUMBER_ALONE = re.compile(r"\d{1,3}")
_DISC_FOLDER = re.compile(r"(?:cd|dis[ck]|disque)[\s._-]*(\d{1,2})\b.*", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"[\[(]?((?:19|20)\d\d)[\])]?\s*[-–—.]?\s+(?=\S)")
_YEAR_LAST = re.compile(r"\s+[\[(]((?:19|20)\d\d)[\])](?:\s*[\[(][^\[\]()]*[\])])*$")
_VARIOUS = re.compile(r"various(?: artists)?|v\.?a\.?|compilations?|soundtracks?|samplers?", re.I)
# Folders that hold music, or anything, but are named after neither an artist nor an album.
_COMMON = re.compile(
    r"albums|aufnahmen|audio|canciones|data|desktop|documents|dokumente|download"
    r"|downloads|flac|home|incoming|itunes|library|lossless|media|mnt|mp3|"
    r"mp3s|music|musica|musik|musique|muziek|new|ogg|opt|private|public|"
    r"recordings|rips|root|share|shared|songs|srv|storage|temp|tmp|torrents"
    r"|tracks|unsorted|upload|uploads|users|usr|var|volumes|wav",
    re.IGNORECASE,
)
_FORMAT = re.compile(r"[^/\\]\.(?=\d*[A-Za-z])([A-Za-z0-9]{2,5})$")


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a name such as ``Artist/Album (1992)/01. Title.ogg`` tells; None where it does not."""

    title: str
    artist: str | None = None
    track_number: int | None = None
    album: str | None = None
    album_artist: str | None = None
    disc_number: int | None = None
    year: str | None = None


def parse_name(name: str) -> NameParts:
    """Take a file name apart.

    Parameters
    ----------
    name : str
        File name or path.

    Returns
    -------
    NameParts
        ``title`` is never empty; the rest is None where the name does not tell.
    """
    *folders, file = _PARENTS.split(name)
    parts = _parse_file(file)
    if parts.track_number is None or parts.album:
        return parts
    found = _parse_folders([clean(folder) for folder in folders])
    various = found.artist is not None and _VARIOUS.fullmatch(found.artist) is not None
    return replace(
        parts,
        artist=parts.artist or (None if various else found.artist),
        album=found.album,
        album_artist=found.artist,
        disc_number=parts.disc_number or found.disc,
        year=found.year,
    )


def format_of(name: str) -> str | None:
    """Return what sort of file a name or path says it is, such as "mp3"; None if it says none."""
    found = _FORMAT.search(name)
    return found[1].lower() if found else None


def _parse_file(name: str) -> NameParts:
    stem = _SUFFIX.sub("", name)
    stem = clean(stem if " " in stem else stem.replace("_", " "))
    numbered = _TRACK_NUMBER.match(stem)
    number = disc = album = None
    if numbered and stem[numbered.end() :]:
        number = int(numbered["number"]) or None
        disc = int(numbered["disc"] or 0) or None
        stem = stem[numbered.end() :]
    words = [word for word in _SEPARATOR.split(stem) if word]
    at = next((i for i, word in enumerate(words) if _NUMBER_ALONE.fullmatch(word)), 0)
    if number is None and 0 < at < len(words) - 1 and at <= 2:
        number = int(words[at]) or None
        album = words[1] if at == 2 else None
        words = [words[0], *words[at + 1 :]]
    if len(words) < 2:
        return NameParts(stem or "Untitled", None, number, disc_number=disc)
    title = stem[stem.index(words[1], len(words[0])) :] if album is None else " - ".join(words[1:])
    return NameParts(title, words[0], number, album, disc_number=disc)


class _Folders(NamedTuple):
    artist: str | None = None
    album: str | None = None
    disc: int | None = None
    year: str | None = None


def _parse_folders(folders: list[str]) -> _Folders:
    disc = None
    if folders and (numbered := _DISC_FOLDER.fullmatch(folders[-1])):
        disc = int(numbered[1]) or None
        folders = folders[:-1]
    album = folders[-1] if folders else ""
    parent = folders[-2] if len(folders) > 1 else ""
    # The folder in /home or /Users is named after whoever the music belongs to.
    if _is_common(album) or parent.lower() in ("home", "users"):
        return _Folders(disc=disc)
    album, year = _without_year(album)
    words = _SEPARATOR.split(album, maxsplit=1)
    if len(words) == 2 and all(words):
        name, inner_year = _without_year(words[1])
        return _Folders(words[0], name, disc, year or inner_year)
    grandparent = folders[-3].lower() if len(folders) > 2 else ""
    if _is_common(parent) or grandparent in ("home", "users"):
        return _Folders(None, album, disc, year)
    return _Folders(parent, album, disc, year)


def _is_common(folder: str) -> bool:
    return (
        len(folder) < 2
        or folder.endswith(":")
        or _COMMON.fullmatch(folder.strip("._ ")) is not None
    )


def _without_year(album: str) -> tuple[str, str | None]:
    for pattern in (_YEAR_FIRST, _YEAR_LAST):
        if (match := pattern.search(album)) and (pattern is _YEAR_LAST or match.start() == 0):
            return (album[: match.start()] + album[match.end() :]).strip(), match[1]
    return album, None
