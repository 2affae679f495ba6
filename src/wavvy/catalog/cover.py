"""The cover picture embedded in a music file."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from typing import Any

from mutagen import MutagenError
from mutagen.apev2 import APEv2
from mutagen.asf import ASFTags
from mutagen.flac import Picture
from mutagen.id3 import ID3
from mutagen.mp4 import MP4Tags

from wavvy.catalog.track import Artwork

_FRONT_COVER = 3  # picture type, the same number in ID3, FLAC and ASF
_OTHER = 0


def find_cover(audio: Any) -> Artwork | None:
    """Find the front cover of an opened file, or else its first picture.

    Parameters
    ----------
    audio : mutagen.FileType
        A file opened by mutagen.

    Returns
    -------
    Artwork or None
        None where there is no picture, or none of at most ``Artwork.MAX_BYTES`` in a known format.
    """
    usable = [
        (kind, Artwork(mime, data))
        for kind, data in _pictures(audio)
        if len(data) <= Artwork.MAX_BYTES and (mime := _sniff(data))
    ]
    fronts = [artwork for kind, artwork in usable if kind == _FRONT_COVER]
    return next(iter([*fronts, *(artwork for _, artwork in usable)]), None)


def _sniff(data: bytes) -> str | None:
    # The type a file declares is not trusted: it is sent to browsers later.
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


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
