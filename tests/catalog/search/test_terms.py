from __future__ import annotations

import pytest

from wavvy.catalog.search.terms import index_names, query_terms, typo_keys


def test_what_is_stored_of_a_track() -> None:
    names = index_names("Don't Stop (feat. Zoë)", ["AC/DC", "Кино"], "Low & High")
    assert names.title == "dont stop zoe"
    assert names.title_key == "dont stop zoe"
    assert names.text == "dont stop zoe\nac dc\nкино\nlow and high"
    assert set(names.terms) == {
        "dont", "stop", "zoe", "ac", "dc", "acdc", "кино", "kino", "low", "and", "high",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("title", "terms"),
    [
        ("春の海", {"春", "の", "海", "春の", "の海", "chun", "no", "hai", "chunnohai"}),
        ("Live 東京", {"live", "東", "京", "東京", "dong", "jing", "dongjing"}),
        ("Μίκης", {"μικησ", "mikis"}),
        ("R.E.M.", {"r", "e", "m", "rem"}),
        ("♥", {"♥"}),
        ("Feat.", {"feat"}),
        ("", set()),
    ],
)
def test_terms(title: str, terms: set[str]) -> None:
    assert set(index_names(title, [], None).terms) == terms


def test_the_order_of_a_titles_words_does_not_matter_to_its_key() -> None:
    keys = {index_names(title, [], None).title_key for title in ("You Love Me", "me, love, you")}
    assert keys == {"love me you"}
    assert len(index_names("Word " * 100, [], None).title_key) == 64


def test_what_a_query_asks_for() -> None:
    assert query_terms("春の海 AC/DC ft. Zoë") == ["春の", "の海", "ac", "dc", "zoe"]
    assert query_terms("春") == ["春"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("habour", "harbour"),
        ("harrbour", "harbour"),
        ("hatbour", "harbour"),
        ("hrabour", "harbour"),
    ],
)
def test_one_mistake_leaves_a_key_in_common(typed: str, meant: str) -> None:
    assert ({typed} | typo_keys(typed)) & ({meant} | typo_keys(meant))


def test_only_words_of_letters_have_keys() -> None:
    assert typo_keys("tide") == {"ide", "tde", "tie", "tid"}
    assert typo_keys("cat") == typo_keys("m83x") == typo_keys("x" * 30) == set()
