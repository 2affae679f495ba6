from __future__ import annotations

from typing import Any, cast

import pytest

from wavvy.cli.merges import finish_merges


class Library:
    """Has something to merge until it has been waited for so many times."""

    def __init__(self, waits: int) -> None:
        self.waits = waits
        self.asked: list[float | None] = []

    def settle(self, seconds: float | None = None) -> bool:
        self.asked.append(seconds)
        return len(self.asked) > self.waits


def test_short_merges_are_not_worth_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    library = Library(0)
    finish_merges(cast(Any, library))
    assert (len(library.asked), *capsys.readouterr()) == (1, "", "")


def test_long_merges_are_waited_for_with_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    library = Library(1)
    finish_merges(cast(Any, library))
    assert library.asked[1:] == [None]
    out, err = capsys.readouterr()
    assert out == ""
    assert "Ctrl-C is safe" in " ".join(err.split())
