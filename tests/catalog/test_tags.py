from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen.flac import FLAC, Picture
from mutagen.id3 import (
    APIC,
    ID3,
    TALB,
    TCON,
    TDRC,
    TIT2,
    TPE1,
    TPE2,
    TPOS,
    TPUB,
    TRCK,
    TSRC,
    TXXX,
    UFID,
)
from mutagen.mp4 import MP4Cover, MP4FreeForm
from pictures import encoded

from wavvy.catalog.tags import read_tags
from wavvy.catalog.track import Artwork, MusicBrainzIds, TrackTags

JPEG = encoded("JPEG")
RECORDING = "2e0a0a44-1f4e-4b3d-9d0b-5a3a7a1c1f01"
RELEASE = "7d2e1f0a-93ab-4b5c-8a0e-0f7c9f5a6b02"
ARTIST = "f6f2326f-6b25-4170-b89d-e235b25508e8"
OTHER_ARTIST = "ad79836d-9849-44df-8789-180bbc823f3c"
FORMATS = [".mp3", ".ogg", ".opus", ".flac", ".m4a", ".wma", ".wav", ".aiff"]


def picture(data: bytes, kind: int = 3) -> Picture:
    made = Picture()
    made.type, made.mime, made.data = kind, "image/jpeg", data
    return made


def write_id3(path: Path, cover: bytes) -> None:
    audio: Any = mutagen.File(path)
    if audio.tags is None:
        audio.add_tags()
    for frame in (
        TIT2(3, "Hoppípolla"),
        TPE1(3, ["Sigur Rós", "Amiina"]),
        TALB(3, "Takk…"),
        TDRC(3, "2005-09-12"),
        TCON(3, "(17)Ambient"),
        TSRC(3, "GB-AYE-05-00001"),
        TRCK(3, "3/11"),
        TPOS(3, "1/2"),
        TPE2(3, "Sigur Rós"),
        TPUB(3, "EMI"),
        UFID("http://musicbrainz.org", RECORDING.encode()),
        TXXX(3, "MusicBrainz Album Id", RELEASE),
        TXXX(3, "MusicBrainz Artist Id", [ARTIST, OTHER_ARTIST]),
        APIC(3, "image/jpeg", 3, "front", cover),
    ):
        audio.tags.add(frame)
    audio.save()


def write_comments(path: Path, cover: bytes) -> None:
    audio: Any = mutagen.File(path)
    audio.update(
        TITLE="Hoppípolla",
        ARTIST=["Sigur Rós", "Amiina"],
        ALBUM="Takk…",
        DATE="2005-09-12",
        GENRE=["Rock", "Ambient"],
        ISRC="GBAYE0500001",
        TRACKNUMBER="3/11",
        DISCNUMBER="1/2",
        ALBUMARTIST="Sigur Rós",
        LABEL="EMI",
        MUSICBRAINZ_TRACKID=RECORDING,
        MUSICBRAINZ_ALBUMID=RELEASE,
        MUSICBRAINZ_ARTISTID=[ARTIST, OTHER_ARTIST],
    )
    if isinstance(audio, FLAC):
        audio.add_picture(picture(cover))
    else:
        audio["metadata_block_picture"] = [base64.b64encode(picture(cover).write()).decode()]
    audio.save()


def write_mp4(path: Path, cover: bytes) -> None:
    audio: Any = mutagen.File(path)
    audio["\xa9nam"] = "Hoppípolla"
    audio["\xa9ART"] = ["Sigur Rós", "Amiina"]
    audio["\xa9alb"] = "Takk…"
    audio["\xa9day"] = "2005-09-12"
    audio["\xa9gen"] = ["Rock", "Ambient"]
    audio["----:com.apple.iTunes:ISRC"] = MP4FreeForm(b"GBAYE0500001")
    audio["trkn"] = [(3, 11)]
    audio["disk"] = [(1, 2)]
    audio["aART"] = "Sigur Rós"
    for name, ids in (
        ("LABEL", ["EMI"]),
        ("MusicBrainz Track Id", [RECORDING]),
        ("MusicBrainz Album Id", [RELEASE]),
        ("MusicBrainz Artist Id", [ARTIST, OTHER_ARTIST]),
    ):
        free = [MP4FreeForm(text.encode()) for text in ids]
        audio[f"----:com.apple.iTunes:{name}"] = free
    audio["covr"] = [MP4Cover(cover)]
    audio.save()


def write_asf(path: Path, cover: bytes) -> None:
    audio: Any = mutagen.File(path)
    audio["Title"] = "Hoppípolla"
    audio["Author"] = ["Sigur Rós", "Amiina"]
    audio["WM/AlbumTitle"] = "Takk…"
    audio["WM/Year"] = "2005-09-12"
    audio["WM/Genre"] = ["Rock", "Ambient"]
    audio["WM/ISRC"] = "GBAYE0500001"
    audio["WM/TrackNumber"] = "3"
    audio["WM/PartOfSet"] = "1/2"
    audio["WM/AlbumArtist"] = "Sigur Rós"
    audio["WM/Publisher"] = "EMI"
    audio["MusicBrainz/Track Id"] = RECORDING
    audio["MusicBrainz/Album Id"] = RELEASE
    audio["MusicBrainz/Artist Id"] = f"{ARTIST}/{OTHER_ARTIST}"
    header = b"\x03" + len(cover).to_bytes(4, "little")
    names = "image/jpeg\0front\0".encode("utf-16-le")
    audio["WM/Picture"] = mutagen.asf.ASFByteArrayAttribute(header + names + cover)
    audio.save()


WRITERS = {
    ".mp3": write_id3,
    ".wav": write_id3,
    ".aiff": write_id3,
    ".ogg": write_comments,
    ".opus": write_comments,
    ".flac": write_comments,
    ".m4a": write_mp4,
    ".wma": write_asf,
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_tags_of_every_format(music_file: Callable[[str], Path], suffix: str) -> None:
    path = music_file(f"99 - Other Artist - Other Title{suffix}")
    WRITERS[suffix](path, JPEG)
    assert read_tags(path) == TrackTags(
        title="Hoppípolla",
        artists=("Sigur Rós", "Amiina"),
        album="Takk…",
        release_date="2005-09-12",
        genres=("Rock", "Ambient"),
        isrc=("GBAYE0500001",),
        track_number=3,
        artwork=Artwork("image/jpeg", JPEG),
        album_artist="Sigur Rós",
        label="EMI",
        disc_number=1,
        musicbrainz=MusicBrainzIds((RECORDING,), (RELEASE,), (ARTIST, OTHER_ARTIST)),
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_file_name_where_there_are_no_tags(music_file: Callable[[str], Path], suffix: str) -> None:
    path = music_file(f"01. Björk - Jóga{suffix}")
    assert read_tags(path, name=path.name) == TrackTags("Jóga", artists=("Björk",), track_number=1)


@pytest.mark.parametrize("suffix", FORMATS)
def test_cut_off_file_falls_back_to_its_name(
    music_file: Callable[[str], Path], suffix: str
) -> None:
    path = music_file(f"Björk - Jóga{suffix}")
    WRITERS[suffix](path, JPEG)
    content = path.read_bytes()
    for length in (0, 3, 10, 40, 100, 200, 400, len(content) // 2):
        path.write_bytes(content[:length])
        tags = read_tags(path)
        assert tags.title in ("Jóga", "Hoppípolla")
        assert tags.artists in (("Björk",), ("Sigur Rós", "Amiina"))


@pytest.mark.parametrize("suffix", FORMATS)
def test_broken_bytes_never_raise(music_file: Callable[[str], Path], suffix: str) -> None:
    path = music_file(f"Björk - Jóga{suffix}")
    WRITERS[suffix](path, JPEG)
    content = path.read_bytes()
    for position in range(0, min(len(content), 600), 13):
        path.write_bytes(content[:position] + b"\xff\xfe\x80\x00\xff" + content[position + 5 :])
        tags = read_tags(path)
        assert tags.title
        assert all(tags.artists)


def test_random_bytes_and_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "Nobody" / "Nothing (1992)" / "01 - Noise.mp3"
    path.parent.mkdir(parents=True)
    expected = TrackTags(
        "Noise",
        artists=("Nobody",),
        album="Nothing",
        album_artist="Nobody",
        release_date="1992",
        track_number=1,
    )
    assert read_tags(path) == expected
    path.write_bytes(bytes(range(256)) * 20)
    assert read_tags(path) == expected


def test_original_name_of_an_upload(music_file: Callable[[str], Path]) -> None:
    path = music_file("upload-7f3a.flac")
    assert read_tags(path, name="Björk - Jóga.flac") == TrackTags("Jóga", artists=("Björk",))


def test_only_what_is_missing_comes_from_the_name(music_file: Callable[[str], Path]) -> None:
    path = music_file("07. Björk - Jóga.mp3")
    audio = mutagen.File(path)
    audio.tags.add(TIT2(3, "Jóga (Live)"))
    audio.save()
    assert read_tags(path, name=path.name) == TrackTags(
        "Jóga (Live)", artists=("Björk",), track_number=7
    )


def test_folders_do_not_add_to_the_tags_of_an_album(music_file: Callable[[str], Path]) -> None:
    path = music_file("07. Jóga.mp3")
    audio = mutagen.File(path)
    audio.tags.add(TALB(3, "Homogenic"))
    audio.save()
    folder = path.parent / "Björk" / "Downloaded (2003)"
    folder.mkdir(parents=True)
    tags = read_tags(path.rename(folder / path.name))
    assert (tags.album, tags.release_date, tags.album_artist) == ("Homogenic", None, None)
    assert tags.artists == ("Björk",)


def test_credited_artists_count_before_their_byline(music_file: Callable[[str], Path]) -> None:
    path = music_file("a.flac")
    audio: Any = mutagen.File(path)
    audio.update(ARTIST="Queen & David Bowie", ARTISTS=["Queen", "David Bowie"])
    audio.save()
    assert read_tags(path).artists == ("Queen", "David Bowie")


def test_old_text_that_is_no_unicode(music_file: Callable[[str], Path]) -> None:
    path = music_file("Кино - Группа крови.mp3")
    tags = ID3()
    tags.add(TIT2(0, "Группа".encode("cp1251").decode("latin-1")))
    tags.save(path, v2_version=3, v1=2)
    content = path.read_bytes()
    path.write_bytes(content.replace("Группа".encode("cp1251"), b"\xff\xfe\x00\xd8\x00\x81"))
    assert read_tags(path).title


def test_old_tags(music_file: Callable[[str], Path]) -> None:
    path = music_file("a.mp3")
    tags = ID3()
    for frame in (TIT2(1, "Jóga"), TPE1(1, "Björk"), TDRC(0, "1997"), TCON(0, "17")):
        tags.add(frame)
    tags.save(path, v2_version=3)
    assert read_tags(path) == TrackTags(
        "Jóga", artists=("Björk",), release_date="1997", genres=("Rock",)
    )


def test_worthless_values_are_left_out(music_file: Callable[[str], Path]) -> None:
    path = music_file("Artist - Name.flac")
    audio: Any = mutagen.File(path)
    audio.update(
        TITLE=" \t ",
        ARTIST=["A\nB", "", "A B"],
        DATE=["0000-00-00", "sometime"],
        ISRC=["unknown", "gb-aye-05-00001"],
        TRACKNUMBER="A1",
        GENRE=["Rock", "Rock"],
    )
    audio.save()
    assert read_tags(path) == TrackTags(
        "Name", artists=("A B",), isrc=("GBAYE0500001",), genres=("Rock",)
    )


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1992", "1992"),
        ("1992-04", "1992-04"),
        ("1992-04-07", "1992-04-07"),
        ("1992-04-07T08:30:00", "1992-04-07"),
        ("1992-13-07", "1992"),
        ("07/04/1992", None),
    ],
)
def test_dates(music_file: Callable[[str], Path], text: str, date: str | None) -> None:
    path = music_file("a.flac")
    audio: Any = mutagen.File(path)
    audio["date"] = text
    audio.save()
    assert read_tags(path).release_date == date
