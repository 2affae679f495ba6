"""Building a segment, from fingerprints or from other segments.

Postings are taken, sorted and packed by ranges of their hashes, so that a merge holds a small part
of them at a time, however large its segments.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wavvy.dsp.arrays import I64, U8, U16, U64
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import HASH_BITS, Landmarks, reference_landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.index import format as layout
from wavvy.index.files import write_durably
from wavvy.index.marks import checkpoints_of, set_marks
from wavvy.index.postings import PADDING_BYTES, encode
from wavvy.index.segment import Segment

_BYTES_AT_ONCE = 1 << 23
_FRAME_BITS = np.uint64(32)


class _Range(NamedTuple):
    """The postings of some buckets: hash above frame, sorted."""

    first: int
    stop: int
    keys: U64


class _Line:
    """Tracks one after the other on the line of a segment's frames."""

    def __init__(self) -> None:
        self.tracks: list[int] = []
        self.starts: list[int] = [layout.GAP_FRAMES]
        self.counts: list[U8] = []

    def add(self, track_id: int, counts: U8) -> int:
        """Take a track; return the frame at which it starts."""
        start = self.starts[-1]
        self.tracks.append(track_id)
        self.starts.append(start + counts.size + layout.GAP_FRAMES)
        self.counts += [np.zeros(layout.GAP_FRAMES, np.uint8), counts]
        return start


def write_fingerprints(
    path: Path, tracks: Iterable[tuple[int, Fingerprint]], params: FingerprintParams
) -> None:
    """Write a segment of whole tracks.

    Parameters
    ----------
    path : Path
        The file to make.
    tracks : iterable of (track id, Fingerprint)
        Together at most ``MAX_FRAMES`` long.
    """
    line = _Line()
    freqs: list[U16] = []
    parts: list[U64] = []
    for track_id, fingerprint in tracks:
        start = line.add(track_id, fingerprint.counts)
        freqs.append(fingerprint.freqs)
        landmarks = reference_landmarks(fingerprint.peaks(), params)
        parts.append(_keys(landmarks, start))
    keys = np.concatenate(parts)
    keys.sort()
    # A note that lasts may pair twice with one hash; postings are packed without repeats.
    keys = keys[np.append(True, keys[1:] != keys[:-1])[: keys.size]]
    bits = layout.directory_bits(keys.size)
    ranges = iter([_Range(0, 1 << bits, keys)])
    _write(path, params.digest(), line, iter(freqs), bits, ranges)


def write_merged(path: Path, segments: Sequence[Segment], removed: I64) -> None:
    """Write a segment that holds the tracks of others, less those removed.

    Parameters
    ----------
    removed : ndarray, shape (n,), int64
        Track ids that are left out.
    """
    line = _Line()
    kept: list[tuple[Segment, int]] = []
    moves: list[I64] = []
    for segment in segments:
        moved = np.full(segment.header.tracks, -1, np.int64)
        for position in np.flatnonzero(~np.isin(segment.tracks, removed)).tolist():
            counts = segment.fingerprint(position).counts
            moved[position] = line.add(int(segment.tracks[position]), counts)
            kept.append((segment, position))
        moves.append(moved)
    freqs = (segment.fingerprint(position).freqs for segment, position in kept)

    bits = layout.directory_bits(sum(segment.header.postings for segment in segments))
    ranges = _merged_ranges(segments, moves, bits)
    _write(path, segments[0].header.params_digest, line, freqs, bits, ranges)


def _merged_ranges(
    segments: Sequence[Segment], moves: Sequence[I64], bits: int
) -> Iterator[_Range]:
    """Yield the postings of all segments, about ``_BYTES_AT_ONCE`` of them packed at a time."""
    # Cut by the directory of the largest; the others' postings lie about alike.
    largest = max(segments, key=lambda segment: segment.header.posting_bytes)
    together = sum(segment.header.posting_bytes for segment in segments)
    coarse = min(bits, largest.header.directory_bits)  # it may have held more before a removal
    packed = largest.directory[:: 1 << (largest.header.directory_bits - coarse)]
    step = max(1, _BYTES_AT_ONCE * largest.header.posting_bytes // together)
    steps = np.arange(step, int(packed[-1]), step)
    cuts = np.unique([0, *np.searchsorted(packed, steps).tolist(), 1 << coarse])
    for first, stop in pairwise(cuts.tolist()):
        hashes = first << (HASH_BITS - coarse), stop << (HASH_BITS - coarse)
        parts = [_moved(s, moved, *hashes) for s, moved in zip(segments, moves, strict=True)]
        keys = np.concatenate(parts)
        keys.sort()
        yield _Range(first << (bits - coarse), stop << (bits - coarse), keys)


def _keys(landmarks: Landmarks, start: int) -> U64:
    """Join hash and frame of each landmark into one number, so that one sort orders by both."""
    frames = (landmarks.frames + np.int64(start)).astype(np.uint64)
    return landmarks.hashes().astype(np.uint64) << _FRAME_BITS | frames


def _moved(segment: Segment, moved: I64, first: int, stop: int) -> U64:
    """Return a segment's postings in a range of hashes, where their tracks have moved to."""
    rest = HASH_BITS - segment.header.directory_bits
    hashes, frames = segment.landmarks(first >> rest << rest, -(-stop >> rest) << rest)
    inside = slice(*np.searchsorted(hashes, (first, stop)))  # its buckets may be wider than that
    hashes, frames = hashes[inside], frames[inside]
    positions = segment.positions(frames)
    there = moved[positions]
    frames = frames - segment.starts[positions].astype(np.int64) + there
    keys = hashes.astype(np.uint64) << _FRAME_BITS | frames.astype(np.uint64)
    return keys[there >= 0]


def _write(
    path: Path,
    digest: str,
    line: _Line,
    freqs: Iterator[U16],
    bits: int,
    ranges: Iterator[_Range],
) -> None:
    counts = np.concatenate(line.counts)
    line.counts.clear()
    peaks = int(counts.sum(dtype=np.int64))
    marks = np.zeros(-(-(counts.size + peaks) // 8), np.uint8)
    set_marks(counts, marks)
    directory = np.zeros((1 << bits) + 1, np.int64)
    postings = 0

    def packed() -> Iterator[NDArray[Any]]:
        nonlocal postings
        for first, stop, keys in ranges:
            buckets, numbers = _bucketed(keys, first, stop, HASH_BITS - bits, counts.size)
            number_bits = HASH_BITS - bits + layout.frame_bits(counts.size)
            packed, starts = encode(numbers, buckets, number_bits)
            directory[first : stop + 1] = directory[first] + starts
            postings += keys.size
            yield packed
        yield np.zeros(PADDING_BYTES - int(directory[-1]) % 8, np.uint8)

    def write(file: BinaryIO) -> None:
        sections = {}
        for name, pieces in (
            ("tracks", [np.array(line.tracks)]),
            ("starts", [np.array(line.starts)]),
            ("checkpoints", [checkpoints_of(counts)]),
            ("postings", packed()),
            ("directory", [directory]),
            ("marks", [marks]),
            ("freqs", freqs),
        ):
            sections[name] = _write_section(file, name, pieces)
        header = layout.Header(
            digest, len(line.tracks), counts.size, peaks, postings,
            sections["postings"].size, bits, sections,
        )  # fmt: skip
        file.seek(0)
        file.write(header.to_bytes())

    write_durably(path, write)


def _bucketed(keys: U64, first: int, stop: int, rest: int, frames: int) -> tuple[I64, I64]:
    """Return where buckets begin among some keys, and what each posting has beside its bucket."""
    hashes = (keys >> _FRAME_BITS).astype(np.int64)
    sizes = np.bincount((hashes >> rest) - first, minlength=stop - first)
    numbers = (hashes & ((1 << rest) - 1)) << layout.frame_bits(frames)
    numbers |= (keys & np.uint64((1 << 32) - 1)).astype(np.int64)
    return np.concatenate(([0], np.cumsum(sizes))), numbers


def _write_section(file: BinaryIO, name: str, pieces: Iterable[NDArray[Any]]) -> layout.Section:
    offset = layout.aligned(max(file.tell(), layout.HEADER_BYTES))
    file.seek(offset)
    size = crc = 0
    for piece in pieces:
        data = piece.astype(layout.SECTIONS[name], copy=False).tobytes()
        file.write(data)
        size += len(data)
        crc = zlib.crc32(data, crc)
    file.truncate(offset + size)  # an empty last section lies within the file as well
    return layout.Section(offset, size, crc)
