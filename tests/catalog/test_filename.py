from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.catalog.filename import parse_name


@pytest.mark.parametrize(
    ("name", "title", "artist", "number"),
    [
        ("Artist - Title.ogg", "Title", "Artist", None),
        ("01 - Title.mp3", "Title", None, 1),
        ("01. Artist - Title.flac", "Title", "Artist", 1),
        ("1-03 Title.mp3", "Title", None, 3),
        ("01_Artist_-_Title.ogg", "Title", "Artist", 1),
        ("Sigur Rós – Hoppípolla.m4a", "Hoppípolla", "Sigur Rós", None),
        ("坂本龍一 - 戦場のメリークリスマス.flac", "戦場のメリークリスマス", "坂本龍一", None),
        ("Artist - Title - Live.mp3", "Title - Live", "Artist", None),
        ("C:\\music\\02 - Title.mp3", "Title", None, 2),
        ("/music/02 - Title.mp3", "Title", None, 2),
        ("Vol. 1 - Title", "Title", "Vol. 1", None),
        ("Mr. Title.mp3", "Mr. Title", None, None),
    ],
)
def test_parts(name: str, title: str, artist: str | None, number: int | None) -> None:
    parts = parse_name(name)
    assert (parts.title, parts.artist, parts.track_number) == (title, artist, number)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Air/Moon Safari/01. Talisman.mp3", ("Talisman", "Air", 1, "Moon Safari", None, None)),
        (
            "/music/Air - Moon Safari (1998)/01 - Talisman.mp3",
            ("Talisman", "Air", 1, "Moon Safari", None, "1998"),
        ),
        (
            "D:\\Music\\Air\\1998 - Moon Safari\\CD 2\\03. Talisman.flac",
            ("Talisman", "Air", 3, "Moon Safari", 2, "1998"),
        ),
        (
            "/home/ann/Air/[1998] Moon Safari [FLAC]/2-03 Talisman.flac",
            ("Talisman", "Air", 3, "Moon Safari [FLAC]", 2, "1998"),
        ),
        ("/music/Moon Safari/03. Talisman.flac", ("Talisman", None, 3, "Moon Safari", None, None)),
        ("Prince/1999/01. 1999.mp3", ("1999", "Prince", 1, "1999", None, None)),
        (
            "Air - Moon Safari - 03 - Talisman.ogg",
            ("Talisman", "Air", 3, "Moon Safari", None, None),
        ),
        ("Air - 03 - Talisman.ogg", ("Talisman", "Air", 3, None, None, None)),
        # A file that does not begin with a track number may lie anywhere.
        ("/home/ann/Parties/Air - Talisman.mp3", ("Talisman", "Air", None, None, None, None)),
        ("/home/ann/01. Talisman.mp3", ("Talisman", None, 1, None, None, None)),
        ("/home/ann/Air/01. Talisman.mp3", ("Talisman", None, 1, "Air", None, None)),
        ("C:/Users/Ann/Downloads/01. Talisman.mp3", ("Talisman", None, 1, None, None, None)),
        ("01. Talisman.mp3", ("Talisman", None, 1, None, None, None)),
    ],
)
def test_folders_of_an_album(name: str, expected: tuple[object, ...]) -> None:
    parts = parse_name(name)
    found = (
        parts.title,
        parts.artist,
        parts.track_number,
        parts.album,
        parts.disc_number,
        parts.year,
    )
    assert found == expected


def test_various_artists_are_no_artist() -> None:
    parts = parse_name("Music/Various Artists/Hits of 2001/03 - One - Two.mp3")
    assert (parts.artist, parts.title) == ("One", "Two")
    assert (parts.album, parts.album_artist) == ("Hits of 2001", "Various Artists")
    assert parse_name("Music/VA/Hits/03 - Two.mp3").artist is None


@pytest.mark.parametrize(
    ("name", "title", "artist"),
    [
        ("99 Luftballons.mp3", "99 Luftballons", None),
        ("50 Cent - In da Club.mp3", "In da Club", "50 Cent"),
        ("2-4-6-8 Motorway.mp3", "2-4-6-8 Motorway", None),
        ("1999 - Title.mp3", "Title", "1999"),
        ("07.mp3", "07", None),
    ],
)
def test_a_number_that_is_part_of_the_name(name: str, title: str, artist: str | None) -> None:
    parts = parse_name(name)
    assert (parts.title, parts.artist, parts.track_number) == (title, artist, None)


def test_decomposed_file_name_is_composed() -> None:
    assert parse_name("Cafe\u0301.mp3").title == "Café"


@given(st.text(st.characters(codec=None), max_size=80))
def test_any_name_gives_a_title_that_can_be_stored(name: str) -> None:
    parts = parse_name(name)
    assert parts.title.strip()
    assert "\0" not in parts.title
    parts.title.encode("utf-8")
    assert parts.artist is None or parts.artist.strip()
    assert parts.track_number is None or parts.track_number > 0
