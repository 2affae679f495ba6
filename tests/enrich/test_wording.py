from __future__ import annotations

import pytest

from wavvy.enrich.versions import versions
from wavvy.enrich.wording import plain, split_names, wording


@pytest.mark.parametrize(
    ("title", "core", "guests"),
    [
        ("Titanium (feat. Sia)", "titanium", ("sia",)),
        ("Bohemian Rhapsody - Remastered 2011", "bohemian rhapsody", ()),
        ("(I Can't Get No) Satisfaction", "satisfaction", ()),
        ("Video Killed the Radio Star", "video killed the radio star", ()),
        ("Get Lucky (Radio Edit) [feat. Pharrell Williams and Nile Rodgers]", "get lucky",
         ("pharrell williams", "nile rodgers")),
        ("Live", "live", ()),
    ],
)  # fmt: skip
def test_a_title_proper(title: str, core: str, guests: tuple[str, ...]) -> None:
    assert (wording(title).core, wording(title).guests) == (core, guests)


def test_a_subtitle_belongs_to_the_whole() -> None:
    assert wording("(I Can't Get No) Satisfaction - Mono").whole == "i cant get no satisfaction"


@pytest.mark.parametrize(
    ("title", "numbers"),
    [
        ("Another Brick in the Wall, Part II", {"2"}),
        ("Another Brick in the Wall, Pt. 2", {"2"}),
        ("Shine On (Parts I–V)", {"1", "5"}),
        ("Symphony No. 5 in C minor, Op. 67", {"5", "67"}),
        ("I Want You", set()),
        ("1999", set()),
    ],
)
def test_numbers(title: str, numbers: set[str]) -> None:
    assert wording(title).numbers == numbers


def test_names() -> None:
    assert split_names(["Simon & Garfunkel"]) == ["simon", "garfunkel"]
    assert split_names(["The Beatles", "Beatles, The"])[0] == "beatles"
    assert split_names(["JAY-Z feat. Alicia Keys", "A x B", ""]) == [
        "jay z",
        "alicia keys",
        "a",
        "b",
    ]


def test_scripts() -> None:
    assert plain("Группа крови") == "gruppa krovi"
    assert plain("Ke$ha & Sigur Rós") == "kesha and sigur ros"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("remastered 2011", set()),
        ("radio edit", set()),
        ("official hd music video", set()),
        ("live at wembley", {"live"}),
        ("david guetta remix", {"remix"}),
        ("karaoke version", {"karaoke", "other"}),
        ("mono version", set()),
    ],
)
def test_versions(text: str, kinds: set[str]) -> None:
    assert versions(text) == kinds
