"""The index follows what the catalogue has acknowledged."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import wavvy
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.errors import DiskFull
from wavvy.index.store import Index
from wavvy.ingest.following import Follower
from wavvy.ingest.outcome import AddOutcome
from wavvy.library import Wavvy

RATE = 16000
Samples = np.ndarray
Melody = Callable[..., Samples]
Record = Callable[..., Path]


@pytest.fixture
def music(melody: Melody, record: Record, tmp_path: Path) -> Path:
    """Four tracks of ten seconds."""
    for number, name in enumerate(("a.wav", "b.wav", "c.wav", "d.wav")):
        record(tmp_path / "music" / name, melody(300 + number, 10.0))
    return tmp_path / "music"


def statuses(outcomes: list[AddOutcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def found(library: Wavvy, samples: Samples) -> list[int]:
    return [result.track.id for result in library.identify(samples, RATE).results]


def test_a_failure_of_the_thread_reaches_the_caller(
    empty: Wavvy, melody: Melody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavvy.ingest.following.INDEX_EVERY_SECONDS", 0.0)

    def refuse(_self: Index, _tracks: object) -> None:
        raise DiskFull("no space left")

    def fingerprints(track_ids: list[int]) -> list[tuple[int, Fingerprint]]:
        return [(i, wavvy.fingerprint(melody(1, 2.0), RATE)) for i in track_ids]

    monkeypatch.setattr(Index, "add", refuse)
    end = time.monotonic() + 20

    def take_until_it_fails() -> None:
        with Follower(empty.index, fingerprints) as follower:
            while time.monotonic() < end:
                follower.take(1)
                time.sleep(0.01)

    with pytest.raises(DiskFull):
        take_until_it_fails()
    assert time.monotonic() < end, "it is told at once"


def test_what_a_full_disk_kept_from_the_index_follows_with_the_next_change(
    empty: Wavvy, music: Path, melody: Melody, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    empty.add(music / "a.wav")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DiskFull):
            empty.add(music / "b.wav")
        with pytest.raises(DiskFull):
            empty.remove(1)
    assert found(empty, melody(300, 8.0)[3 * RATE :]) == []
    empty.add(music / "c.wav")
    assert empty.settle(60)
    assert found(empty, melody(301, 8.0)[3 * RATE :]) == [2]
    assert empty.verify_index() == []


def test_a_track_is_found_a_second_after_it_was_reported_though_more_are_being_added(
    empty: Wavvy, music: Path, melody: Melody
) -> None:
    outcomes = empty.add_all([music], workers=1)
    with wavvy.open(empty.data_dir) as other:
        first = next(outcomes)  # whoever adds does not go on for a while
        end = time.monotonic() + 20
        while not found(other, melody(300, 8.0)[3 * RATE :]) and time.monotonic() < end:
            time.sleep(0.05)
        assert found(other, melody(300, 8.0)[3 * RATE :]) == [first.track_id]
    assert statuses(list(outcomes)) == ["added"] * 3


def test_a_track_removed_before_the_index_followed_stays_removed(
    empty: Wavvy, music: Path, melody: Melody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavvy.ingest.following.INDEX_EVERY_SECONDS", 3600.0)
    outcomes = empty.add_all([music], workers=1)
    first = next(outcomes)
    assert empty.index.track_ids().size == 0, "the index has not followed yet"
    assert first.track_id is not None
    empty.remove(first.track_id)
    assert statuses(list(outcomes)) == ["added"] * 3
    assert first.track_id not in empty.index.track_ids()
    assert empty.verify_index() == []
    assert found(empty, melody(300, 8.0)[3 * RATE :]) == []
