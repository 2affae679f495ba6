from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wavvy.catalog.text import MAX_LENGTH, clean


@given(st.text(st.characters(codec=None)))
def test_clean_text_is_one_storable_line(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert "\0" not in cleaned
    assert cleaned.splitlines() in ([], [cleaned])
    assert cleaned == cleaned.strip()
    assert clean(cleaned) == cleaned


def test_long_text_is_cut() -> None:
    assert clean("x" * 100_000) == "x" * MAX_LENGTH


def test_undecodable_bytes_of_a_file_name_become_visible() -> None:
    assert clean(b"caf\xe9".decode("utf-8", "surrogateescape")) == "caf\ufffd"
