from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.catalog.search.query import MAX_WORDS, Phrase, Word, parse


def test_words_and_where_they_must_be() -> None:
    query = parse('Artist:Beatles title:"Love Me" do')
    assert query.words == (
        Word("beatles", field="artist"),
        Word("love", exact=True, field="title"),
        Word("me", exact=True, field="title"),
        Word("do", prefix=True),
    )
    assert query.phrases == (Phrase("love me", "title"),)
    assert query.text == "beatles love me do"


@pytest.mark.parametrize(
    ("typed", "years"),
    [
        ("year:1994", (1994, 1994)),
        ("year:1990-1999", (1990, 1999)),
        ("year:199", (1990, 1999)),
        ("year:19", (1900, 1999)),
        ("year:1990-", (1990, 9998)),
        ("year:1990-19", (1990, 1999)),
        ("year:", (None, None)),
        ("year:soon", (None, None)),
        ("year:19999", (None, None)),
        ("year:٣", (None, None)),
    ],
)
def test_years(typed: str, years: tuple[int | None, int | None]) -> None:
    query = parse(typed)
    assert (query.from_year, query.to_year) == years


def test_what_is_no_year_is_a_word() -> None:
    assert [word.term for word in parse("year:soon").words] == ["year", "soon"]


def test_genres() -> None:
    assert parse('genre:"Hip Hop" x').genre == "hip hop"
    assert parse("genre:").genre is None


def test_the_last_word_is_being_typed() -> None:
    assert [word.prefix for word in parse("low wat").words] == [False, True]
    assert [word.prefix for word in parse("low wat ").words] == [False, False]
    assert parse('"low wat').words[-1].prefix
    assert not parse('"low wat"').words[-1].prefix


@pytest.mark.parametrize("typed", ["artist:", "title:", "", "  ", "???", '""', "\0"])
def test_nothing_is_asked(typed: str) -> None:
    assert parse(typed).words == ()


def test_words_are_asked_once_and_not_without_end() -> None:
    assert [word.term for word in parse("la la la").words] == ["la"]
    assert len(parse(" ".join(f"w{n}" for n in range(1000))).words) == MAX_WORDS


@given(st.text())
def test_whatever_is_typed_means_something(typed: str) -> None:
    query = parse(typed)
    assert all(word.term and " " not in word.term for word in query.words)
