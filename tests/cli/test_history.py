"""``wavvy history``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

Wavvy = Any


@pytest.fixture(scope="module")
def used(wavvy: Wavvy, music: Path, clip: Path, stranger: Path, tmp_path_factory: Any) -> Path:
    """A data folder in which a clip was recognised twice and another one was not."""
    folder = Path(tmp_path_factory.mktemp("used") / "data")
    assert wavvy("--data-dir", folder, "add", music).code == 0
    assert wavvy("--data-dir", folder, "identify", clip, stranger, clip).code == 0
    done = wavvy("--data-dir", folder, "identify", clip, WAVVY_HISTORY_DAYS="0")
    assert (done.code, done.err) == (0, "")
    return folder


def test_what_was_recognised_is_listed(wavvy: Wavvy, used: Path) -> None:
    done = wavvy("--data-dir", used, "history")
    assert (done.code, done.err) == (0, "")
    header, *rows = done.lines
    assert header.split() == ["when", "from", "track", "at", "score"]
    assert len(rows) == 3
    assert sum("春の海 - 日本" in row and "0:12" in row and "cli" in row for row in rows) == 2
    assert sum("no match" in row for row in rows) == 1
    first = wavvy("--data-dir", used, "history", "--limit", "2")
    assert len(first.lines) == 3
    assert "--limit" in first.err


def test_machines_get_json_and_csv(wavvy: Wavvy, used: Path) -> None:
    found = wavvy("--data-dir", used, "history", "--json").json
    assert [one["match"] and one["match"]["title"] for one in found] == ["春の海", None, "春の海"]
    rows = list(csv.DictReader(wavvy("--data-dir", used, "history", "--csv").lines))
    assert [row["id"] for row in rows] == ["3", "2", "1"]
    (top,) = wavvy("--data-dir", used, "history", "--top", "--json", "--days", "2").json
    assert (top["title"], top["count"]) == ("春の海", 2)
    assert wavvy("--data-dir", used, "history", "--top").lines == ["2 ×           春の海 - 日本"]


def test_clearing_asks_first(wavvy: Wavvy, used: Path) -> None:
    unsure = wavvy("--data-dir", used, "history", "--clear")
    assert unsure.code == 1
    assert "Delete 3 recognitions?" in unsure.err
    done = wavvy("--data-dir", used, "history", "--clear", "--yes")
    assert (done.code, done.lines) == (0, ["Deleted: 3 recognitions."])
    empty = wavvy("--data-dir", used, "history")
    assert (empty.code, empty.out) == (0, "")
    assert "Nothing has been recognised yet" in empty.err
    assert "nothing to delete" in wavvy("--data-dir", used, "history", "--clear").err


@pytest.mark.parametrize("options", [("--csv", "--json"), ("--top", "--csv"), ("--days", "0")])
def test_wrong_use(wavvy: Wavvy, tmp_path: Path, options: tuple[str, ...]) -> None:
    assert wavvy("--data-dir", tmp_path, "history", *options).code == 2


def test_days_that_are_no_number(wavvy: Wavvy, used: Path, clip: Path) -> None:
    done = wavvy("--data-dir", used, "identify", clip, WAVVY_HISTORY_DAYS="many")
    assert done.code == 2
    assert "WAVVY_HISTORY_DAYS" in done.err
