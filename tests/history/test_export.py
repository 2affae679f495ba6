from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wavvy.catalog.history import Heard
from wavvy.catalog.track import Track
from wavvy.errors import StoreUnavailable
from wavvy.history.export import COLUMNS, export

MATCH = Heard(
    1_769_894_045_120, "live", 2100, 42, 'Say "hi", Zoë\u2028', ("A", "B"), "LP", 152_200, 0.9998,
    id=7,
)  # fmt: skip
TRACK = Track(
    id=42, title="Tune", artists=("A",), album=None, release_date=None, duration_ms=1000,
    genres=(), isrc=(), track_number=None, file=None, added_at=datetime(2026, 1, 2, tzinfo=UTC),
    has_artwork=False,
)  # fmt: skip
MISS = Heard(0, "cli", 9000, id=6)


def test_csv() -> None:
    text = "".join(export(iter([MATCH, MISS]), "csv"))
    header, match, miss = csv.reader(io.StringIO(text))
    assert header == list(COLUMNS)
    assert match == [
        "7", "2026-01-31T21:14:05.120Z", "live", "2100", "42", 'Say "hi", Zoë\u2028', "A, B", "LP",
        "152200", "0.9998",
    ]  # fmt: skip
    assert miss == ["6", "1970-01-01T00:00:00.000Z", "cli", "9000", "", "", "", "", "", ""]


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_no_name_is_a_formula(title: str) -> None:
    text = "".join(export(iter([Heard(0, "cli", 1, 1, title, (title,), title)]), "csv"))
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][5:8] == ["'" + title] * 3


def test_json() -> None:
    match, miss = json.loads("".join(export(iter([MATCH, MISS]), "json")))
    assert match == {
        "id": 7,
        "heard_at": "2026-01-31T21:14:05.120Z",
        "source": "live",
        "duration_ms": 2100,
        "match": {
            "id": 42,
            "title": 'Say "hi", Zoë\u2028',
            "artists": [{"name": "A"}, {"name": "B"}],
            "album": {"name": "LP"},
            "play_offset_ms": 152_200,
            "score": 0.9998,
            "artwork_url": None,
            "external_metadata": {},
            "in_library": False,
        },
    }
    assert miss["match"] is None


def test_where_else_a_track_can_be_heard_is_told() -> None:
    links = {"spotify": [{"track": {"id": "x"}, "url": "https://spotify.example/x"}]}
    track = replace(TRACK, links=links)
    (heard,) = json.loads("".join(export(iter([replace(MATCH, track=track)]), "json")))
    assert heard["match"]["external_metadata"] == links
    assert heard["match"]["in_library"] is True


def test_nothing() -> None:
    assert json.loads("".join(export(iter([]), "json"))) == []
    assert "".join(export(iter([]), "csv")).splitlines() == [",".join(COLUMNS)]


def test_a_long_one_comes_in_pieces_and_is_read_as_needed() -> None:
    read: list[int] = []

    def rows() -> Iterator[Heard]:
        for number in range(2000):
            read.append(number)
            yield Heard(number, "cli", number, id=number)

    pieces = export(rows(), "json")
    assert len(read) <= 600
    text = "".join(pieces)
    assert [one["id"] for one in json.loads(text)] == list(range(2000))
    assert len(list(csv.reader(io.StringIO("".join(export(rows(), "csv")))))) == 2001


def test_what_cannot_be_read_at_all_is_told_before_it_begins() -> None:
    def rows() -> Iterator[Heard]:
        raise StoreUnavailable("gone")
        yield MISS

    with pytest.raises(StoreUnavailable):
        export(rows(), "csv")
