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
