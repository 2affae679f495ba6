from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from wavvy.catalog import history
from wavvy.catalog.history import DayCount, Heard, Span
from wavvy.catalog.repository import Catalog
from wavvy.errors import InvalidRequest, NotFound

Add = Callable[..., int]
NOON = round(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000


def heard(hours: float, track_id: int | None = None, **fields: object) -> Heard:
    """Something that was heard so many hours after noon of 1 March 2026."""
    at = NOON + round(hours * HOUR)
    if track_id is None:
        return replace(Heard(at, "live", 9000), **fields)
    one = Heard(at, "upload", 5000, track_id, f"Old {track_id}", ("Then",), "LP", 61_000, 0.9995)
    return replace(one, **fields)


@pytest.fixture
def filled(catalog: Catalog, add: Add) -> Catalog:
    """Tracks 1 and 2, both heard; 3 was heard too and is gone."""
    add("New 1", artists=("Now",), album="CD")
    add("New 2")
    catalog.history.add(
        [
            heard(0, 1),
            heard(1),
            heard(2, 2, source="cli"),
            heard(3, 3),
            heard(4, 1),
            heard(4, 3, title="Later 3"),
        ]
    )
    return catalog


def test_what_was_heard_is_told_newest_first_by_its_present_name(filled: Catalog) -> None:
    page, cursor = filled.history.page(Span(), limit=10)
    assert cursor is None
    assert [(one.id, one.track_id, one.title) for one in page] == [
        (6, 3, "Later 3"),
        (5, 1, "New 1"),
        (4, 3, "Old 3"),
        (3, 2, "New 2"),
        (2, None, None),
        (1, 1, "New 1"),
    ]
    removed, present = page[0], page[1]
    assert (removed.artists, removed.album, removed.track) == (("Then",), "LP", None)
    assert (present.artists, present.album) == (("Now",), "CD")
    assert (present.play_offset_ms, present.score, present.source) == (61_000, 0.9995, "upload")
    assert (page[4].duration_ms, page[4].score, page[4].artists) == (9000, None, ())


def test_removing_a_track_leaves_its_history(filled: Catalog) -> None:
    filled.remove_track(2)
    (one,), _ = filled.history.page(Span(track_id=2), limit=10)
    assert (one.title, one.track) == ("Old 2", None)


@pytest.mark.parametrize(
    ("span", "ids"),
    [
        (Span(from_ms=NOON + 2 * HOUR), [6, 5, 4, 3]),
        (Span(to_ms=NOON + 2 * HOUR), [2, 1]),
        (Span(track_id=1), [5, 1]),
        (Span(track_id=2**70), []),
        (Span(source="cli"), [3]),
        (Span(matched=False), [2]),
        (Span(matched=True, source="live"), []),
        (Span(from_ms=-(2**80), to_ms=2**80), [6, 5, 4, 3, 2, 1]),
    ],
)
def test_parts(filled: Catalog, span: Span, ids: list[int]) -> None:
    assert [one.id for one in filled.history.page(span, limit=10)[0]] == ids
    assert [one.id for one in filled.history.export(span)] == ids
    assert filled.history.count(span) == len(ids)


def test_pages_hold_all_once_whatever_is_added_and_deleted_meanwhile(filled: Catalog) -> None:
    seen: list[int] = []
    cursor: str | None = None
    while True:
        page, cursor = filled.history.page(Span(), limit=2, after=cursor)
        seen += [one.id for one in page]
        if cursor is None:
            break
        filled.history.delete(page[-1].id)  # the cursor's own row
        filled.history.add([heard(9)])
    assert seen == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("cursor", ["", "x", "1", "1-", "-1", "1-x", "²-1", "9" * 30 + "-1"])
def test_what_is_no_cursor_is_refused(catalog: Catalog, cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="no cursor: pass 'next' of the page before"):
        catalog.history.page(Span(), limit=2, after=cursor)


def test_most_recognised(filled: Catalog) -> None:
    top = filled.history.top(Span(), limit=10)
    assert [(one.heard.track_id, one.heard.title, one.count) for one in top] == [
        (1, "New 1", 2),
        (3, "Later 3", 2),
        (2, "New 2", 1),
    ]
    assert top[0].heard.heard_at_ms == NOON + 4 * HOUR
    assert [one.heard.track_id for one in filled.history.top(Span(), limit=1)] == [1]
    early = filled.history.top(Span(to_ms=NOON + 4 * HOUR), limit=10)
    assert [(one.heard.track_id, one.heard.title, one.count) for one in early] == [
        (3, "Old 3", 1),
        (2, "New 2", 1),
        (1, "New 1", 1),
    ]


def test_days_are_those_of_the_time_zone(catalog: Catalog) -> None:
    catalog.history.add([heard(0, 1), heard(5.9), heard(11.99, 1), heard(12, 1), heard(60)])
    assert catalog.history.days(Span(), UTC) == [
        DayCount(date(2026, 3, 1), 2, 1),
        DayCount(date(2026, 3, 2), 1, 0),
        DayCount(date(2026, 3, 4), 0, 1),
    ]
    # Half an hour off the hours of others: 18:15 UTC is midnight there.
    assert catalog.history.days(Span(), ZoneInfo("Asia/Kathmandu")) == [
        DayCount(date(2026, 3, 1), 1, 1),
        DayCount(date(2026, 3, 2), 2, 0),
        DayCount(date(2026, 3, 4), 0, 1),
    ]
    assert catalog.history.days(Span(from_ms=NOON + 61 * HOUR), UTC) == []


def test_one_is_deleted_and_its_id_not_used_again(filled: Catalog) -> None:
    filled.history.delete(6)
    for gone in (6, 0, -1, 2**70):
        with pytest.raises(NotFound, match=f"no recognition {gone} in the history"):
            filled.history.delete(gone)
    filled.history.add([heard(9)])
    assert [one.id for one in filled.history.page(Span(), limit=2)[0]] == [7, 5]


def test_deleting_a_part_and_all_in_steps(filled: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_DELETED_AT_ONCE", 2)
    assert filled.history.clear(Span(to_ms=NOON + 3 * HOUR)) == 3
    assert filled.history.count(Span()) == 3
    assert filled.history.clear() == 3
    assert filled.history.clear() == 0
    assert filled.history.page(Span(), limit=5) == ([], None)


def test_export_reads_on(filled: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_EXPORTED_AT_ONCE", 4)
    assert [one.id for one in filled.history.export(Span())] == [6, 5, 4, 3, 2, 1]
