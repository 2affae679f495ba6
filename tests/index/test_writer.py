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
from wavvy.dsp.landmarks import HASH_BITS, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index.format import ALIGNMENT, GAP_FRAMES, SECTIONS
from wavvy.index.segment import Segment
from wavvy.index.writer import write_fingerprints, write_merged

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]
Posting = tuple[int, int, int]  # hash, track id, frame of the track
Tracks = dict[int, Fingerprint]

NOTHING = np.empty(0, np.int64)


def postings_of(tracks: Tracks) -> Counter[Posting]:
    found: Counter[Posting] = Counter()
    for track_id, fingerprint in tracks.items():
        hashes, frames = reference_landmarks(fingerprint.peaks(), DEFAULT)
        found.update(
            (h, track_id, t) for h, t in zip(hashes.tolist(), frames.tolist(), strict=True)
        )
    return found


def read_postings(segment: Segment) -> list[tuple[int, int]]:
    """Return hash and frame of each posting, read as the documentation says."""
    header, directory = segment.header, segment.directory.tolist()
    data = segment.postings.tobytes()
    width, frame_bits = header.posting_bytes, (header.frames - 1).bit_length()
    rest = HASH_BITS - header.directory_bits
    found = []
    for prefix, (first, last) in enumerate(pairwise(directory)):
        for i in range(first, last):
            number = int.from_bytes(data[i * width : (i + 1) * width], "little")
            hash_ = prefix << rest | number >> frame_bits
            found.append((hash_, number & ((1 << frame_bits) - 1)))
    return found


def assert_holds(segment: Segment, tracks: Tracks) -> None:
    """Compare a segment with its tracks, in whatever order it holds them."""
    ids = segment.tracks.tolist()
    assert sorted(ids) == sorted(tracks)
    start = GAP_FRAMES
    found: Counter[Posting] = Counter()
    postings = read_postings(segment)
    for position, track_id in enumerate(ids):
        part, length = segment.fingerprint(position), tracks[track_id].counts.size
        np.testing.assert_array_equal(part.counts, tracks[track_id].counts)
        np.testing.assert_array_equal(part.freqs, tracks[track_id].freqs)
        assert segment.starts[position] == start
        assert not segment.counts[start - GAP_FRAMES : start].any()
        found.update((h, track_id, t - start) for h, t in postings if 0 <= t - start < length)
        start += length + GAP_FRAMES
    assert segment.starts[-1] == start
    assert found == postings_of(tracks)
    assert found.total() == len(postings)
    assert postings == sorted(postings)
    assert postings == list(zip(*(part.tolist() for part in segment.landmarks()), strict=True))
    assert segment.header.tracks == len(tracks)
    assert segment.header.frames == segment.counts.size == start - GAP_FRAMES
    assert segment.header.postings == len(postings)
    assert segment.header.peaks == sum(part.freqs.size for part in tracks.values())
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


@pytest.mark.usefixtures("without_sync")
@pytest.mark.parametrize("removed", [[], [0], [2, 5], [7]])
def test_a_merge_is_the_segment_of_the_same_tracks(
    tmp_path: Path, segment: MakeSegment, fingerprint: MakeFingerprint, removed: list[int]
) -> None:
    tracks = {i: fingerprint(i, 200 + 300 * i) for i in range(8)}
    parts = [
        segment([(i, tracks[i]) for i in group], f"{group[0]}.seg")
        for group in ([0, 1, 2], [3], [4, 5, 6, 7])
    ]
    write_merged(tmp_path / "merged", parts, np.array(removed, np.int64))
    direct = segment([(i, track) for i, track in tracks.items() if i not in removed])

    assert direct.path.read_bytes() == (tmp_path / "merged").read_bytes()


@pytest.mark.usefixtures("without_sync")
@pytest.mark.parametrize(("first", "then"), [(3, 4), (4, 3)])
def test_postings_of_either_width_are_written_and_merged(
    tmp_path: Path,
    segment: MakeSegment,
    fingerprint: MakeFingerprint,
    monkeypatch: pytest.MonkeyPatch,
    first: int,
    then: int,
) -> None:
    tracks = {i: fingerprint(i, 300) for i in range(5)}
    monkeypatch.setattr("wavvy.index.format._POSTING_BYTES", (first,))
    one = segment([(i, tracks[i]) for i in (0, 1)], "one.seg")
    monkeypatch.setattr("wavvy.index.format._POSTING_BYTES", (then,))
    other = segment([(i, tracks[i]) for i in (2, 3, 4)], "other.seg")
    write_merged(tmp_path / "merged", [one, other], NOTHING)
    merged = Segment(tmp_path / "merged", DEFAULT.digest())

    assert [s.header.posting_bytes for s in (one, other, merged)] == [first, then, then]
    assert_holds(one, {i: tracks[i] for i in (0, 1)})
    assert_holds(other, {i: tracks[i] for i in (2, 3, 4)})
    assert_holds(merged, tracks)


def test_a_track_of_hours_is_written_and_merged_whole(
    tmp_path: Path, segment: MakeSegment, fingerprint: MakeFingerprint
) -> None:
    tracks = {7: fingerprint(1, 140_000, density=0.2), 8: fingerprint(2, 300)}
    first = segment(tracks.items(), "one.seg")
    second = segment([(9, fingerprint(3, 400))], "two.seg")

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

    # Three bytes a landmark and one for the directory, 3 a peak, and the gaps.
    promised = 4 * made.header.postings + 3 * made.header.peaks + 20 * GAP_FRAMES
    assert made.bytes < 1.1 * promised
