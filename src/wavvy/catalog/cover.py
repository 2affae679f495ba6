"""The cover picture in a music file or beside it."""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from mutagen import MutagenError
from mutagen.apev2 import APEv2
from mutagen.asf import ASFTags
from mutagen.flac import Picture
from mutagen.id3 import ID3
from mutagen.mp4 import MP4Tags

from wavvy.catalog.picture import as_artwork
from wavvy.catalog.track import Artwork

_FRONT_COVER = 3  # picture type, the same number in ID3, FLAC and ASF
_OTHER = 0
_STEMS = ("cover", "front", "folder", "album", "artwork", "albumart", "albumartsmall")
_SUFFIXES = ("jpg", "jpeg", "png", "webp", "gif")


def find_cover(audio: Any) -> Artwork | None:
    """Find the front cover of an opened file, or else its first picture.

    Parameters
    ----------
    audio : mutagen.FileType
        A file opened by mutagen.

    Returns
    -------
    Artwork or None
        None where there is no picture, or none that `wavvy.catalog.picture.as_artwork` takes.
    """
    found = sorted(_pictures(audio), key=lambda picture: picture[0] != _FRONT_COVER)
    return next((artwork for _, data in found if (artwork := as_artwork(data))), None)


def find_cover_beside(path: Path) -> Artwork | None:
    """Find the cover that lies as a picture in the folder of a music file.

    Parameters
    ----------
    path : Path
        The music file.

    Returns
    -------
    Artwork or None
        None where there is none, or none that can be decoded.
    """
    try:
        folder = path.absolute().parent
        for name in _pictures_in(folder, folder.stat().st_mtime_ns):
            picture = folder / name
            if picture.stat().st_size <= Artwork.MAX_BYTES and (
                artwork := as_artwork(picture.read_bytes())
            ):
                return artwork
    except (OSError, ValueError):
        pass  # it cannot be read, or vanished: as if there were none
    return None


@lru_cache(maxsize=64)
def _pictures_in(folder: Path, changed_ns: int) -> tuple[str, ...]:  # noqa: ARG001  # part of the key
    """List the covers in a folder, the likeliest first; once for all tracks of an album."""
    found = [entry.name for entry in os.scandir(folder) if entry.is_file()]
    covers = [name for name in found if _rank(name) is not None]
    return tuple(sorted(covers, key=lambda name: (_rank(name), name)))


def _rank(name: str) -> int | None:
    stem, dot, suffix = name.lower().rpartition(".")
    return _STEMS.index(stem) if dot and suffix in _SUFFIXES and stem in _STEMS else None


def _pictures(audio: Any) -> Iterator[tuple[int, bytes]]:
    for picture in getattr(audio, "pictures", ()):  # FLAC
        yield picture.type, bytes(picture.data)
    tags: Any = audio.tags
    if isinstance(audio.tags, ID3):
        for frame in tags.getall("APIC"):
            yield int(frame.type), bytes(frame.data)
    elif isinstance(audio.tags, MP4Tags):
        for cover in tags.get("covr", ()):
            yield _FRONT_COVER, bytes(cover)
    elif isinstance(audio.tags, ASFTags):
        for attribute in tags.get("WM/Picture", ()):
            yield _asf_picture(bytes(attribute.value))
    elif isinstance(audio.tags, APEv2):
        if cover := tags.get("Cover Art (Front)"):
            yield _FRONT_COVER, bytes(cover.value).partition(b"\0")[2]
    elif tags is not None:
        for block in tags.get("metadata_block_picture", ()):
            try:
                picture = Picture(base64.b64decode(block))  # type: ignore[no-untyped-call]
            except (MutagenError, struct.error, ValueError):
                continue  # one broken picture; the others may be sound
            yield picture.type, bytes(picture.data)


def _asf_picture(value: bytes) -> tuple[int, bytes]:
    # type (1 byte), length (4 bytes, little endian), media type and description in UTF-16, picture
    if len(value) < 5:
        return _OTHER, b""
    length = int.from_bytes(value[1:5], "little")
    return value[0], value[len(value) - length :] if length < len(value) else b""
