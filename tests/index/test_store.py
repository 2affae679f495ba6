from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.errors import DiskFull, IncompatibleStore
from wavvy.index.manifest import FILE_NAME
from wavvy.index.merging import MERGE_FACTOR
from wavvy.index.store import Index

MakeFingerprint = Callable[..., Fingerprint]
OpenIndex = Callable[[], Index]


def ids(index: Index) -> set[int]:
    return set(index.track_ids().tolist())


def peaks_by_track(index: Index) -> dict[int, list[bytes]]:
    """Return the fingerprints that an index would search for each track that is not removed."""
    found: dict[int, list[bytes]] = {}
    segments, dead = index.snapshot()
    for segment, gone in zip(segments, dead, strict=True):
        for position in np.flatnonzero(~gone).tolist():
            track_id = int(segment.tracks[position])
            found.setdefault(track_id, []).append(segment.fingerprint(position).to_bytes())
    return found


def files(index: Index) -> set[str]:
    return {path.name for path in index.folder.iterdir()}


def segment_paths(index: Index) -> list[Path]:
    return sorted(index.folder.glob("*.seg"))


def damage(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0xFF
    path.write_bytes(bytes(data))


@pytest.fixture
def filled(open_index: OpenIndex, fingerprint: MakeFingerprint) -> Index:
    """An index of three segments: tracks 1 to 3, 4 and 5, and 6."""
    index = open_index()
    for group in ([1, 2, 3], [4, 5], [6]):
        index.add((i, fingerprint(i)) for i in group)
    return index


class IndexMachine(RuleBasedStateMachine):
    """Two open indexes of one folder, used at random, against a plain set of track ids."""

    folder: Path  # set by the test, one for all runs; each run takes a new folder within
    make: MakeFingerprint

    @initialize()
    def begin(self) -> None:
        self.lock = threading.RLock()
        self.place = self.folder / str(len(list(self.folder.iterdir())))
        self.model: set[int] = set()
        self.indexes = [Index(self.place, DEFAULT, self.lock) for _ in range(2)]

    def of(self, track_id: int) -> Fingerprint:
        return self.make(track_id, 20 + track_id)

    @rule(which=st.integers(0, 1), track_ids=st.lists(st.integers(1, 12), max_size=4))
    def add(self, which: int, track_ids: list[int]) -> None:
        self.indexes[which].add((i, self.of(i)) for i in track_ids)
        self.model |= set(track_ids)

    @rule(which=st.integers(0, 1), first=st.sampled_from([1, 5, 20, 30]))
    def add_one_by_one_until_a_merge_is_due(self, which: int, first: int) -> None:
        for track_id in range(first, first + MERGE_FACTOR):
            self.add(which, [track_id])

    @rule(which=st.integers(0, 1), track_ids=st.sets(st.integers(1, 30), max_size=4))
    def remove(self, which: int, track_ids: set[int]) -> None:
        self.indexes[which].remove(track_ids)
        self.model -= track_ids

    @rule(which=st.integers(0, 1))
    def merge(self, which: int) -> None:
        self.indexes[which].merge()
        assert self.indexes[which].stats().segments == bool(self.model)
        assert self.indexes[which].stats().tombstones == 0

    @rule(which=st.integers(0, 1))
    def merge_what_is_due(self, which: int) -> None:
        while self.indexes[which].merge_due():
            pass

    @rule(which=st.integers(0, 1))
    def reopen(self, which: int) -> None:
        self.indexes[which] = Index(self.place, DEFAULT, self.lock)

    @rule(which=st.integers(0, 1))
    def clear(self, which: int) -> None:
        self.indexes[which].clear()
        self.model.clear()

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        for index in self.indexes:
            assert peaks_by_track(index) == {i: [self.of(i).to_bytes()] for i in self.model}
            assert index.stats().tracks == len(self.model)
            assert index.damaged == []
            assert index.verify() == []


@pytest.mark.usefixtures("without_sync")
def test_an_index_behaves_like_a_set_of_tracks(
    tmp_path: Path, fingerprint: MakeFingerprint
) -> None:
    class Machine(IndexMachine):
        folder = tmp_path
        make = staticmethod(fingerprint)

    run_state_machine_as_test(
        Machine, settings=settings(max_examples=25, stateful_step_count=15, deadline=None)
    )


def test_a_new_folder_holds_an_empty_index(tmp_path: Path) -> None:
    index = Index(tmp_path / "with space" / "ünï", DEFAULT, threading.RLock())

    assert ids(index) == set()
    assert index.stats() == (0, 0, 0, 0, 0)
    assert index.damaged == index.verify() == []
    index.merge()
    index.remove([1])
    assert ids(index) == set()


def test_adding_again_changes_nothing(filled: Index, fingerprint: MakeFingerprint) -> None:
    before = files(filled)
    filled.add([(1, fingerprint(1)), (6, fingerprint(6))])
    filled.add([])

    assert files(filled) == before


def test_one_call_may_name_a_track_twice(
    open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    index = open_index()
    index.add([(1, fingerprint(1)), (1, fingerprint(1))])

    assert peaks_by_track(index) == {1: [fingerprint(1).to_bytes()]}


def test_statistics_count_the_living(filled: Index) -> None:
    filled.remove([4, 99])
    stats = filled.stats()

    assert stats.segments == 3
    assert stats.tracks == 5
    assert stats.tombstones == 1
    assert stats.bytes == sum(path.stat().st_size for path in segment_paths(filled))
    assert stats.postings == sum(s.header.postings for s in filled.snapshot().segments) > 1000


def test_a_removed_track_that_is_added_again_is_found_again(
    filled: Index, open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    filled.remove([2, 4])
    filled.add([(2, fingerprint(2))])

    assert ids(filled) == {1, 2, 3, 5, 6}
    filled.merge()
    assert ids(filled) == ids(open_index()) == {1, 2, 3, 5, 6}
    assert peaks_by_track(filled)[2] == [fingerprint(2).to_bytes()]


def test_merging_drops_what_was_removed(filled: Index) -> None:
    size = filled.stats().bytes
    filled.remove([1, 2, 3])
    filled.merge()

    assert len(segment_paths(filled)) == filled.stats().segments == 1
    assert filled.stats().tombstones == 0
    assert filled.stats().bytes < size


def test_removing_every_track_leaves_no_segment_after_a_merge(filled: Index) -> None:
    filled.remove(range(1, 7))
    filled.merge()

    assert files(filled) == {FILE_NAME}
    assert filled.stats().tracks == filled.stats().tombstones == 0


@pytest.mark.usefixtures("without_sync")
def test_segments_stay_few_however_many_tracks_are_added(
    open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    index = open_index()
    for track_id in range(200):
        index.add([(track_id, fingerprint(track_id, 30))])
        while index.merge_due():
            pass

    assert ids(index) == set(range(200))
    assert index.stats().segments <= 3 * (MERGE_FACTOR - 1)
    assert len(segment_paths(index)) == index.stats().segments


@pytest.mark.usefixtures("without_sync")
def test_a_merge_of_some_segments_keeps_what_was_removed_from_others(
    open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    index = open_index()
    index.add((i, fingerprint(i, 30)) for i in range(100))
    index.remove([50])
    for track_id in range(100, 100 + MERGE_FACTOR):
        index.add([(track_id, fingerprint(track_id, 30))])
    assert index.merge_due()

    assert not index.merge_due()
    assert index.stats().segments == 2
    assert ids(index) == ids(open_index()) == set(range(100 + MERGE_FACTOR)) - {50}


@pytest.mark.usefixtures("without_sync")
def test_no_segment_is_longer_than_its_limit_unless_by_one_track(
    open_index: OpenIndex, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 8000
    monkeypatch.setattr("wavvy.index.store.BATCH_FRAMES", limit)
    monkeypatch.setattr("wavvy.index.merging.MAX_FRAMES", limit)
    index = open_index()
    index.add((i, fingerprint(i, 9000 if i == 3 else 1500)) for i in range(8))
    assert ids(index) == set(range(8))
    index.merge()

    assert ids(index) == set(range(8))
    held = [segment.tracks.tolist() for segment in index.snapshot().segments]
    assert [3] in held
    frames = {tuple(s.tracks.tolist()): s.header.frames for s in index.snapshot().segments}
    assert all(n <= limit for tracks, n in frames.items() if len(tracks) > 1)
    assert len(held) == 4  # seven tracks in groups of three, and the long one


def test_two_indexes_of_one_folder_see_each_others_commits(
    open_index: OpenIndex, fingerprint: MakeFingerprint
) -> None:
    one, other = open_index(), open_index()
    one.add([(1, fingerprint(1))])
    assert ids(other) == {1}
    other.add([(2, fingerprint(2))])
    assert ids(one) == {1, 2}
    one.remove([2])
    one.merge()
    assert ids(other) == {1}
    other.clear()
    assert ids(one) == set()


def test_a_snapshot_stays_as_it_was(filled: Index, fingerprint: MakeFingerprint) -> None:
    segments, dead = filled.snapshot()
    filled.remove([1])
    filled.merge()

    assert [segment.tracks.tolist() for segment in segments] == [[1, 2, 3], [4, 5], [6]]
    assert not any(gone.any() for gone in dead)
    np.testing.assert_array_equal(segments[0].fingerprint(0).counts, fingerprint(1).counts)
    for segment in segments:
        segment.verify()


def test_files_of_killed_writers_are_dropped_by_the_next_commit(
    filled: Index, fingerprint: MakeFingerprint
) -> None:
    for name in ("0123456789abcdef.seg", "0123456789abcdef.seg.tmp", "manifest.tmp"):
        (filled.folder / name).write_bytes(b"half")
    keep = filled.folder / "lock"
    keep.write_bytes(b"")
    filled.add([(7, fingerprint(7))])

    listed = {segment.path.name for segment in filled.snapshot().segments}
    assert files(filled) == listed | {FILE_NAME, "lock"}
    assert len(listed) == 4


def test_other_parameters_are_refused(filled: Index) -> None:
    other = replace(DEFAULT, hop=160)
    with pytest.raises(IncompatibleStore, match="parameters"):
        Index(filled.folder, other, threading.RLock())

    assert ids(filled) == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("successes", range(6))
@pytest.mark.parametrize("change", ["add", "remove", "merge", "clear"])
def test_a_full_disk_leaves_the_index_as_it_was_or_as_it_should_be(
    filled: Index,
    open_index: OpenIndex,
    fingerprint: MakeFingerprint,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
    successes: int,
) -> None:
    """Some syncs succeed, then the disk is full."""
    changes: dict[str, tuple[Callable[[], None], set[int], float]] = {
        "add": (lambda: filled.add([(7, fingerprint(7))]), {1, 2, 3, 4, 5, 6, 7}, 2),
        "remove": (lambda: filled.remove([2]), {1, 3, 4, 5, 6}, 1),
        "merge": (filled.merge, {1, 2, 3, 4, 5, 6}, 2.5),  # and its draft is renamed
        "clear": (filled.clear, set(), 1),
    }
    apply, after, files_written = changes[change]
    syncs = files_written * (1 if os.name == "nt" else 2)  # the file and its folder
    left = [None] * successes

    def sync(descriptor: int) -> None:
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left.pop()

    full = False
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", sync)
        try:
            apply()
        except DiskFull:
            full = True

    assert full == (successes < syncs)
    assert not list(filled.folder.glob("*.tmp"))
    for index in (filled, open_index()):
        assert ids(index) in ({1, 2, 3, 4, 5, 6}, after)
        assert index.verify() == index.damaged == []
    assert full or ids(filled) == after
    apply()
    assert ids(filled) == ids(open_index()) == after
    filled.add([(8, fingerprint(8))])
    assert len(segment_paths(filled)) == filled.stats().segments
