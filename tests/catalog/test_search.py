from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.catalog.search import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Motörhead", "motorhead"),
        ("Café del  Mar\n", "cafe del mar"),
        ("STRASSE Straße", "strasse strasse"),
        ("Mø Łódź", "mo lodz"),
        ("İstanbul", "istanbul"),
        ("①ﬁne", "1fine"),
        ("坂本龍一", "坂本龍一"),
        ("a\0b\ud800", "ab"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(codec="utf-8")))
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.lower()) == fold(text.casefold().lower())
