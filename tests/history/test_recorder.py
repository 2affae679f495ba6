from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wavvy.catalog import database, retry
from wavvy.catalog.history import Heard, Span
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import TrackTags
from wavvy.history import recorder
from wavvy.history.recorder import History
from wavvy.match import Match
from wavvy.recognition import Result

DAY_MS = 86_400_000
Open = Callable[..., History]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue that is opened from now on does not wait for others that write."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0)
    monkeypatch.setattr(retry, "PATIENCE_S", 0.1)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path, params_digest="p") as opened:
        yield opened


@pytest.fixture
def start(catalog: Catalog) -> Iterator[Open]:
    started: list[History] = []

    def make(days: int = 30, *, pruning: bool = False) -> History:
        started.append(History(catalog.history, days, pruning=pruning))
        return started[-1]

    yield make
    for history in started:
        history.close(10)


@pytest.fixture
def result(catalog: Catalog) -> Result:
    track_id, _ = catalog.add_track(
        TrackTags("Tune", artists=("A", "B"), album="LP"),
        content_hash=b"h", duration_ms=60_000, fingerprint=b"", source=None,
    )  # fmt: skip
    match = Match(
        track_id=track_id, score=0.99951234, evidence=20.0, begin_ms=0, end_ms=5000,
        track_begin_ms=10_000, time_skew=0.0, frequency_skew=0.0, matched_landmarks=100,
        accepted=True,
    )  # fmt: skip
    return Result(match, catalog.track(track_id), 5000)


def kept(catalog: Catalog) -> list[Heard]:
    return list(catalog.history.export(Span()))


def test_matches_and_misses_are_written(catalog: Catalog, start: Open, result: Result) -> None:
    history = start()
    before = time.time_ns() // 1_000_000
    history.take("upload", 5000, result)
    assert history.settle(10)
    history.take("live", 8000, None)
    assert history.settle(10)
    miss, hit = kept(catalog)
    assert (miss.source, miss.duration_ms, miss.track_id) == ("live", 8000, None)
    assert (hit.title, hit.artists, hit.album) == ("Tune", ("A", "B"), "LP")
    assert (hit.play_offset_ms, hit.score, hit.duration_ms) == (15_000, 0.9995, 5000)
    assert before <= hit.heard_at_ms <= miss.heard_at_ms <= time.time_ns() // 1_000_000


def test_with_no_days_nothing_is_kept(catalog: Catalog, start: Open) -> None:
    catalog.history.add([Heard(1, "cli", 1)])
    start(0).take("upload", 5000, None)
    assert len(kept(catalog)) == 1  # whoever does not prune leaves what is there
    assert start(0, pruning=True).settle(10)
    assert kept(catalog) == []


def test_what_is_too_old_is_deleted_at_the_start_and_then_now_and_again(
    catalog: Catalog, start: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "PRUNE_INTERVAL_S", 0.05)
    now = time.time_ns() // 1_000_000
    ages = (0, 29, 31, 400)
    catalog.history.add([Heard(now - days * DAY_MS, "cli", days) for days in ages])
    history = start(30, pruning=True)
    assert history.settle(10)
    assert [heard.duration_ms for heard in kept(catalog)] == [0, 29]
    catalog.history.add([Heard(now - 31 * DAY_MS, "cli", 31)])
    deadline = time.monotonic() + 10
    while len(kept(catalog)) == 3:
        assert time.monotonic() < deadline, "it was not deleted"
        time.sleep(0.01)
    assert [heard.duration_ms for heard in kept(catalog)] == [0, 29]


def test_recognition_does_not_wait_while_the_catalogue_is_locked(
    impatient: None, catalog: Catalog, start: Open, caplog: pytest.LogCaptureFixture
) -> None:
    history = start()
    with closing(sqlite3.connect(catalog.location, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with caplog.at_level(logging.WARNING):
            took = []
            for number in range(3):
                began = time.monotonic()
                history.take("upload", number, None)
                took.append(time.monotonic() - began)
                assert not history.settle(60)
        assert min(took) < 0.05
        assert [record.message for record in caplog.records if "will be later" in record.message]
        assert len(caplog.records) == 1  # not one for each
        other.execute("ROLLBACK")
    history.take("upload", 3, None)
    assert history.settle(60)
    assert sorted(heard.duration_ms for heard in kept(catalog)) == [0, 1, 2, 3]


def test_of_too_many_the_oldest_are_given_up(
    catalog: Catalog, start: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MOST_WAITING", 5)
    history = start()
    with history._changing:  # nothing is written meanwhile
        for number in range(9):
            history.take("upload", number, None)
    assert history.settle(10)
    assert sorted(heard.duration_ms for heard in kept(catalog)) == [4, 5, 6, 7, 8]


def test_closing_writes_what_is_left(catalog: Catalog) -> None:
    history = History(catalog.history, 30)
    for number in range(700):
        history.take("cli", number, None)
    history.close(10)
    assert len(kept(catalog)) == 700


def test_clearing_takes_what_is_not_written_yet_too(catalog: Catalog, start: Open) -> None:
    history = start()
    history.take("cli", 1, None)
    assert history.settle(10)
    with history._changing:
        history.take("cli", 2, None)
        history._waiting.clear()  # what `clear` does before it lets go
    assert history.clear() == 1
    assert history.settle(10)
    assert kept(catalog) == []
