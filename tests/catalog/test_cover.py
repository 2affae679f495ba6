from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen.apev2 import APEv2, APEValue
from mutagen.flac import Picture

from wavvy.catalog.cover import find_cover
from wavvy.catalog.tags import read_tags
from wavvy.catalog.track import Artwork

JPEG = b"\xff\xd8\xff\xe0" + bytes(200)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
FRONT, BACK = 3, 4


def picture(data: bytes, kind: int = FRONT, mime: str = "image/jpeg") -> Picture:
    made = Picture()
    made.type, made.mime, made.data = kind, mime, data
    return made


def flac_with(path: Path, *pictures: Picture) -> Any:
    audio: Any = mutagen.File(path)
    for one in pictures:
        audio.add_picture(one)
    audio.save()
    return mutagen.File(path)


def test_the_front_is_preferred(music_file: Callable[[str], Path]) -> None:
    audio = flac_with(music_file("a.flac"), picture(PNG, BACK), picture(JPEG, FRONT))
    assert find_cover(audio) == Artwork("image/jpeg", JPEG)


def test_any_picture_is_better_than_none(music_file: Callable[[str], Path]) -> None:
    audio = flac_with(music_file("a.flac"), picture(PNG, BACK), picture(JPEG, BACK))
    assert find_cover(audio) == Artwork("image/png", PNG)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (b"GIF89a" + bytes(50), "image/gif"),
        (b"RIFF\x50\0\0\0WEBPVP8 " + bytes(50), "image/webp"),
    ],
)
def test_the_type_is_what_the_picture_is(
    music_file: Callable[[str], Path], data: bytes, mime: str
) -> None:
    audio = flac_with(music_file("a.flac"), picture(data, mime="text/html"))
    assert find_cover(audio) == Artwork(mime, data)


def test_what_is_no_picture_is_refused(music_file: Callable[[str], Path]) -> None:
    audio = flac_with(music_file("a.flac"), picture(b"<svg onload=...>"), picture(b""))
    assert find_cover(audio) is None


def test_a_picture_over_the_limit_is_passed_over(music_file: Callable[[str], Path]) -> None:
    path = music_file("Artist - Title.mp3")
    audio: Any = mutagen.File(path)
    audio.tags.add(mutagen.id3.TALB(3, "Album"))
    for kind, size in ((FRONT, Artwork.MAX_BYTES), (BACK, 300)):
        audio.tags.add(mutagen.id3.APIC(3, "image/jpeg", kind, str(kind), JPEG + bytes(size)))
    audio.save()
    tags = read_tags(path)
    assert (tags.title, tags.album) == ("Title", "Album")
    assert tags.artwork == Artwork("image/jpeg", JPEG + bytes(300))


def test_broken_picture_block_costs_neither_tags_nor_other_pictures(
    music_file: Callable[[str], Path],
) -> None:
    path = music_file("a.ogg")
    audio: Any = mutagen.File(path)
    audio["title"] = "Title"
    whole = base64.b64encode(picture(JPEG).write()).decode()
    audio["metadata_block_picture"] = ["no base64!", whole[:40], "", whole]
    audio.save()
    tags = read_tags(path)
    assert (tags.title, tags.artwork) == ("Title", Artwork("image/jpeg", JPEG))


def test_ape_tags(music_file: Callable[[str], Path]) -> None:
    class Audio:
        tags = APEv2()

    Audio.tags["Cover Art (Front)"] = APEValue(b"front.png\0" + PNG, 1)
    assert find_cover(Audio()) == Artwork("image/png", PNG)
