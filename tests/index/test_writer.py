"""Segments, written, merged and read, against plain dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import I64, U8
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import HASH_BITS, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index import format as layout
from wavvy.index import postings, writer
from wavvy.index.format import ALIGNMENT, GAP_FRAMES, SECTIONS
from wavvy.index.segment import Segment
from wavvy.index.writer import write_fingerprints, write_merged

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]
Posting = tuple[int, int, int]  # hash, track id, frame of the track
Tracks = dict[int, Fingerprint]

NOTHING = np.empty(0, np.int64)


def postings_of(tracks: Tracks) -> set[Posting]:
    found: set[Posting] = set()
    for track_id, fingerprint in tracks.items():
        known = reference_landmarks(fingerprint.peaks(), DEFAULT)
        both = zip(known.hashes().tolist(), known.frames.tolist(), strict=True)
        found |= {(h, track_id, t) for h, t in both}
    return found


class Bits:
    """Some bytes as one long number, taken from the low end."""

    def __init__(self, data: bytes) -> None:
        self.left = 8 * len(data)
        self._number = int.from_bytes(data, "little")

    def take(self, width: int) -> int:
        low = self._number & ((1 << width) - 1)
        self._number >>= width
        self.left -= width
        return low


def read_postings(segment: Segment) -> list[tuple[int, int]]:
    """Return hash and frame of each posting, read as the documentation says."""
    header = segment.header
    data = segment.postings.tobytes()
    frame_bits = max(1, (header.frames - 1).bit_length())
    rest_bits = HASH_BITS - header.directory_bits
    found = []
    for bucket, (first, last) in enumerate(pairwise(segment.directory.tolist())):
        for number in read_bucket(Bits(data[first:last]), rest_bits + frame_bits):
            rest, frame = number >> frame_bits, number & ((1 << frame_bits) - 1)
            assert rest < 1 << rest_bits
            found.append((bucket << rest_bits | rest, frame))
    return found


def read_bucket(bits: Bits, width: int) -> list[int]:
    """Return the numbers of a bucket."""
    size = shift = 0
    while bits.left:
        digit = bits.take(8)
        size |= (digit & 127) << shift
        shift += 7
        if digit < 128:
            break
    if not size:
        return []
    high_bits = (size - 1).bit_length()
    highs = []
    for high in range(1 << high_bits):
        while bits.take(1):
            highs.append(high)
    assert len(highs) == size
    low_bits = width - high_bits
    return [high << low_bits | bits.take(low_bits) for high in highs]


def read_counts(segment: Segment) -> list[int]:
    """Return the number of peaks of each frame, read as the documentation says."""
    text = "".join(f"{byte:08b}"[::-1] for byte in segment.marks.tolist())
    return [len(ones) for ones in text.split("0")[: segment.header.frames]]


def assert_holds(segment: Segment, tracks: Tracks) -> None:
    """Compare a segment with its tracks, in whatever order it holds them."""
    ids = segment.tracks.tolist()
    assert sorted(ids) == sorted(tracks)
    start = GAP_FRAMES
    found: set[Posting] = set()
    posted, counts = read_postings(segment), read_counts(segment)
    frames = np.array([frame for _, frame in posted], np.int64)
    for position, track_id in enumerate(ids):
        part, length = segment.fingerprint(position), tracks[track_id].counts.size
        np.testing.assert_array_equal(part.counts, tracks[track_id].counts)
        np.testing.assert_array_equal(part.freqs, tracks[track_id].freqs)
        assert segment.starts[position] == start
        assert not any(counts[start - GAP_FRAMES : start])
        assert counts[start : start + length] == tracks[track_id].counts.tolist()
        inside = np.flatnonzero((frames >= start) & (frames < start + length)).tolist()
        found |= {(posted[i][0], track_id, posted[i][1] - start) for i in inside}
        start += length + GAP_FRAMES
    assert segment.starts[-1] == start
    assert found == postings_of(tracks)
    assert len(found) == len(posted) == segment.header.postings
    assert posted == sorted(posted)
    assert posted == landmarks_of(segment)
    assert segment.header.tracks == len(tracks)
    assert segment.header.frames == len(counts) == start - GAP_FRAMES
    assert segment.header.peaks == sum(counts) == segment.freqs.size
    segment.verify()


def landmarks_of(segment: Segment) -> list[tuple[int, int]]:
    """Return hash and frame of each posting."""
    columns = segment.landmarks(0, 1 << HASH_BITS)
    return list(zip(*(column.tolist() for column in columns), strict=True))


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


@pytest.fixture
def parts(segment: MakeSegment, fingerprint: MakeFingerprint) -> tuple[Tracks, list[Segment]]:
    """Eight tracks in three segments."""
    tracks = {i: fingerprint(i, 200 + 300 * i) for i in range(8)}
    groups = ([0, 1, 2], [3], [4, 5, 6, 7])
    return tracks, [segment([(i, tracks[i]) for i in ids], f"{ids[0]}.seg") for ids in groups]


@pytest.mark.usefixtures("without_sync")
def test_a_merge_is_the_segment_of_the_same_tracks(
    tmp_path: Path, segment: MakeSegment, parts: tuple[Tracks, list[Segment]]
) -> None:
    tracks, segments = parts
    write_merged(tmp_path / "merged", segments, NOTHING)

    assert len({s.header.directory_bits for s in segments}) == 3
    assert segment(tracks.items()).path.read_bytes() == (tmp_path / "merged").read_bytes()


@pytest.mark.usefixtures("without_sync")
@pytest.mark.parametrize("removed", [[0], [2, 5], [7], [0, 1, 2, 3, 4, 5, 6]])
def test_a_merge_without_some_tracks_holds_what_the_segment_of_the_others_does(
    tmp_path: Path, segment: MakeSegment, parts: tuple[Tracks, list[Segment]], removed: list[int]
) -> None:
    """It may have more buckets: they are counted before what was removed is left out."""
    tracks, segments = parts
    kept = {i: track for i, track in tracks.items() if i not in removed}
    write_merged(tmp_path / "merged", segments, np.array(removed, np.int64))
    merged = Segment(tmp_path / "merged", DEFAULT.digest())
    direct = segment(kept.items())

    assert_holds(merged, kept)
    for name in ("tracks", "starts", "checkpoints", "marks", "freqs"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(direct, name))
    assert landmarks_of(merged) == landmarks_of(direct)
    assert merged.header.directory_bits >= direct.header.directory_bits


@pytest.mark.usefixtures("without_sync")
@pytest.mark.parametrize("at_once", [1, 1000, 10_000])
@pytest.mark.parametrize("removed", [[], [1, 4]])
def test_a_merge_in_many_ranges_gives_the_same_bytes(
    tmp_path: Path,
    parts: tuple[Tracks, list[Segment]],
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    removed: list[int],
) -> None:
    """As many as there are buckets in all of the segments, or some of them at a time."""
    _, segments = parts
    write_merged(tmp_path / "one", segments, np.array(removed, np.int64))
    sizes = []

    def encode(numbers: I64, buckets: I64, bits: int) -> tuple[U8, I64]:
        data, starts = postings.encode(numbers, buckets, bits)
        sizes.append(data.size)
        return data, starts

    monkeypatch.setattr(writer, "_BYTES_AT_ONCE", at_once)
    monkeypatch.setattr(writer, "encode", encode)
    write_merged(tmp_path / "many", segments, np.array(removed, np.int64))

    assert (tmp_path / "one").read_bytes() == (tmp_path / "many").read_bytes()
    assert len(sizes) > min(sum(sizes) // at_once, 30)
    # No fewer than one bucket at a time, of the segment that has the fewest.
    fewest = min(each.header.directory_bits for each in segments)
    every = [1 << (each.header.directory_bits - fewest) for each in segments]
    largest = [
        int(np.diff(each.directory[::step].astype(np.int64)).max())
        for each, step in zip(segments, every, strict=True)
    ]
    assert max(sizes) < at_once + 1.2 * sum(largest)


def most_at_once(segments: list[Segment]) -> int:
    """Return how many postings a merge holds at once, at most."""
    bits = layout.directory_bits(sum(s.header.postings for s in segments))
    moves = [np.zeros(s.header.tracks, np.int64) for s in segments]
    return max(r.keys.size for r in writer._merged_ranges(segments, moves, bits))


def test_a_small_segment_does_not_make_a_merge_hold_more_at_once(
    segment: MakeSegment, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_BYTES_AT_ONCE", 1 << 13)
    large = [segment([(i, fingerprint(i, 20_000))], f"{i}.seg") for i in (1, 2)]
    small = segment([(3, fingerprint(3, 20, density=0))], "small.seg")
    assert most_at_once([small, *large]) <= 1.1 * most_at_once(large)


def test_little_left_of_a_larger_segment_does_not_either(
    segment: MakeSegment,
    fingerprint: MakeFingerprint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "_BYTES_AT_ONCE", 1 << 13)
    large = [segment([(i, fingerprint(i, 20_000))], f"{i}.seg") for i in (1, 2)]
    larger = segment([(3, fingerprint(3, 60_000)), (4, fingerprint(4, 50))], "larger.seg")
    write_merged(tmp_path / "left.seg", [larger], np.array([3]))
    left = Segment(tmp_path / "left.seg", DEFAULT.digest())
    assert left.header.directory_bits > large[0].header.directory_bits
    assert most_at_once([left, *large]) <= 1.1 * most_at_once(large)


def test_what_is_left_of_a_large_segment_is_merged(
    segment: MakeSegment, fingerprint: MakeFingerprint, tmp_path: Path
) -> None:
    tracks = {1: fingerprint(1, 5_000), 2: fingerprint(2, 100)}
    write_merged(tmp_path / "left.seg", [segment(tracks.items())], np.array([1]))
    left = Segment(tmp_path / "left.seg", DEFAULT.digest())
    assert left.header.directory_bits > layout.directory_bits(left.header.postings)
    other = segment([(3, fingerprint(3, 100))], "other.seg")
    write_merged(tmp_path / "both.seg", [left, other], NOTHING)
    both = Segment(tmp_path / "both.seg", DEFAULT.digest())
    assert_holds(both, {2: tracks[2], 3: fingerprint(3, 100)})


def test_segments_without_a_posting_are_merged(
    segment: MakeSegment, fingerprint: MakeFingerprint, tmp_path: Path
) -> None:
    silent = [segment([(i, fingerprint(i, 20, density=0))], f"{i}.seg") for i in (1, 2)]
    write_merged(tmp_path / "both.seg", silent, NOTHING)
    both = Segment(tmp_path / "both.seg", DEFAULT.digest())
    assert both.tracks.tolist() == [1, 2]
    assert both.header.postings == 0


@pytest.mark.usefixtures("without_sync")
def test_a_larger_merge_with_tracks_removed_holds_the_others(
    tmp_path: Path,
    segment: MakeSegment,
    fingerprint: MakeFingerprint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "_BYTES_AT_ONCE", 20_000)
    tracks = {i: fingerprint(i, 1500) for i in range(24)}
    groups = [range(first, first + 3) for first in range(0, 24, 3)]
    segments = [segment([(i, tracks[i]) for i in ids], f"{ids[0]}.seg") for ids in groups]
    removed = {0, 5, 6, 7, 8, 15, 23}  # a whole segment among them
    write_merged(tmp_path / "merged", segments, np.array(sorted(removed), np.int64))
    merged = Segment(tmp_path / "merged", DEFAULT.digest())
    kept = {i: track for i, track in tracks.items() if i not in removed}

    assert merged.header.postings > 40_000
    assert_holds(merged, kept)
    assert landmarks_of(merged) == landmarks_of(segment(kept.items()))
    merged.verify()


@pytest.mark.usefixtures("without_sync")
def test_what_pairs_twice_with_one_hash_is_posted_once(
    tmp_path: Path, segment: MakeSegment
) -> None:
    """Spans from 20 on share codes, so that a note which comes back twice may do so."""
    counts = np.zeros(100, np.uint8)
    counts[[0, 20, 22, 40, 42]] = 1
    note = Fingerprint(counts, np.full(5, 3200, np.uint16))
    twice = reference_landmarks(note.peaks(), DEFAULT)
    assert len(postings_of({1: note})) < twice.frames.size
    made = [segment([(i, note)], f"{i}.seg") for i in (1, 2)]
    write_merged(tmp_path / "merged", made, NOTHING)

    assert_holds(made[0], {1: note})
    assert_holds(Segment(tmp_path / "merged", DEFAULT.digest()), {1: note, 2: note})


@pytest.mark.parametrize("part", [0, 1, 5, 30])
def test_landmarks_are_read_by_ranges_of_hashes(
    segment: MakeSegment, fingerprint: MakeFingerprint, part: int
) -> None:
    made = segment([(1, fingerprint(1, 2000)), (2, fingerprint(2, 2000))])
    step = 1 << (HASH_BITS - 5)
    assert made.header.directory_bits >= 5
    hashes, frames = made.landmarks(part * step, (part + 2) * step)

    expected = [(h, t) for h, t in read_postings(made) if part <= h // step < part + 2]
    assert list(zip(hashes.tolist(), frames.tolist(), strict=True)) == expected
    assert made.landmarks(part * step, part * step)[0].size == 0


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

    # Random landmarks are spread wider than music's, and take four bytes at most; a peak two and
    # its bit, each frame a bit, and the tracks' numbers and the padding next to nothing.
    promised = 4 * made.header.postings + 2.125 * made.header.peaks + made.header.frames / 8
    assert 0.9 * promised < made.bytes < promised
