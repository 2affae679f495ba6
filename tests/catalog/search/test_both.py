"""The same library, the same queries: the same answers on both databases."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from bench.search.library import names, open_filled
from bench.search.queries import MISTAKES, plain_queries
from private_postgresql import PostgreSQL

from wavvy.catalog.listing import Listing
from wavvy.catalog.repository import Catalog

TRACKS = 2000
OTHERS = [
    "t",
    "the",
    "love",
    "the love of",
    "year:1990-1999",
    "love year:2001",
    "愛",
    "зима",
    "zima n",
]


@pytest.fixture(scope="module")
def both(
    postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Catalog, Catalog]]:
    name = postgresql.create()
    folder = tmp_path_factory.mktemp("both")
    with (
        open_filled(folder, TRACKS) as sqlite,
        open_filled(folder, TRACKS, postgresql.url(name)) as server,
    ):
        yield sqlite, server
    postgresql.drop(name)


def hits(catalog: Catalog, query: str) -> list[tuple[int, float]]:
    found = catalog.page(Listing(query=query, order="relevance")).found
    assert found is not None
    return [(hit.track_id, hit.score) for hit in found.hits]


def test_both_find_the_same_in_the_same_order(both: tuple[Catalog, Catalog]) -> None:
    draw = random.Random(5)
    plain = plain_queries(names(TRACKS), 25, seed=3)
    asked = [mistake(query, draw) for query, _ in plain for mistake in MISTAKES.values()]
    beginnings = [query[:end] for query, _ in plain[:4] for end in range(1, len(query))]
    for query in [*asked, *beginnings, *OTHERS]:
        first, second = (hits(catalog, query) for catalog in both)
        assert first == second, query


@pytest.mark.parametrize(
    ("mistake", "least"),
    [("as typed", 1.0), ("one typo", 0.95), ("two typos", 0.9), ("words swapped", 0.95)],
)
def test_the_right_track_is_among_the_first_three(
    both: tuple[Catalog, Catalog], mistake: str, least: float
) -> None:
    library, draw = names(TRACKS), random.Random(2)
    right = []
    for query, at in plain_queries(library, 60, seed=4):
        first = hits(both[0], MISTAKES[mistake](query, draw))[:3]
        called = {
            (library[track_id - 1].title, library[track_id - 1].artist) for track_id, _ in first
        }
        right.append((library[at].title, library[at].artist) in called)
    assert sum(right) / len(right) >= least
