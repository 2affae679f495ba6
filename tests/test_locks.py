from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wavvy.errors import StoreBusy, StoreError
from wavvy.locks import MergeLock, WritersLock, using

PATIENCE = 20.0


def test_a_thread_may_enter_the_writers_lock_twice_and_others_wait(tmp_path: Path) -> None:
    lock, other = WritersLock(tmp_path / "lock"), WritersLock(tmp_path / "lock")
    entered = threading.Event()

    def enter() -> None:
        with other:
            entered.set()

    with ThreadPoolExecutor(1) as pool:
        with lock, lock:
            waiting = pool.submit(enter)
            assert not entered.wait(0.1)
        waiting.result(PATIENCE)
    assert entered.is_set()


def test_whoever_holds_it_too_long_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavvy.locks.WRITER_PATIENCE_SECONDS", 0.05)
    lock, other = WritersLock(tmp_path / "lock"), WritersLock(tmp_path / "lock")
    with lock, pytest.raises(StoreBusy, match="lock for 0 s; try again"), other:
        pass
    with other:
        pass


def test_a_lock_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lock, merge_lock = (kind(tmp_path / "file" / "lock") for kind in (WritersLock, MergeLock))
    with pytest.raises(StoreError, match="file"), lock:  # type: ignore[union-attr]
        pass
    with pytest.raises(StoreError, match="file"), merge_lock.held():  # type: ignore[union-attr]
        pass


@pytest.mark.parametrize("same", [True, False], ids=["threads", "processes"])
def test_one_merges_and_others_see_that_it_does(tmp_path: Path, same: bool) -> None:
    lock = MergeLock(tmp_path / "lock")
    other = lock if same else MergeLock(tmp_path / "lock")
    with lock.held_if_free() as free:
        assert free
        with other.held_if_free() as second:
            assert not second
    with other.held_if_free() as third:
        assert third
    with lock.held(), other.held_if_free() as fourth:
        assert not fourth


def test_whoever_must_merge_waits(tmp_path: Path) -> None:
    lock, other = MergeLock(tmp_path / "lock"), MergeLock(tmp_path / "lock")
    order: list[str] = []

    def wait() -> None:
        with other.held():
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        with lock.held():
            waiting = pool.submit(wait)
            time.sleep(0.1)
            order.append("first")
        waiting.result(PATIENCE)
    assert order == ["first", "second"]


def test_a_folder_is_shared_or_had_alone(tmp_path: Path) -> None:
    path = tmp_path / "serve.lock"
    with (
        using(path, alone=False),
        using(path, alone=False),
        pytest.raises(StoreBusy, match="a server uses"),
        using(path, alone=True),
    ):
        pass
    with using(path, alone=True):
        for alone in (True, False):
            with pytest.raises(StoreBusy), using(path, alone=alone):
                pass
    with using(path, alone=True):
        pass
