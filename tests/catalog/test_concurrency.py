from __future__ import annotations

import sqlite3
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import text

from wavvy.catalog.address import FILE_NAME
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import SourceFile, TrackTags

OpenCatalog = Callable[[], Catalog]

TRACKS = 25

# Adds tracks that the other process adds too (shared-*) and tracks of its own, as soon as told to.
ADDING = """
import sys
from pathlib import Path
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import SourceFile, TrackTags

folder, url, name, count = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
print("ready", flush=True)
sys.stdin.readline()
with Catalog.open(folder, params_digest="params-1", url=url) as catalog:
    for n in range(count):
        for title in (f"shared-{n}", f"{name}-{n}"):
            track_id, created = catalog.add_track(
                TrackTags(title, artists=("Same", title), album=f"Album {n % 3}"),
                content_hash=title.encode(),
                duration_ms=1000,
                fingerprint=title.encode() * 1000,
                source=SourceFile(f"/{name}/{title}.mp3", n, n),
            )
            print(title, track_id, int(created), flush=True)
"""

# Stops in the middle of the transaction: everything is written, nothing committed.
DYING = """
import sys, time
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.orm import Session
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import SourceFile, TrackTags

def add(title):
    return catalog.add_track(
        TrackTags(title, artists=(title,)), content_hash=title.encode(), duration_ms=1,
        fingerprint=bytes(5_000_000), source=SourceFile("/" + title, 1, 1),
    )

catalog = Catalog.open(Path(sys.argv[1]), params_digest="params-1", url=sys.argv[2])
add("acknowledged")

@event.listens_for(Session, "before_commit")
def stop(session):
    print("written", flush=True)
    time.sleep(60)

add("half")
"""


def test_two_processes_fill_one_catalogue(
    data_dir: Path,
    database_url: str | None,
    open_catalog: OpenCatalog,
    start_python: Callable[..., subprocess.Popen[str]],
) -> None:
    processes = [
        start_python(ADDING, data_dir, database_url or "", name, TRACKS) for name in ("one", "two")
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]

    lines = [line.split() for output in outputs for line in output.splitlines()]
    ids = {title: {int(i) for t, i, _ in lines if t == title} for title, _, _ in lines}
    created = [title for title, _, new in lines if new == "1"]
    assert len(lines) == 4 * TRACKS
    assert all(len(same) == 1 for same in ids.values())
    assert sorted(created) == sorted(ids)  # each was created exactly once
    with open_catalog() as catalog:
        assert {track.title: {track.id} for track in catalog.tracks(limit=1000)} == ids
        for track_id, fingerprint in catalog.fingerprints(catalog.track_ids()):
            track = catalog.track(track_id)
            assert fingerprint == track.title.encode() * 1000
            assert track.artists == ("Same", track.title)
        for n in range(TRACKS):
            for name in ("one", "two"):
                source = SourceFile(f"/{name}/shared-{n}.mp3", n, n)
                assert catalog.find_source(source) in ids[f"shared-{n}"]


def test_many_threads_add_the_same_and_other_tracks(catalog: Catalog) -> None:
    def add(number: int) -> tuple[str, int, bool]:
        title = f"T{number % 20}"  # each of 20 tracks by four threads
        tags = TrackTags(title, artists=("A", f"B{number % 3}"))
        return title, *catalog.add_track(
            tags, content_hash=title.encode(), duration_ms=1, fingerprint=b"f", source=None
        )

    with ThreadPoolExecutor(24) as threads:
        outcomes = list(threads.map(add, range(80)))
    created = [title for title, _, new in outcomes if new]
    assert sorted(created) == sorted({title for title, _, _ in outcomes})
    assert {track.title: track.id for track in catalog.tracks()} == {
        title: track_id for title, track_id, _ in outcomes
    }
    assert len({(title, track_id) for title, track_id, _ in outcomes}) == 20


def test_threads_read_add_and_remove_at_once(catalog: Catalog) -> None:
    def work(number: int) -> int:
        title = f"T{number}"
        track_id, _ = catalog.add_track(
            TrackTags(title, artists=("A",), genres=("G",)),
            content_hash=title.encode(),
            duration_ms=1,
            fingerprint=title.encode(),
            source=SourceFile(f"/{title}", 1, 1),
        )
        assert catalog.track(track_id).artists == ("A",)
        assert list(catalog.fingerprints([track_id])) == [(track_id, title.encode())]
        for track in catalog.tracks():
            assert track.genres == ("G",)
        if number % 2:
            catalog.remove_track(track_id)
        return track_id

    with ThreadPoolExecutor(12) as threads:
        ids = list(threads.map(work, range(40)))
    assert len(set(ids)) == 40
    assert catalog.track_ids() == sorted(ids[::2])


def test_killed_in_the_middle_of_a_transaction(
    data_dir: Path,
    database_url: str | None,
    open_catalog: OpenCatalog,
    start_python: Callable[..., subprocess.Popen[str]],
) -> None:
    process = start_python(DYING, data_dir, database_url or "")
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    process.kill()
    process.wait()
    with open_catalog() as catalog:
        assert [track.title for track in catalog.tracks()] == ["acknowledged"]
        assert [len(data) for _, data in catalog.fingerprints(catalog.track_ids())] == [5_000_000]
        assert catalog.find_content(b"half") is None
        assert catalog.find_source(SourceFile("/half", 1, 1)) is None
        with catalog._database.read() as session:
            assert session.scalars(text("SELECT name FROM artists")).all() == ["acknowledged"]
            if database_url is None:
                assert session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]
                assert session.scalars(text("PRAGMA foreign_key_check")).all() == []
        track_id, created = catalog.add_track(
            TrackTags("half"), content_hash=b"half", duration_ms=1, fingerprint=b"", source=None
        )
        assert created
        assert track_id > 1


def test_a_catalogue_that_another_process_is_making_is_waited_for(tmp_path: Path) -> None:
    """SQLite does not wait by itself where it turns to its write-ahead log."""
    other = sqlite3.connect(tmp_path / FILE_NAME, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    let_go = threading.Event()

    def close() -> None:
        let_go.set()
        other.close()

    threading.Timer(0.3, close).start()
    with Catalog.open(tmp_path, params_digest="params-1") as catalog:
        assert let_go.is_set()
        assert catalog.track_ids() == []
