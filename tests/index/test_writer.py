"""Segments, written, merged and read, against plain dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index.format import ALIGNMENT, SECTIONS, SLOT_FRAMES, SLOT_STEP
from wavvy.index.segment import Segment
from wavvy.index.writer import slots_of, write_fingerprints, write_merged

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]
Slot = tuple[int, int]  # track id, first frame
Posting = tuple[int, int, int, int]  # hash, track id, first frame of the slot, frame in the slot
Tracks = dict[int, Fingerprint]

NOTHING = np.empty(0, np.int64)


def slots_in(tracks: Tracks) -> dict[Slot, Fingerprint]:
    """Cut tracks into slots as the documentation says, in the plainest way."""
    found = {}
    for track_id, fingerprint in tracks.items():
        peaks = fingerprint.peaks()
        length = fingerprint.counts.size
        for start in range(0, max(1, length - SLOT_FRAMES + SLOT_STEP), SLOT_STEP):
            inside = (peaks.frames >= start) & (peaks.frames < start + SLOT_FRAMES)
            found[track_id, start] = Fingerprint(
                fingerprint.counts[start : start + SLOT_FRAMES], peaks.freqs[inside]
            )
    return found


def postings_of(slots: dict[Slot, Fingerprint]) -> Counter[Posting]:
    found: Counter[Posting] = Counter()
    for (track_id, start), part in slots.items():
        hashes, frames = reference_landmarks(part.peaks(), DEFAULT)
        found.update(
            (h, track_id, start, t) for h, t in zip(hashes.tolist(), frames.tolist(), strict=True)
        )
    return found


def read_postings(segment: Segment) -> list[Posting]:
    hashes, postings = segment.hashes().tolist(), segment.postings.tolist()
    tracks, bases = segment.tracks.tolist(), segment.bases.tolist()
    return [
        (hash_, tracks[posting >> 16], bases[posting >> 16], posting & 0xFFFF)
        for hash_, posting in zip(hashes, postings, strict=True)
    ]


def read_slots(segment: Segment) -> dict[Slot, Fingerprint]:
    keys = zip(segment.tracks.tolist(), segment.bases.tolist(), strict=True)
    return {key: segment.slot_fingerprint(slot) for slot, key in enumerate(keys)}


def assert_holds(segment: Segment, tracks: Tracks) -> None:
    expected = slots_in(tracks)
    found = read_slots(segment)
    assert found.keys() == expected.keys()
    for key, part in expected.items():
        np.testing.assert_array_equal(found[key].counts, part.counts)
        np.testing.assert_array_equal(found[key].freqs, part.freqs)
    postings = read_postings(segment)
    assert Counter(postings) == postings_of(expected)
    hashes = [hash_ for hash_, *_ in postings]
    assert hashes == sorted(hashes)
    assert segment.header.slots == len(expected)
    assert segment.header.postings == len(postings)
    assert segment.header.peaks == sum(part.freqs.size for part in expected.values())
    segment.verify()


# Track lengths, of which none, one and around a checkpoint's are the odd ones.
lengths = st.lists(
    st.one_of(st.integers(0, 700), st.sampled_from([0, 1, 255, 256, 257, 512])),
    min_size=1,
    max_size=6,
)


@pytest.mark.usefixtures("without_sync")
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lengths=lengths, seed=st.integers(0, 99))
def test_a_segment_holds_what_was_written(
    segment: MakeSegment, fingerprint: MakeFingerprint, lengths: list[int], seed: int
) -> None:
    tracks = {100 - i: fingerprint(seed + i, frames) for i, frames in enumerate(lengths)}

    assert_holds(segment(tracks.items()), tracks)


@pytest.mark.usefixtures("without_sync")
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    groups=st.lists(lengths, min_size=1, max_size=4),
    removed=st.sets(st.integers(0, 24), max_size=12),
)
def test_a_merge_holds_what_its_segments_held_less_what_was_removed(
    tmp_path: Path,
    segment: MakeSegment,
    fingerprint: MakeFingerprint,
    groups: list[list[int]],
    removed: set[int],
) -> None:
    tracks: Tracks = {}
    segments = []
    for number, group in enumerate(groups):
        part = {len(tracks) + i: fingerprint(len(tracks) + i, n) for i, n in enumerate(group)}
        segments.append(segment(part.items(), f"{number}.seg"))
        tracks |= part
    removed -= {len(tracks) - 1}  # one stays: an empty segment is not written
    write_merged(tmp_path / "merged", segments, np.array(sorted(removed), np.int64))

    left = {track_id: track for track_id, track in tracks.items() if track_id not in removed}
    assert_holds(Segment(tmp_path / "merged", DEFAULT.digest()), left)


@pytest.mark.parametrize(
    ("frames", "slots"),
    [
        (0, [(0, 0)]),
        (1, [(0, 1)]),
        (SLOT_FRAMES, [(0, SLOT_FRAMES)]),
        (SLOT_FRAMES + 1, [(0, SLOT_FRAMES), (SLOT_STEP, SLOT_FRAMES + 1)]),
        (
            2 * SLOT_STEP + SLOT_FRAMES,
            [
                (0, SLOT_FRAMES),
                (SLOT_STEP, SLOT_STEP + SLOT_FRAMES),
                (2 * SLOT_STEP, 2 * SLOT_STEP + SLOT_FRAMES),
            ],
        ),
    ],
)
def test_a_track_takes_the_slots_it_needs(frames: int, slots: list[tuple[int, int]]) -> None:
    silent = Fingerprint(np.zeros(frames, np.uint8), np.empty(0, np.uint16))

    assert list(slots_of(silent)) == slots


def test_a_track_of_hours_is_written_and_merged_in_slots_that_overlap(
    tmp_path: Path, segment: MakeSegment, fingerprint: MakeFingerprint
) -> None:
    tracks = {7: fingerprint(1, 2 * SLOT_FRAMES + 999, density=0.2), 8: fingerprint(2, 300)}
    first = segment(tracks.items(), "one.seg")
    second = segment([(9, fingerprint(3, 400))], "two.seg")

    assert first.tracks.tolist() == [7, 7, 7, 8]
    assert first.bases.tolist() == [0, SLOT_STEP, 2 * SLOT_STEP, 0]
    assert_holds(first, tracks)
    write_merged(tmp_path / "merged", [second, first], np.array([8]))
    merged = Segment(tmp_path / "merged", DEFAULT.digest())
    assert_holds(merged, {9: fingerprint(3, 400), 7: tracks[7]})


@pytest.mark.parametrize("frames", [0, 1, 300])
def test_a_track_without_any_peak_is_kept(segment: MakeSegment, frames: int) -> None:
    silent = Fingerprint(np.zeros(frames, np.uint8), np.empty(0, np.uint16))

    assert_holds(segment([(5, silent), (6, silent)]), {5: silent, 6: silent})


def test_every_section_starts_where_the_documentation_says(
    segment: MakeSegment, fingerprint: MakeFingerprint
) -> None:
    made = segment([(1, fingerprint(1)), (2, fingerprint(2))])

    places = [made.header.sections[name] for name in SECTIONS]
    assert all(place.offset % ALIGNMENT == 0 for place in places)
    for before, after in pairwise(places):
        assert before.offset + before.size <= after.offset < before.offset + before.size + ALIGNMENT
    assert places[-1].offset + places[-1].size == made.bytes == made.path.stat().st_size


@pytest.mark.usefixtures("without_sync")
def test_the_same_tracks_give_the_same_bytes(
    tmp_path: Path, segment: MakeSegment, fingerprint: MakeFingerprint
) -> None:
    tracks: Iterable[tuple[int, Fingerprint]] = [(i, fingerprint(i)) for i in range(4)]
    one, other = segment(tracks, "one.seg"), segment(tracks, "other.seg")
    write_merged(tmp_path / "merged", [one], NOTHING)

    assert one.path.read_bytes() == other.path.read_bytes()
    assert one.path.read_bytes() == (tmp_path / "merged").read_bytes()


def test_a_segment_takes_no_more_bytes_than_promised(
    tmp_path: Path, fingerprint: MakeFingerprint
) -> None:
    write_fingerprints(tmp_path / "x", [(i, fingerprint(i, 6000)) for i in range(20)], DEFAULT)
    made = Segment(tmp_path / "x", DEFAULT.digest())

    # About 5.5 bytes a landmark and 3 a peak, and the counts of frames.
    promised = 5.5 * made.header.postings + 3 * made.header.peaks
    assert made.bytes < 1.1 * promised
