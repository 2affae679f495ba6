"""Which segments are merged, and that merges hold nobody up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.index.format import MAX_FRAMES
from wavvy.index.merging import MERGE_FACTOR, MOST_DEAD, RESTING_FACTOR, due, packed
from wavvy.index.segment import Segment
from wavvy.index.snapshot import Snapshot
from wavvy.index.store import MERGING_SUFFIX, Index
from wavvy.index.writer import write_merged

MakeFingerprint = Callable[..., Fingerprint]
OpenIndex = Callable[[], Index]

SONG = 7000  # frames, its gap included


def segment(frames: int) -> Any:
    return SimpleNamespace(header=SimpleNamespace(frames=frames))


def snapshot(frames: list[int], dead: list[float] | None = None) -> Snapshot:
    segments = tuple(segment(n) for n in frames)
    masks = (np.arange(100) < 100 * share for share in dead or [0.0] * len(frames))
    return Snapshot(segments, tuple(masks))


def sizes(group: list[Segment]) -> list[int]:
    return [s.header.frames for s in group]


def settle(frames: list[int], *, resting: bool = False) -> tuple[list[int], int]:
    """Merge until nothing is due; return the segments' sizes and how many frames were copied."""
    copied = 0
    while group := sizes(due(snapshot(frames), resting=resting)):
        assert len(group) > 1
        assert sum(group) <= MAX_FRAMES
        for size in group:
            frames.remove(size)
        frames.append(sum(group))
        copied += sum(group)
    return frames, copied


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1100, MAX_FRAMES // 3), max_size=300))
def test_few_segments_are_left_and_merging_ends(frames: list[int]) -> None:
    total = sum(frames)
    left, _ = settle(frames)

    assert sum(left) == total
    grown = [n for n in left if n > MAX_FRAMES // 2]
    assert len(grown) <= 2 * total / MAX_FRAMES
    assert len(left) - len(grown) <= 7 * (MERGE_FACTOR - 1)


def test_a_large_library_ends_in_few_segments_and_each_track_is_copied_seldom() -> None:
    frames: list[int] = []
    copied = 0
    for _ in range(10_000):  # ten songs at a time, 100,000 in the end
        frames, more = settle([*frames, 10 * SONG])
        copied += more

    assert len(frames) <= 3 + 7 * (MERGE_FACTOR - 1)
    assert copied <= 8 * 100_000 * SONG
    assert sum(n > MAX_FRAMES // 2 for n in frames) >= 2


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1100, MAX_FRAMES // 3), max_size=300))
def test_at_rest_no_segment_is_left_that_would_not_be_worth_it(frames: list[int]) -> None:
    total = sum(frames)
    left, _ = settle(frames, resting=True)

    assert sum(left) == total
    growing = sorted(n for n in left if n <= MAX_FRAMES // 2)
    for number in range(1, len(growing)):
        assert growing[number] >= RESTING_FACTOR * sum(growing[:number])


def test_ten_thousand_tracks_are_one_segment_at_rest() -> None:
    left: list[int] = []
    for _ in range(999):
        left, _ = settle([*left, 10 * SONG])
    assert len(left) > 5
    assert settle(left, resting=True)[0] == [9_990 * SONG]


def test_a_library_that_grows_song_by_song_and_rests_each_time_is_not_copied_too_often() -> None:
    frames: list[int] = []
    copied = 0
    for _ in range(2_000):
        frames, more = settle([*frames, SONG], resting=True)
        copied += more
        assert len(frames) <= 8
    assert copied <= 20 * 2_000 * SONG


def test_a_segment_with_many_removed_tracks_is_written_anew() -> None:
    assert due(snapshot([SONG, 90 * SONG], [0.0, MOST_DEAD - 0.01])) == []
    assert sizes(due(snapshot([SONG, 90 * SONG], [0.0, MOST_DEAD + 0.01]))) == [90 * SONG]
    assert sizes(due(snapshot([MAX_FRAMES], [0.9]))) == [MAX_FRAMES]


def test_groups_fit_one_segment_unless_a_track_alone_does_not() -> None:
    half = MAX_FRAMES // 2
    groups = packed([segment(n) for n in (half, 5, half, half, MAX_FRAMES + 1)])
    assert [sizes(group) for group in groups] == [[5, half], [half, half], [MAX_FRAMES + 1]]
    assert packed([]) == []


class Halfway:
    """Stops a merge when its segment is written and not yet committed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        monkeypatch.setattr("wavvy.index.store.write_merged", self.write)

    def write(self, *arguments: Any) -> None:
        write_merged(*arguments)
        self.reached.set()
        assert self.go_on.wait(20)


@pytest.fixture
def filled(open_index: OpenIndex, fingerprint: MakeFingerprint) -> Index:
    index = open_index()
    for group in ([1, 2, 3], [4, 5], [6]):
        index.add((i, fingerprint(i)) for i in group)
    return index


def ids(index: Index) -> set[int]:
    return set(index.track_ids().tolist())


def during_a_merge(
    index: Index, monkeypatch: pytest.MonkeyPatch, change: Callable[[], None]
) -> None:
    halfway = Halfway(monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        merge = pool.submit(index.merge)
        assert halfway.reached.wait(20)
        change()
        halfway.go_on.set()
        merge.result()


def test_others_add_and_remove_and_read_while_a_merge_runs(
    filled: Index,
    open_index: OpenIndex,
    fingerprint: MakeFingerprint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filled.remove([1])
    other = open_index()

    def change() -> None:
        other.add([(7, fingerprint(7))])
        other.remove([4, 5])
        filled.remove([7])
        filled.add([(8, fingerprint(8))])
        assert ids(filled) == ids(other) == {2, 3, 6, 8}

    during_a_merge(filled, monkeypatch, change)

    assert ids(filled) == ids(open_index()) == {2, 3, 6, 8}
    assert filled.stats().segments == 3  # what was merged, and two that came meanwhile
    assert filled.stats().tombstones == 3  # track 1 is gone for good; 4, 5 and 7 came meanwhile
    assert filled.verify() == filled.damaged == []
    filled.merge()
    assert filled.stats()[:3] == (1, 4, 0)


def test_a_merge_is_dropped_when_one_of_its_segments_was_set_aside_meanwhile(
    filled: Index, open_index: OpenIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = filled.snapshot().segments[1].path.name
    during_a_merge(filled, monkeypatch, lambda: open_index().set_aside([name], "odd"))

    assert ids(filled) == {1, 2, 3, 6}
    assert filled.stats().segments == 2
    assert not list(filled.folder.glob(f"*{MERGING_SUFFIX}*"))


def test_a_merge_is_dropped_when_a_track_it_left_out_was_added_again(
    filled: Index, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.remove([4])
    during_a_merge(filled, monkeypatch, lambda: filled.add([(4, fingerprint(4))]))

    assert ids(filled) == {1, 2, 3, 4, 5, 6}
    assert filled.stats().segments == 3


def test_a_merge_is_dropped_when_the_index_was_made_anew_meanwhile(
    filled: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    during_a_merge(filled, monkeypatch, filled.clear)

    assert ids(filled) == set()
    assert len(list(filled.folder.iterdir())) == 1


def test_drafts_of_a_killed_merge_are_dropped_by_the_next_merge_only(
    filled: Index, fingerprint: MakeFingerprint
) -> None:
    drafts = [filled.folder / f"abc.seg{MERGING_SUFFIX}{end}" for end in ("", ".tmp")]
    for draft in drafts:
        draft.write_bytes(b"half")
    filled.add([(7, fingerprint(7))])
    assert all(draft.exists() for draft in drafts)
    filled.merge()
    assert not any(draft.exists() for draft in drafts)


def test_readers_are_told_of_changes_by_others(
    tmp_path: Path, fingerprint: MakeFingerprint
) -> None:
    told: list[str] = []
    lock = threading.RLock()
    index = Index(tmp_path, DEFAULT, lock, changed=lambda: told.append("!"))
    other = Index(tmp_path, DEFAULT, lock)
    assert told == []
    other.add([(1, fingerprint(1))])
    assert told == []
    index.snapshot()
    index.snapshot()
    assert told == ["!"]
    index.remove([1])
    assert told == ["!", "!"]
