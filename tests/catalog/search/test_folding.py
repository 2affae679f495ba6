from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wavvy.catalog.search.folding import Token, fold, tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Motörhead", "motorhead"),
        ("Café del  Mar\n", "cafe del mar"),
        ("STRASSE Straße", "strasse strasse"),
        ("Mø Łódź", "mo lodz"),
        ("İstanbul", "istanbul"),
        ("①ﬁne", "1fine"),
        ("坂本龍一", "坂 本 龍 一"),
        ("ハルﾊﾞ", "は る は"),
        ("방탄", "\u1107\u1161\u11bc\u1110\u1161\u11ab"),
        ("a\0b\ud800", "ab"),
        ("Ｆｕｌｌ　ＷＩＤＴＨ", "full width"),
        ("Don’t (Stop)!", "dont stop"),
        ("AC/DC - R.E.M.", "ac dc r e m"),
        ("Simon & Garfunkel", "simon and garfunkel"),
        ("☂ Rain", "☂ rain"),
        ("e\u0301te\u0301", "ete"),
        ("???", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


# The iota written below a Greek vowel is a mark in lower case and a letter in upper case.
@given(st.text(st.characters(codec="utf-8")))
def test_case_does_not_matter(text: str) -> None:
    assume("\u0345" not in unicodedata.normalize("NFKD", text))
    assert fold(text.lower()) == fold(text.casefold().lower())


@given(st.text())
def test_each_word_is_where_it_is_said_to_be(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert fold(text[token.start : token.end]).replace(" ", "") == token.word
        end = token.end


def test_words_know_what_they_are_written_beside() -> None:
    assert tokens("AC/DC e\u0301 春") == [
        Token("ac", 0, 2, False, False),
        Token("dc", 3, 5, True, False),
        Token("e", 6, 8, False, False),
        Token("春", 9, 10, False, True),
    ]
