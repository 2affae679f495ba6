from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.index.manifest import Manifest
from wavvy.index.store import Index

MakeFingerprint = Callable[..., Fingerprint]
OpenIndex = Callable[[], Index]

PATIENCE = 20.0  # seconds after which something waits that should not


def ids(index: Index) -> set[int]:
    return set(index.track_ids().tolist())


@pytest.mark.usefixtures("without_sync")
def test_readers_see_whole_commits_while_others_write_and_merge(
    open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    """Tracks 1 and -1, 2 and -2, ... come together and never go; 1000 comes and goes."""
    writing, merging, reading = open_index(), open_index(), open_index()
    done = threading.Event()
    looks = [0] * 3

    def write() -> None:
        deadline = time.monotonic() + 60
        try:
            for number in range(1, 26):
                writing.add((i, fingerprint(abs(i), 40)) for i in (number, -number))
                writing.add([(1000, fingerprint(1000, 40))])
                writing.remove([1000])
            while min(looks) <= 5 and time.monotonic() < deadline:
                writing.add([(1000, fingerprint(1000, 40))])
                writing.remove([1000])
        finally:
            done.set()

    def merge() -> None:
        while not done.is_set():
            merging.merge()
            time.sleep(0.005)

    def read(reader: int, index: Index) -> None:
        most = 0
        while not done.is_set():
            found = ids(index) - {1000}
            assert {-i for i in found} == found
            assert len(found) >= most
            most = len(found)
            for segment in index.snapshot().segments:
                segment.fingerprint(segment.header.tracks - 1)
            looks[reader] += 1
            time.sleep(0.001)

    with ThreadPoolExecutor(5) as pool:
        readers = [pool.submit(read, *each) for each in enumerate((writing, reading, reading))]
        for task in (pool.submit(write), pool.submit(merge), *readers):
            task.result()
    assert min(looks) > 5

    assert ids(reading) == {i for n in range(1, 26) for i in (n, -n)}
    assert writing.damaged == merging.damaged == reading.damaged == []
    assert open_index().verify() == []


@pytest.mark.usefixtures("without_sync")
def test_threads_that_add_the_same_tracks_add_each_once(
    open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    index = open_index()

    def add(_: int) -> None:
        for track_id in range(12):
            index.add([(track_id, fingerprint(track_id, 40))])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(add, range(3)))

    tracks = [t for segment in index.snapshot().segments for t in segment.tracks.tolist()]
    assert sorted(tracks) == list(range(12))


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path, fingerprint: MakeFingerprint) -> None:
    lock = threading.RLock()
    index, other = (Index(tmp_path, DEFAULT, lock) for _ in range(2))
    committed, seen = threading.Event(), threading.Event()

    def tracks() -> Iterator[tuple[int, Fingerprint]]:
        other.add([(1, fingerprint(1))])
        committed.set()
        assert seen.wait(PATIENCE)
        yield 2, fingerprint(2)

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(index.add, tracks())
        assert committed.wait(PATIENCE)
        began = time.monotonic()
        assert ids(index) == {1}  # while the writer is still at work
        waited = time.monotonic() - began
        seen.set()
        writer.result(PATIENCE)

    assert waited < PATIENCE / 2
    assert ids(index) == ids(other) == {1, 2}


def test_holding_the_lock_around_changes_does_not_block_other_writers_for_ever(
    tmp_path: Path, fingerprint: MakeFingerprint
) -> None:
    lock = threading.RLock()
    index = Index(tmp_path, DEFAULT, lock)
    held = threading.Event()

    def several_changes() -> None:
        with lock:
            held.set()
            time.sleep(0.1)  # so that the other writer waits by now
            index.clear()
            index.add([(1, fingerprint(1))])

    def one_change() -> None:
        assert held.wait(PATIENCE)
        index.add([(2, fingerprint(2))])

    threads = [threading.Thread(target=f, daemon=True) for f in (several_changes, one_change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert not any(thread.is_alive() for thread in threads)
    assert ids(index) == {1, 2}


class SlowReader:
    """A thread that looks at an index, and waits when it has read the manifest, once."""

    def __init__(self, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
        self._waits, self._goes_on = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=index.snapshot)
        load = Manifest.load

        def slow(folder: Path) -> Manifest:
            manifest = load(folder)
            if threading.current_thread() is self._thread and not self._waits.is_set():
                self._waits.set()
                self._goes_on.wait(PATIENCE)
            return manifest

        monkeypatch.setattr(Manifest, "load", slow)
        self._thread.start()
        assert self._waits.wait(PATIENCE)

    def goes_on(self) -> bool:
        """Let it go on, and tell whether it comes to an end."""
        self._goes_on.set()
        self._thread.join(PATIENCE)
        return not self._thread.is_alive()


def test_a_reader_overtaken_by_a_merge_does_not_wait_for_a_writer(
    tmp_path: Path, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = threading.RLock()
    writing, reading = (Index(tmp_path, DEFAULT, lock) for _ in range(2))
    for number in (1, 2):
        writing.add([(number, fingerprint(number))])
    reader = SlowReader(reading, monkeypatch)
    writing.merge()  # what it has read of is gone

    with lock:  # another writer
        assert reader.goes_on()
    assert ids(reading) == {1, 2}
    assert reading.damaged == []


def test_a_version_is_that_of_the_snapshot(
    open_index: OpenIndex, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing, reading = open_index(), open_index()
    writing.add([(1, fingerprint(1))])
    before = reading.version
    assert before == reading.version == writing.version
    writing.add([(2, fingerprint(2))])
    reader = SlowReader(reading, monkeypatch)
    assert (reading.version, ids(reading)) == (before, {1}), "until it is read"

    assert reader.goes_on()
    assert reading.version == writing.version != before
    assert ids(reading) == {1, 2}
