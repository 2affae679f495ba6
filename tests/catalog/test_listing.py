from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import get_args

import pytest

from wavvy.catalog.listing import Cursor, Listing, TrackOrder
from wavvy.catalog.repository import Catalog

Add = Callable[..., int]


def fill(add: Add) -> None:
    add("banana", artists=("Zoë",), album="x", release_date="1992-04", genres=("Folk", "Rock"))
    add("Äpfel", artists=("anna", "Zoë"), release_date="2001", genres=("Folk",))
    add("Cherry", album="W")
    add("apple", artists=("Bob",), album="Y", release_date="1989-12-31")


@pytest.fixture(scope="module")
def filled(lasting_catalog: Catalog, add_to: Add) -> Catalog:
    """A library for tests that only look."""
    fill(partial(add_to, lasting_catalog))
    return lasting_catalog


@pytest.fixture
def own(catalog: Catalog, add: Add) -> Catalog:
    """A library that the test may change."""
    fill(add)
    return catalog


def titles(catalog: Catalog, listing: Listing) -> list[str]:
    return [track.title for track in catalog.page(listing).tracks]


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
        (Listing(query="zoe", order="relevance", from_year=2000), ["Äpfel"]),
        (Listing(query="zoe", order="title", descending=True), ["banana", "Äpfel"]),
        (Listing(query=" "), ["banana", "Äpfel", "Cherry", "apple"]),
        (Listing(from_year=1990), ["banana", "Äpfel"]),
        (Listing(to_year=1992), ["banana", "apple"]),
        (Listing(from_year=1989, to_year=1989), ["apple"]),
        (Listing(after=Cursor(2)), ["Cherry", "apple"]),
    ],
)
def test_filters(filled: Catalog, listing: Listing, expected: list[str]) -> None:
    assert titles(filled, listing) == expected
    assert filled.page(listing).total == len(expected)


def test_pages_by_offset_hold_every_track_once(filled: Catalog) -> None:
    pages = [titles(filled, Listing(order="title", offset=n, limit=2)) for n in (0, 2, 4)]
    assert pages == [["Äpfel", "apple"], ["banana", "Cherry"], []]
    assert filled.page(Listing(order="title", offset=2, limit=2)).total == 4


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", get_args(TrackOrder))
def test_pages_by_cursor_are_the_whole_list(
    own: Catalog, add: Add, order: TrackOrder, descending: bool
) -> None:
    add("APPLE", artists=("bob",), album="Y", release_date="1989-12-31")  # equal in all but its id
    add("nameless")
    whole = [t.id for t in own.page(Listing(order=order, descending=descending)).tracks]
    seen: list[int] = []
    after = None
    while True:
        listing = Listing(order=order, descending=descending, limit=1, after=after)
        page = own.page(listing)
        assert page.total == len(whole) - len(seen)
        if not page.tracks:
            break
        seen.append(page.tracks[0].id)
        after = own.cursor(listing, page)
    assert seen == whole


def test_pages_of_a_search_by_cursor_are_the_whole_search(own: Catalog, add: Add) -> None:
    for number in range(7):
        add(f"Zoe {number}")
    whole = titles(own, Listing(query="zoe", order="relevance"))
    assert len(whole) == 9
    seen: list[str] = []
    after = None
    while True:
        listing = Listing(query="zoe", order="relevance", limit=2, after=after)
        page = own.page(listing)
        assert page.total == 9 - len(seen)
        if not page.tracks:
            break
        seen += [track.title for track in page.tracks]
        after = own.cursor(listing, page)
    assert seen == whole


def test_a_cursor_outlives_its_track(own: Catalog) -> None:
    listing = Listing(order="title")
    page = own.page(replace(listing, limit=2))
    after = own.cursor(listing, page)
    own.remove_track(page.tracks[1].id)
    assert titles(own, Listing(order="title", after=after)) == ["banana", "Cherry"]


def test_genres_are_counted(filled: Catalog) -> None:
    assert filled.genres() == [("Folk", 2), ("Rock", 1)]
