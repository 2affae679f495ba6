from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.duplicates.finder import LEAST_OVERLAP, DuplicateFinder
from wavvy.index.format import GAP_FRAMES
from wavvy.index.segment import Segment
from wavvy.index.store import Index

Samples = np.ndarray[Any, np.dtype[np.float32]]
Melody = Callable[..., Samples]
Printed = Callable[[Samples], Fingerprint]
Indexed = Callable[[Sequence[Fingerprint]], Index]

RATE = 16_000
SECONDS = 40


def found(index: Index, track_id: int, fingerprint: Fingerprint) -> dict[int, float]:
    return dict(DuplicateFinder(index, DEFAULT).find(track_id, fingerprint))


def pairs(index: Index, tracks: Sequence[Fingerprint]) -> set[tuple[int, int]]:
    """Ask for the duplicates of every track."""
    return {
        (number, other)
        for number, track in enumerate(tracks, 1)
        for other in found(index, number, track)
    }


def seconds(begin: float, end: float) -> slice:
    return slice(round(begin * RATE), round(end * RATE))


@pytest.fixture(scope="module")
def tune(melody: Melody) -> Samples:
    return melody(11, SECONDS, RATE)


def test_other_files_of_a_recording_are_found(
    tune: Samples,
    melody: Melody,
    printed: Printed,
    heard: Callable[[bytes], Fingerprint],
    encoded: Callable[..., bytes],
    indexed: Indexed,
) -> None:
    tracks = [
        printed(tune),
        heard(encoded(tune)),
        heard(encoded(tune[seconds(3, 40)] * 0.3, "libopus", "ogg", 16_000)),
        heard(encoded(tune[seconds(1.3, 36)] * 1.5)),
        *(printed(melody(seed, SECONDS, RATE)) for seed in range(20, 26)),
    ]
    index = indexed(tracks)
    same = {1, 2, 3, 4}
    assert pairs(index, tracks) == {(a, b) for a in same for b in same if a != b}
    likeness = found(index, 1, tracks[0])
    assert likeness[2] > 0.9
    assert likeness[4] == pytest.approx((36 - 1.3) / 40, abs=0.06)
    assert all(0 < one <= 1 for one in likeness.values())


def test_what_holds_more_or_less_is_no_duplicate(
    tune: Samples, melody: Melody, printed: Printed, indexed: Indexed
) -> None:
    other, third = (melody(seed, SECONDS, RATE) for seed in (12, 13))
    tracks = [
        printed(tune),
        printed(np.concatenate((other, tune, third))),  # holds it as a third
        printed(np.concatenate((tune[seconds(0, 20)], other[seconds(0, 20)]))),  # a medley
        printed(tune[seconds(0, SECONDS * (LEAST_OVERLAP - 0.05))]),
        # As long as it, and its first half only.
        printed(np.concatenate((tune[seconds(0, 20)], np.zeros(20 * RATE, np.float32)))),
    ]
    assert pairs(indexed(tracks), tracks) == set()


def test_silence_and_very_short_tracks(tune: Samples, printed: Printed, indexed: Indexed) -> None:
    nothing = printed(np.zeros(10 * RATE, np.float32))
    short = printed(tune[seconds(4, 5)])
    empty = Fingerprint(np.empty(0, np.uint8), np.empty(0, np.uint16))
    tracks = [nothing, nothing, short, short, printed(tune), empty, empty]
    assert pairs(indexed(tracks), tracks) == set()


def test_an_empty_index(tune: Samples, printed: Printed, indexed: Indexed) -> None:
    assert found(indexed([]), 1, printed(tune)) == {}


def test_repetitive_music(melody: Melody, printed: Printed, indexed: Indexed) -> None:
    loop = np.tile(melody(14, 2, RATE), 20)
    other = np.tile(melody(15, 2, RATE), 20)
    tracks = [printed(loop), printed(loop[seconds(5, 40)]), printed(other)]
    assert pairs(indexed(tracks), tracks) == {(1, 2), (2, 1)}


def test_tracks_of_several_segments_and_removed_ones(
    tune: Samples, printed: Printed, indexed: Indexed
) -> None:
    track = printed(tune)
    index = indexed([track])
    index.add([(2, printed(tune[seconds(2, 40)]))])
    index.add([(2**40, printed(tune[seconds(0, 38)]))])
    assert set(found(index, 1, track)) == {2, 2**40}
    index.remove([2])
    assert set(found(index, 1, track)) == {2**40}
    assert set(found(index, 99, track)) == {1, 2**40}


def test_a_start_that_lies_in_another_track_of_the_segment(
    scattered: Callable[..., Fingerprint],
    part: Callable[[Fingerprint, int, int], Fingerprint],
    indexed: Indexed,
) -> None:
    whole = scattered(1, 10 * GAP_FRAMES)
    cut = part(whole, round(1.5 * GAP_FRAMES), 10 * GAP_FRAMES)
    index = indexed([scattered(2, 500), cut, scattered(3, 500)])
    assert set(found(index, 9, whole)) == {2}


def test_a_damaged_segment_is_no_reason_to_fail(
    tune: Samples, printed: Printed, indexed: Indexed, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = printed(tune)
    index = indexed([track, track])
    whole = Segment.fingerprint

    def too_few(self: Segment, position: int) -> Fingerprint:
        counts, freqs = whole(self, position)
        return Fingerprint(counts, freqs[:-1])

    assert set(found(index, 1, track)) == {2}
    monkeypatch.setattr(Segment, "fingerprint", too_few)
    assert found(index, 1, track) == {}
