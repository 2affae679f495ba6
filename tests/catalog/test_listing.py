from __future__ import annotations

from collections.abc import Callable

import pytest

from wavvy.catalog.listing import Listing
from wavvy.catalog.repository import Catalog

Add = Callable[..., int]


@pytest.fixture
def filled(catalog: Catalog, add: Add) -> Catalog:
    add("banana", artists=("Zoë",), album="x", release_date="1992-04", genres=("Folk", "Rock"))
    add("Äpfel", artists=("anna", "Zoë"), release_date="2001", genres=("Folk",))
    add("Cherry", album="W")
    add("apple", artists=("Bob",), album="Y", release_date="1989-12-31")
    return catalog


def titles(catalog: Catalog, listing: Listing) -> list[str]:
    return [track.title for track in catalog.listed(listing)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("added", ["banana", "Äpfel", "Cherry", "apple"]),
        ("title", ["Äpfel", "apple", "banana", "Cherry"]),
        ("artist", ["Äpfel", "apple", "banana", "Cherry"]),
        ("album", ["Cherry", "banana", "apple", "Äpfel"]),
        ("release_date", ["apple", "banana", "Äpfel", "Cherry"]),
        ("duration", ["banana", "Äpfel", "Cherry", "apple"]),
    ],
)
def test_orders(filled: Catalog, order: str, expected: list[str]) -> None:
    assert titles(filled, Listing(order=order)) == expected  # type: ignore[arg-type]


def test_descending_what_is_missing_still_comes_last(filled: Catalog) -> None:
    newest = Listing(order="release_date", descending=True)
    assert titles(filled, newest) == ["Äpfel", "banana", "apple", "Cherry"]


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        (Listing(genre="Folk"), ["banana", "Äpfel"]),
        (Listing(genre="Folk", query="zoe ban"), ["banana"]),
        (Listing(genre="folk\x00"), []),
        (Listing(from_year=1990), ["banana", "Äpfel"]),
        (Listing(to_year=1992), ["banana", "apple"]),
        (Listing(from_year=1989, to_year=1989), ["apple"]),
        (Listing(after_id=2), ["Cherry", "apple"]),
    ],
)
def test_filters(filled: Catalog, listing: Listing, expected: list[str]) -> None:
    assert titles(filled, listing) == expected
    assert filled.count_listed(listing) == len(expected)


def test_pages_by_offset_hold_every_track_once(filled: Catalog) -> None:
    pages = [titles(filled, Listing(order="title", offset=n, limit=2)) for n in (0, 2, 4)]
    assert pages == [["Äpfel", "apple"], ["banana", "Cherry"], []]
    assert filled.count_listed(Listing(order="title", offset=2, limit=2)) == 4


def test_genres_are_counted(filled: Catalog) -> None:
    assert filled.genres() == [("Folk", 2), ("Rock", 1)]
