"""The index follows the catalogue, also where whoever changed that was killed or out of space."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import update

import wavvy
from wavvy import upkeep
from wavvy.catalog.models import FingerprintRow
from wavvy.catalog.track import TrackTags
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.errors import DiskFull
from wavvy.index import store
from wavvy.index.store import Index
from wavvy.library import Wavvy
from wavvy.locks import WritersLock

AddAlone = Callable[[], int]
PATIENCE = 20.0  # seconds after which something takes too long


@pytest.fixture
def add_to_catalogue(library: Wavvy) -> AddAlone:
    """Give a function that adds a track as a process does that is killed before the index."""
    ((_, fingerprint),) = library.catalog.fingerprints([1])
    hashes = iter(range(1000))

    def add() -> int:
        track_id, _ = library.catalog.add_track(
            TrackTags("New"),
            content_hash=str(next(hashes)).encode(),
            duration_ms=20_000,
            fingerprint=fingerprint,
            source=None,
        )
        return track_id

    return add


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Let no segment be written; give a function that frees the disk."""

    def write(path: Path, *_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(store, "write_fingerprints", write)
        yield patch.undo


def indexed(library: Wavvy) -> list[int]:
    return library.index.track_ids().tolist()


def test_what_a_killed_process_has_changed_is_noticed(
    data: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(upkeep, "RESTING_SECONDS", 0.2)
    library: Wavvy = request.getfixturevalue("library")
    library.settle()
    added = request.getfixturevalue("add_to_catalogue")()
    library.catalog.remove_track(2)

    end = time.monotonic() + PATIENCE
    while indexed(library) != [1, 3, 4, 5, added] and time.monotonic() < end:
        time.sleep(0.02)
    assert indexed(library) == [1, 3, 4, 5, added]
    assert library.warnings == []


def test_what_a_full_disk_kept_from_the_index_follows_once_there_is_space(
    library: Wavvy, add_to_catalogue: AddAlone, full_disk: Callable[[], None]
) -> None:
    added = add_to_catalogue()
    for _ in range(2):
        with pytest.raises(DiskFull):
            library._upkeep.catch_up()
    assert library.settle(PATIENCE)
    (warning,) = library.warnings
    assert "no space left" in warning

    full_disk()
    assert library.settle(PATIENCE)
    assert indexed(library) == [1, 2, 3, 4, 5, added]
    assert library.warnings == []


@pytest.mark.usefixtures("full_disk")
def test_a_rebuild_for_which_there_is_no_space_leaves_nothing(library: Wavvy) -> None:
    with pytest.raises(DiskFull):
        library.rebuild_index()
    assert not (library.data_dir / "index" / "rebuilding").exists()
    assert indexed(library) == [1, 2, 3, 4, 5]


def test_a_rebuild_says_how_far_it_is_and_can_be_ended(
    library: Wavvy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_REPLAY_TRACKS", 2)
    told: list[tuple[int, int]] = []

    def end_it(held: int, total: int) -> None:
        told.append((held, total))
        if len(told) == 2:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        library.rebuild_index(end_it)
    assert told == [(2, 5), (4, 5)]
    assert not (library.data_dir / "index" / "rebuilding").exists()
    assert library.rebuild_index(end_it) == 5
    assert told[2:] == [(2, 5), (4, 5), (5, 5)]


def test_nobody_waits_for_the_merges_of_a_rebuild(
    library: Wavvy, add_to_catalogue: AddAlone, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth, late, merged_under_the_lock = 0, [], []
    merge_due, enter, leave = Index.merge_due, WritersLock.__enter__, WritersLock.__exit__

    def entered(self: WritersLock) -> Any:
        nonlocal depth
        depth += 1
        return enter(self)

    def left(self: WritersLock, *given: Any) -> None:
        nonlocal depth
        depth -= 1
        leave(self, *given)

    def noted(self: Index, **how: bool) -> bool:
        if not late:
            late.append(add_to_catalogue())  # while all others are in the new index already
        merged_under_the_lock.append(depth > 0)
        return merge_due(self, **how)

    monkeypatch.setattr(WritersLock, "__enter__", entered)
    monkeypatch.setattr(WritersLock, "__exit__", left)
    monkeypatch.setattr(Index, "merge_due", noted)
    library.rebuild_index()

    assert merged_under_the_lock
    assert not any(merged_under_the_lock)
    assert indexed(library) == [1, 2, 3, 4, 5, *late]


def test_an_index_that_follows_in_a_moment_is_sound(
    library: Wavvy, add_to_catalogue: AddAlone, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_to_catalogue()
    monkeypatch.setattr(time, "sleep", lambda _: None)
    (problem,) = library.verify_index()
    assert "lacks 1 tracks" in problem

    monkeypatch.setattr(time, "sleep", lambda _: library._upkeep.catch_up())
    assert library.verify_index() == []


def test_a_rebuild_ends_though_many_tracks_have_nothing_to_be_found_by(
    library: Wavvy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_REPLAY_TRACKS", 1)
    unreadable = update(FingerprintRow).where(FingerprintRow.track_id.in_([2, 4, 5]))
    with library.catalog._database.write() as session:
        session.execute(unreadable.values(data=b"not a fingerprint"))
    library.rebuild_index()
    assert indexed(library) == [1, 3]
    assert len(library.warnings) == 3


def test_an_index_lost_during_a_merge_is_made_anew(
    library: Wavvy, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.settle()

    def lost(self: Index, **_: bool) -> bool:
        monkeypatch.undo()
        (self.folder / "manifest").unlink()
        self.snapshot()
        return True

    monkeypatch.setattr(Index, "merge_due", lost)
    assert library.settle(PATIENCE), "it waits for itself"
    assert indexed(library) == [1, 2, 3, 4, 5]


def test_an_unexpected_failure_is_told_and_tried_again(
    library: Wavvy, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.settle()
    with monkeypatch.context() as patch:
        patch.setattr(Index, "merge_due", Mock(side_effect=MemoryError))
        assert library.settle(PATIENCE)
    assert library.warnings == ["the index could not be looked after: MemoryError()"]
    assert library.settle(PATIENCE)
    assert library.warnings == []


def test_what_a_killed_rebuild_left_is_removed(library: Wavvy) -> None:
    left = library.data_dir / "index" / "rebuilding"
    left.mkdir()
    (left / "some.seg").write_bytes(b"half of it")
    assert library.settle(PATIENCE)
    assert not left.exists()


def test_what_a_killed_rebuild_left_of_a_later_catalogue_is_not_used(
    album: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    catalog = data / "catalog.sqlite3"
    with wavvy.open(data) as library:
        library.add(album[0])
    old = catalog.read_bytes()
    with wavvy.open(data) as library:
        library.add(album[1])
        library.settle()
        with monkeypatch.context() as patch:
            patch.setattr(shutil, "rmtree", Mock())  # a kill removes nothing
            with pytest.raises(MemoryError):
                library.rebuild_index(Mock(side_effect=MemoryError))
    catalog.write_bytes(old)
    (data / "index" / "manifest").unlink()

    with wavvy.open(data) as library:
        assert library.add(album[2]).track_id == 2
        assert library.verify_index() == []


def test_a_track_removed_while_the_index_follows_stays_removed(
    library: Wavvy, add_to_catalogue: AddAlone, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = library._upkeep.fingerprints
    with wavvy.open(library.data_dir) as other:
        added = add_to_catalogue()
        removing = threading.Thread(target=other.remove, args=[added])

        def slowly(track_ids: list[int]) -> Iterator[tuple[int, Fingerprint]]:
            yield from read(track_ids)
            removing.start()
            removing.join(0.3)

        monkeypatch.setattr(library._upkeep, "fingerprints", slowly)
        library._upkeep.catch_up()
        removing.join(PATIENCE)
        assert added not in indexed(other)


def test_a_library_that_cannot_be_opened_leaves_no_thread(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_REPLAY_TRACKS", 1)
    write, begun = store.write_fingerprints, []

    def write_one(path: Path, *rest: Any) -> None:
        begun.append(path)
        if len(begun) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, *rest)

    monkeypatch.setattr(store, "write_fingerprints", write_one)
    with wavvy.open(data) as other:
        ((_, fingerprint),) = other.catalog.fingerprints([1])
        for content in (b"1", b"2"):
            other.catalog.add_track(
                TrackTags("New"), content_hash=content, duration_ms=1, fingerprint=fingerprint,
                source=None,
            )  # fmt: skip
    before = set(threading.enumerate())
    with pytest.raises(DiskFull):
        wavvy.open(data)
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive(), thread.name
