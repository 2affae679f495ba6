from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import Pool

from wavvy.catalog import database, failures, retry
from wavvy.catalog.failures import store_errors
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import TrackTags
from wavvy.errors import DiskFull, IncompatibleStore, StoreBusy, StoreError

DIGEST = "params-1"


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Every database opened meanwhile may grow to 80 pages and not further."""

    def limit(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 80").close()

    event.listen(Pool, "connect", limit)
    yield
    event.remove(Pool, "connect", limit)


def add(catalog: Catalog, name: str, size: int) -> int:
    return catalog.add_track(
        TrackTags(name, artists=(name,)),
        content_hash=name.encode(),
        duration_ms=1,
        fingerprint=bytes(size),
        source=None,
    )[0]


@pytest.mark.usefixtures("small_disk")
def test_full_disk_loses_nothing_that_was_added(data_dir: Path) -> None:
    with Catalog.open(data_dir, params_digest=DIGEST) as catalog:
        kept = add(catalog, "kept", 1000)
        with pytest.raises(DiskFull, match=r"no space left for .*catalog.sqlite3: free some"):
            add(catalog, "too large", 1_000_000)
        # Not even the artist of the track that did not fit is left behind.
        assert [track.title for track in catalog.tracks()] == ["kept"]
        with closing(sqlite3.connect(data_dir / "catalog.sqlite3")) as raw:
            assert raw.execute("SELECT name FROM artists").fetchall() == [("kept",)]
        assert add(catalog, "small", 1000) == kept + 1
    with Catalog.open(data_dir, params_digest=DIGEST) as catalog:
        assert [len(data) for _, data in catalog.fingerprints(catalog.track_ids())] == [1000, 1000]


def test_no_space_for_the_folder(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(DiskFull, match="no space left"):
        Catalog.open(data_dir, params_digest=DIGEST)


@pytest.mark.parametrize(("free", "expected"), [(0, DiskFull), (10**9, StoreError)])
def test_io_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, expected: type[StoreError]
) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(failures.shutil, "disk_usage", lambda _folder: usage)
    cause = sqlite3.OperationalError("disk I/O error")
    cause.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    with pytest.raises(StoreError, match=r"c\.db") as caught, store_errors(str(tmp_path / "c.db")):
        raise OperationalError("INSERT", None, cause)
    assert type(caught.value) is expected


def test_another_process_holds_the_lock(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr(retry, "PATIENCE_S", 0.1)
    with Catalog.open(data_dir, params_digest=DIGEST) as catalog:
        kept = add(catalog, "kept", 1)
        with closing(sqlite3.connect(data_dir / "catalog.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusy, match=r"catalog.sqlite3 is locked by another process: "):
                add(catalog, "late", 1)
            assert catalog.track(kept).title == "kept"  # reading goes on
            other.execute("ROLLBACK")
        assert add(catalog, "late", 1) == kept + 1


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b"SQLite format 3" * 99])
def test_not_a_database(data_dir: Path, content: bytes) -> None:
    data_dir.mkdir()
    (data_dir / "catalog.sqlite3").write_bytes(content)
    with pytest.raises(
        IncompatibleStore, match=r"catalog.sqlite3 is not a Wavvy catalogue: move it away or"
    ):
        Catalog.open(data_dir, params_digest=DIGEST)
    assert (data_dir / "catalog.sqlite3").read_bytes() == content


def test_damaged_database(data_dir: Path) -> None:
    with Catalog.open(data_dir, params_digest=DIGEST) as catalog:
        for n in range(30):
            add(catalog, f"T{n}", 2000)
    path = data_dir / "catalog.sqlite3"
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))

    with pytest.raises(StoreError, match=r"is damaged .*: restore it from a backup"):
        Catalog.open(data_dir, params_digest=DIGEST)


def test_the_data_folder_is_a_file(data_dir: Path) -> None:
    data_dir.write_text("")
    with pytest.raises(StoreError, match=r"cannot use .*choose another data folder"):
        Catalog.open(data_dir, params_digest=DIGEST)


def test_the_database_is_a_folder(data_dir: Path) -> None:
    (data_dir / "catalog.sqlite3").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"cannot use .*choose another data folder"):
        Catalog.open(data_dir, params_digest=DIGEST)


def test_other_errors_are_left_alone(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_args: object) -> None:
        raise ValueError("a mistake in the program")

    monkeypatch.setattr("wavvy.catalog.repository.tracks_by_id", wrong)
    add(catalog, "T", 1)
    with pytest.raises(ValueError, match="a mistake in the program"):
        catalog.tracks()


def test_what_no_retry_mends_is_not_hidden(catalog: Catalog) -> None:
    with pytest.raises(IntegrityError):
        catalog.add_track(
            TrackTags("T"),
            content_hash=b"h",
            duration_ms=None,  # type: ignore[arg-type]
            fingerprint=b"f",
            source=None,
        )
    assert catalog.track_ids() == []
