"""The index follows the catalogue, also where whoever changed that was killed or out of space."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from wavvy import upkeep
from wavvy.catalog.models import FingerprintRow
from wavvy.catalog.track import TrackTags
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
