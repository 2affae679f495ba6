from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import URL, insert, text

from wavvy.catalog import duplicates
from wavvy.catalog.address import address_of
from wavvy.catalog.database import MAX_ID, Database
from wavvy.catalog.models import DistinctPairRow
from wavvy.catalog.repository import Catalog
from wavvy.catalog.schema import alembic_config, migrate, open_database
from wavvy.catalog.track import FileFormat, SourceFile, TrackTags
from wavvy.errors import InvalidRequest, NotFound

Add = Callable[..., int]

METHOD = 1


def listed(catalog: Catalog) -> list[list[int]]:
    return [group.track_ids for group in catalog.duplicates.groups().groups]


def test_pairs_are_written_once_and_become_groups(catalog: Catalog, add: Add) -> None:
    a, b, c, d, e = (add(title) for title in "abcde")
    store = catalog.duplicates
    assert store.due(METHOD) == [a, b, c, d, e]
    assert (store.state(METHOD).scanned_at, store.state(METHOD).waiting) == (None, 5)
    assert store.groups() == duplicates.GroupPage([], 0, False)
    assert store.write({a: {}, c: {a: 0.9}}, METHOD) == 1
    assert store.due(METHOD) == [b, d, e]
    assert store.write({a: {c: 0.8}, b: {c: 0.85}, c: {a: 0.7, b: 0.7}}, METHOD) == 1
    assert store.write({d: {e: 0.75}, e: {d: 0.95}}, METHOD) == 1
    page = store.groups()
    assert [group.track_ids for group in page.groups] == [[a, b, c], [d, e]]
    alike = {one.track.id: one.similarity for group in page.groups for one in group.tracks}
    assert alike == {a: 0.9, b: 0.85, c: 0.9, d: 0.95, e: 0.95}
    assert store.state(METHOD).waiting == 0


def test_a_scan_that_ended(catalog: Catalog) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    catalog.duplicates.scanned()
    first = catalog.duplicates.state(METHOD).scanned_at
    assert first is not None
    assert before < first < datetime.now(UTC) + timedelta(seconds=2)
    catalog.duplicates.scanned()
    second = catalog.duplicates.state(METHOD).scanned_at
    assert second is not None
    assert second > first


def test_another_method(catalog: Catalog, add: Add) -> None:
    a, b, c = (add(title) for title in "abc")
    store = catalog.duplicates
    store.write({a: {}, b: {a: 0.9}, c: {b: 0.9}}, METHOD)
    assert store.due(METHOD + 1) == [a, b, c]
    store.write({a: {}, b: {}}, METHOD + 1)
    assert listed(catalog) == []
    store.write({c: {b: 0.8}}, METHOD + 1)
    assert listed(catalog) == [[b, c]]
    assert (store.due(METHOD + 1), store.due(METHOD)) == ([], [a, b, c])


def test_what_is_known_of_a_track_goes_with_it(
    catalog: Catalog, add: Add, rows: Callable[[str], int]
) -> None:
    a, b, c = (add(title) for title in "abc")
    catalog.duplicates.write({a: {b: 0.9}, b: {a: 0.9}, c: {b: 0.9}}, METHOD)
    catalog.remove_track(a)
    assert listed(catalog) == [[b, c]]
    catalog.remove_track(b)
    assert listed(catalog) == []
    assert (rows("duplicate_pairs"), rows("duplicate_checks")) == (0, 1)
    again = add("a")
    assert again > c
    assert catalog.duplicates.due(METHOD) == [again]
    # Of removed tracks, and of none at all, nothing is written.
    assert catalog.duplicates.write({a: {b: 0.9}, c: {b: 0.9, 999: 0.9, c: 1.0}}, METHOD) == 0
    assert (rows("duplicate_pairs"), rows("duplicate_checks")) == (0, 1)


def test_the_best_file_comes_first(catalog: Catalog) -> None:
    def add(name: str, bit_rate: int, seconds: int = 200, path: str | None = None) -> int:
        track_id, _ = catalog.add_track(
            TrackTags(name),
            content_hash=f"{name} {bit_rate} {seconds}".encode(),
            duration_ms=1000 * seconds,
            fingerprint=b"f",
            source=None if path is None else SourceFile(path, 1, 1),
            file_format=FileFormat(name, bit_rate) if bit_rate else None,
        )
        return track_id

    worst = add("unknown", 0)
    ids = [
        add("mp3", 128_000, 199),
        add("mp3", 128_000),
        add("opus", 160_000),
        add("mp3", 320_000),
        add("flac", 900_000),
        add("known by its name", 0, path="/music/x.WAV"),
        add("m4a", 10**15),  # a picture of a thousand pages, a moment of sound
    ]
    catalog.duplicates.write({worst: dict.fromkeys(ids, 0.9)}, METHOD)
    (group,) = catalog.duplicates.groups().groups
    best = [one.track for one in group.tracks]
    assert [(track.format, track.bit_rate, track.duration_ms) for track in best] == [
        ("flac", 900_000, 200_000),
        ("wav", None, 200_000),
        ("m4a", MAX_ID, 200_000),
        ("mp3", 320_000, 200_000),
        ("opus", 160_000, 200_000),
        ("mp3", 128_000, 200_000),
        ("mp3", 128_000, 199_000),
        (None, None, 200_000),
    ]


def test_pages_follow_one_another(
    catalog: Catalog, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "_AT_ONCE", 3)
    ids = [add(str(number)) for number in range(12)]
    store = catalog.duplicates
    store.write({ids[i]: {ids[i + 6]: 0.9} for i in range(6)}, METHOD)
    first = store.groups(limit=4)
    assert (len(first.groups), first.total, first.more) == (4, 6, True)
    rest = store.groups(limit=4, after=first.groups[-1].track_ids[0])
    assert (rest.total, rest.more) == (6, False)
    assert [g.track_ids for g in (*first.groups, *rest.groups)] == [
        [ids[i], ids[i + 6]] for i in range(6)
    ]
    # What is cleared up on one page does not move the next.
    catalog.remove_track(first.groups[0].track_ids[1])
    assert store.groups(limit=4, after=ids[3]).groups == rest.groups
    assert store.groups(limit=2, after=MAX_ID).groups == []


def test_what_a_person_says_stays_said(
    catalog: Catalog, add: Add, rows: Callable[[str], int]
) -> None:
    a, b, c = (add(title) for title in "abc")
    store = catalog.duplicates
    store.write({a: {b: 0.9, c: 0.8}, b: {c: 0.7}}, METHOD)
    store.set_apart([b, a])
    store.set_apart([a, b, b])
    assert rows("distinct_pairs") == 1
    assert listed(catalog) == [[a, c]]  # c goes with what it is most like
    catalog.remove_track(a)
    assert listed(catalog) == [[b, c]]
    catalog.remove_track(b)
    a, b = add("a"), add("b")
    store.write({a: {b: 0.9}, b: {a: 0.9}}, METHOD)
    assert listed(catalog) == []
    store.write({a: {c: 0.9}, b: {c: 0.8}}, METHOD)
    assert listed(catalog) == [[c, a]]
    store.set_apart([c, a, b])
    assert rows("distinct_pairs") == 3
    assert listed(catalog) == []


def test_only_what_is_there_can_be_set_apart(
    catalog: Catalog, add: Add, rows: Callable[[str], int]
) -> None:
    a, b = add("a"), add("b")
    for missing in (999, MAX_ID + 1, 10**18, -1):
        with pytest.raises(NotFound, match=f"no track {missing}: list"):
            catalog.duplicates.set_apart([a, missing, b])
    for few in ([], [a], [a, a]):
        with pytest.raises(InvalidRequest, match="two or more"):
            catalog.duplicates.set_apart(few)
    assert rows("distinct_pairs") == 0


def test_more_than_a_statement_can_name(catalog: Catalog, add: Add) -> None:
    """SQLite takes 32,766 values, PostgreSQL 65,535; nearly all of these were removed meanwhile."""
    a, b = add("a"), add("b")
    assert catalog.duplicates.write({a: dict.fromkeys(range(1, 70_000), 0.9)}, METHOD) == 1
    assert listed(catalog) == [[a, b]]


def test_several_write_at_once(catalog: Catalog, add: Add, rows: Callable[[str], int]) -> None:
    ids = [add(str(number)) for number in range(10)]
    found = {i: {other: 0.9 for other in ids if other != i} for i in ids}

    def write(i: int) -> int:
        return catalog.duplicates.write({i: found[i]}, METHOD)

    with ThreadPoolExecutor(4) as pool:
        new = sum(pool.map(write, ids * 2))
        apart = pool.map(catalog.duplicates.set_apart, [ids[:3]] * 4)
        assert list(apart) == [None] * 4
    assert new == rows("duplicate_pairs") == 45
    assert rows("distinct_pairs") == 3


@pytest.fixture(params=["sqlite", "postgresql"])
def vacant(request: pytest.FixtureRequest, data_dir: Path) -> URL:
    data_dir.mkdir()
    if request.param == "sqlite":
        return address_of(data_dir, None)
    make: Callable[[], str] = request.getfixturevalue("new_database")
    return address_of(data_dir, make())


def test_tracks_of_before_are_compared_too(vacant: URL) -> None:
    database = Database(vacant, altering=True)
    with database.write() as session:
        config = alembic_config()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0009")
        session.execute(text("INSERT INTO meta VALUES ('params_digest', 'params-1')"))
        for number in (1, 2):
            session.execute(
                text(
                    "INSERT INTO tracks (id, content_hash, title, duration_ms, isrc, added_at) "
                    "VALUES (:id, :hash, 'Old', 1, '[]', :now)"
                ).bindparams(id=number, hash=b"%d" % number, now=datetime(2026, 1, 1, tzinfo=UTC))
            )
        session.execute(
            text("INSERT INTO sources (path, size, mtime_ns, track_id) VALUES ('/a.Mp3', 1, 1, 2)")
        )
    database.close()
    assert migrate(vacant, "params-1") == "0009"
    catalog = Catalog(open_database(vacant, "params-1"))
    assert [(track.format, track.bit_rate) for track in catalog.tracks()] == [
        (None, None),
        ("mp3", None),
    ]
    assert catalog.duplicates.due(METHOD) == [1, 2]
    catalog.duplicates.write({1: {2: 0.9}}, METHOD)
    assert listed(catalog) == [[1, 2]]
    with catalog._database.write() as session:
        session.execute(insert(DistinctPairRow).values(first_hash=b"1", second_hash=b"2"))
    assert listed(catalog) == []
    assert catalog.duplicates.state(METHOD).waiting == 1
    catalog.close()
