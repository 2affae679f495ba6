from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import update

from wavvy.catalog.models import FingerprintRow
from wavvy.duplicates import scan as module
from wavvy.duplicates.finder import METHOD, DuplicateFinder
from wavvy.duplicates.scan import ScanProgress, scan
from wavvy.library import Wavvy

Samples = np.ndarray[Any, np.dtype[np.float32]]
Melody = Callable[..., Samples]
Encoded = Callable[..., bytes]

TUNES = [1, 2, 3, 4, 5]  # ids of the album


@pytest.fixture
def other_file(melody: Melody, encoded: Encoded, tmp_path: Path) -> Callable[..., Path]:
    """Give a function that encodes the tune of a track of the album as MP3."""

    def make(track_id: int, begin: float = 0.0, gain: float = 1.0) -> Path:
        path = tmp_path / f"Tune {track_id - 1} from {begin}.mp3"
        path.write_bytes(encoded(gain * melody(track_id - 1, 24.0)[round(begin * 16_000) :]))
        return path

    return make


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give the tracks that were asked about so far."""
    ids: list[int] = []
    find = DuplicateFinder.find

    def listen(self: DuplicateFinder, track_id: int, *args: Any) -> Any:
        ids.append(track_id)
        return find(self, track_id, *args)

    monkeypatch.setattr(DuplicateFinder, "find", listen)
    return ids


def look(library: Wavvy) -> ScanProgress:
    return scan(library.catalog, library.index)


def groups(library: Wavvy) -> list[list[int]]:
    return [group.track_ids for group in library.catalog.duplicates.groups().groups]


def test_what_was_added_since_is_compared(
    library: Wavvy, other_file: Callable[..., Path], asked: list[int]
) -> None:
    store = library.catalog.duplicates
    assert (store.state(METHOD).scanned_at, store.state(METHOD).waiting) == (None, 5)
    assert look(library) == (5, 5, 0)
    assert asked == TUNES
    first = store.state(METHOD).scanned_at
    assert first is not None
    assert look(library) == (0, 0, 0)
    library.add(other_file(2))
    library.add(other_file(4, begin=2.5, gain=0.4))
    assert store.state(METHOD).waiting == 2
    asked.clear()
    assert look(library) == (2, 2, 2)
    assert asked == [6, 7]
    assert groups(library) == [[2, 6], [4, 7]]
    state = store.state(METHOD)
    assert state.waiting == 0
    assert state.scanned_at is not None
    assert state.scanned_at > first
    (best, _), _ = [group.tracks for group in store.groups().groups]
    assert (best.track.id, best.track.format) == (2, "wav")
    assert best.similarity > 0.9


def test_another_method_asks_again(
    library: Wavvy,
    other_file: Callable[..., Path],
    asked: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library.add(other_file(1))
    assert look(library).pairs == 1
    library.catalog.duplicates.write({3: {5: 0.9}}, METHOD)  # what it found wrongly
    asked.clear()
    monkeypatch.setattr(module, "METHOD", METHOD + 1)
    assert library.catalog.duplicates.state(METHOD + 1).waiting == 6
    look(library)
    assert asked == [*TUNES, 6]
    assert groups(library) == [[1, 6]]


def test_one_that_is_ended_goes_on_where_it_was(
    library: Wavvy, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    heard: list[ScanProgress] = []

    class Enough(Exception):
        pass

    def end_early(so_far: ScanProgress) -> None:
        heard.append(so_far)
        if so_far.done >= 2:
            raise Enough

    with pytest.raises(Enough):
        scan(library.catalog, library.index, end_early)
    assert heard == [(0, 5, 0), (2, 5, 0)]
    assert library.catalog.duplicates.state(METHOD).scanned_at is None
    heard.clear()
    assert scan(library.catalog, library.index, heard.append) == (3, 3, 0)
    assert heard == [(0, 3, 0), (2, 3, 0), (3, 3, 0)]
    assert asked == TUNES


def test_a_damaged_fingerprint_stays_to_be_compared(
    library: Wavvy, other_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    library.add(other_file(5))
    whole = dict(library.catalog.fingerprints([2]))[2]

    def store(data: bytes) -> None:
        with library.catalog._database.write() as session:
            one = update(FingerprintRow).where(FingerprintRow.track_id == 2)
            session.execute(one.values(data=data))

    store(b"no fingerprint")
    assert look(library) == (5, 6, 1)
    assert groups(library) == [[5, 6]]
    assert library.catalog.duplicates.due(METHOD) == [2]
    store(whole)
    assert look(library) == (1, 1, 0)


def test_a_track_that_is_not_in_the_index_yet_is_left_for_then(
    library: Wavvy, other_file: Callable[..., Path], asked: list[int]
) -> None:
    library.add(other_file(3))
    library.index.remove([3])
    assert look(library) == (5, 5, 0)
    assert 3 not in asked
    library.index.add([(3, next(fingerprints(library, 3)))])
    assert look(library) == (1, 1, 1)
    assert groups(library) == [[3, 6]]


def test_a_track_that_is_removed_meanwhile(
    library: Wavvy, other_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(other_file(5))
    write = library.catalog.duplicates.write

    def remove_first(found: Any, method: int) -> int:
        if 6 in library.catalog.track_ids():
            library.remove(6)
        return write(found, method)

    monkeypatch.setattr(library.catalog.duplicates, "write", remove_first)
    assert look(library).pairs == 0
    assert groups(library) == []
    assert library.catalog.duplicates.due(METHOD) == []


def test_an_empty_library(empty: Wavvy) -> None:
    assert look(empty) == (0, 0, 0)
    assert empty.catalog.duplicates.state(METHOD).scanned_at is not None


def fingerprints(library: Wavvy, track_id: int) -> Iterator[Any]:
    return (peaks for _, peaks in module._fingerprints(library.catalog, [track_id]))
