from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest

from wavvy.catalog.listing import Cursor, Listing, TrackOrder
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
        (Listing(after=Cursor(2)), ["Cherry", "apple"]),
    ],
)
def test_filters(filled: Catalog, listing: Listing, expected: list[str]) -> None:
    assert titles(filled, listing) == expected
    assert filled.count_listed(listing) == len(expected)


def test_pages_by_offset_hold_every_track_once(filled: Catalog) -> None:
    pages = [titles(filled, Listing(order="title", offset=n, limit=2)) for n in (0, 2, 4)]
    assert pages == [["Äpfel", "apple"], ["banana", "Cherry"], []]
    assert filled.count_listed(Listing(order="title", offset=2, limit=2)) == 4


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", get_args(TrackOrder))
def test_pages_by_cursor_are_the_whole_list(
    filled: Catalog, add: Add, order: TrackOrder, descending: bool
) -> None:
    add("APPLE", artists=("bob",), album="Y", release_date="1989-12-31")  # equal in all but its id
    add("nameless")
    whole = [t.id for t in filled.listed(Listing(order=order, descending=descending))]
    seen: list[int] = []
    after = None
    while True:
        listing = Listing(order=order, descending=descending, limit=1, after=after)
        assert filled.count_listed(listing) == len(whole) - len(seen)
        page = filled.listed(listing)
        if not page:
            break
        seen.append(page[0].id)
        after = filled.cursor(listing, page[0].id)
    assert seen == whole


def test_a_cursor_outlives_its_track(filled: Catalog) -> None:
    listing = Listing(order="title")
    first = filled.listed(listing)[1]
    after = filled.cursor(listing, first.id)
    filled.remove_track(first.id)
    assert titles(filled, Listing(order="title", after=after)) == ["banana", "Cherry"]


def test_genres_are_counted(filled: Catalog) -> None:
    assert filled.genres() == [("Folk", 2), ("Rock", 1)]
