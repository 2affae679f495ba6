from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen.apev2 import APEv2, APEValue
from mutagen.flac import Picture
from pictures import bomb, encoded

from wavvy.catalog.cover import find_cover
from wavvy.catalog.tags import read_tags
from wavvy.catalog.track import Artwork

JPEG = encoded("JPEG")
PNG = encoded("PNG")
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
        (encoded("GIF"), "image/gif"),
        (encoded("WEBP"), "image/webp"),
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
    audio = flac_with(
        music_file("b.flac"), picture(JPEG[:-9]), picture(b"\xff\xd8\xff" + bytes(99))
    )
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


def test_a_picture_that_would_fill_the_memory_is_refused(music_file: Callable[[str], Path]) -> None:
    for side in (5001, 12_000, 20_000):
        data = bomb(side)
        assert len(data) < 100_000
        path = music_file(f"{side}.flac")
        assert find_cover(flac_with(path, picture(data), picture(PNG, BACK))) == Artwork(
            "image/png", PNG
        )
    assert find_cover(flac_with(music_file("some.flac"), picture(bomb(1000)))) is not None


@pytest.mark.parametrize("name", ["cover.jpg", "Folder.JPG", "front.png", "AlbumArt.jpeg"])
def test_a_picture_beside_the_file(music_file: Callable[[str], Path], name: str) -> None:
    path = music_file("a.flac")
    for other in ("a.jpg", "back.jpg", "cover.txt"):
        (path.parent / other).write_bytes(PNG)
    (path.parent / name).write_bytes(JPEG)
    assert read_tags(path).artwork == Artwork("image/jpeg", JPEG)


def test_of_pictures_beside_the_file_the_first_that_is_one(
    music_file: Callable[[str], Path],
) -> None:
    path = music_file("a.flac")
    (path.parent / "cover.jpg").write_bytes(b"\xff\xd8\xff no picture")
    (path.parent / "front.png").write_bytes(bomb(12_000))
    (path.parent / "folder.jpg").mkdir()
    (path.parent / "album.png").write_bytes(PNG)
    assert read_tags(path).artwork == Artwork("image/png", PNG)
    assert read_tags(path, name="upload.flac").artwork is None


def test_the_embedded_picture_counts_before_one_beside_the_file(
    music_file: Callable[[str], Path],
) -> None:
    path = music_file("a.flac")
    (path.parent / "cover.png").write_bytes(PNG)
    flac_with(path, picture(JPEG))
    assert read_tags(path).artwork == Artwork("image/jpeg", JPEG)
