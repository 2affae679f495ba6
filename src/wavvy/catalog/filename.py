"""What a file name says about a track."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wavvy.catalog.text import clean

# A bare number may belong to the title ("99 Luftballons", "50 Cent"): it counts as a track
# number only where it is zero-padded, follows a disc number or is set off by punctuation.
_TRACK_NUMBER = re.compile(
    r"(?:\d-)?(?P<number>\d{1,3}(?=[.)]\s|\s[-–—]\s)|0\d(?=[\s._-])|(?<=\d-)\d\d(?=\s))[\s._)–—-]+"
)
_FOLDERS = re.compile(r".*[/\\]", re.DOTALL)  # of either kind: an upload may come from anywhere
_SUFFIX = re.compile(r"\.\w{1,5}$")
_SEPARATOR = re.compile(r"\s+[-–—]\s+")


@dataclass(frozen=True, slots=True)
class NameParts:
    """The parts of a file name such as ``01. Artist - Title.ogg``."""

    title: str
    artist: str | None
    track_number: int | None


def parse_name(name: str) -> NameParts:
    """Take a file name apart.

    Parameters
    ----------
    name : str
        File name or path, ``Artist - Title.ext`` with or without a leading track number.

    Returns
    -------
    NameParts
        ``title`` is never empty; the rest is None where the name does not tell.
    """
    stem = _SUFFIX.sub("", _FOLDERS.sub("", name))
    stem = clean(stem if " " in stem else stem.replace("_", " "))
    numbered = _TRACK_NUMBER.match(stem)
    number = None
    if numbered and stem[numbered.end() :]:
        number = int(numbered["number"]) or None
        stem = stem[numbered.end() :]
    artist, title = None, stem
    parts = _SEPARATOR.split(stem, maxsplit=1)
    if len(parts) == 2 and all(parts):
        artist, title = parts
    return NameParts(title=title or "Untitled", artist=artist, track_number=number)
