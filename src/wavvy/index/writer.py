"""Building a segment, from fingerprints or from other segments."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wavvy.dsp.arrays import I64, U8, U16, U32, U64
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import HASH_BITS, reference_landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.index import format as layout
from wavvy.index.files import write_durably
from wavvy.index.segment import Segment

Arrays: TypeAlias = dict[str, NDArray[Any]]


def slots_of(fingerprint: Fingerprint) -> Iterator[tuple[int, int]]:
    """Yield (first frame, one past the last) of each slot that a track takes."""
    start = 0
    while True:
        stop = min(start + layout.SLOT_FRAMES, fingerprint.counts.size)
        yield start, stop
        if stop == fingerprint.counts.size:
            return
        start += layout.SLOT_STEP


class _Parts:
    """Slots gathered for a segment."""

    def __init__(self) -> None:
        self.tracks: list[int] = []
        self.bases: list[int] = []
        self.counts: list[U8] = []
        self.freqs: list[U16] = []
        self.keys: list[U64] = []

    def add_slot(self, track_id: int, base: int, part: Fingerprint) -> None:
        self.tracks.append(track_id)
        self.bases.append(base)
        self.counts.append(part.counts)
        self.freqs.append(part.freqs)


def write_fingerprints(
    path: Path, tracks: Iterable[tuple[int, Fingerprint]], params: FingerprintParams
) -> None:
    """Write a segment of whole tracks.

    Parameters
    ----------
    path : Path
        The file to make.
    tracks : iterable of (track id, Fingerprint)
        Together at most ``MAX_SLOTS`` slots.
    """
    parts = _Parts()
    for track_id, fingerprint in tracks:
        ends = np.concatenate(([0], np.cumsum(fingerprint.counts, dtype=np.int64)))
        for start, stop in slots_of(fingerprint):
            part = Fingerprint(
                fingerprint.counts[start:stop], fingerprint.freqs[ends[start] : ends[stop]]
            )
            landmarks = reference_landmarks(part.peaks(), params)
            slot = np.uint32(len(parts.tracks) << 16)
            parts.keys.append(
                _sort_keys(landmarks.hashes, slot | landmarks.frames.astype(np.uint32))
            )
            parts.add_slot(track_id, start, part)
    _write(path, params.digest(), parts)


def write_merged(path: Path, segments: Sequence[Segment], removed: I64) -> None:
    """Write a segment that holds the tracks of others, less those removed.

    Parameters
    ----------
    removed : ndarray, shape (n,), int64
        Track ids that are left out.
    """
    parts = _Parts()
    for segment in segments:
        kept = ~np.isin(segment.tracks, removed)
        new_slots = np.full(segment.header.slots, -1, np.int64)
        new_slots[kept] = len(parts.tracks) + np.arange(int(kept.sum()))
        for slot in np.flatnonzero(kept).tolist():
            parts.add_slot(
                int(segment.tracks[slot]), int(segment.bases[slot]), segment.slot_fingerprint(slot)
            )
        slots = new_slots[segment.postings >> 16]
        alive = slots >= 0
        frames = segment.postings[alive] & np.uint32(0xFFFF)
        postings = slots[alive].astype(np.uint32) << np.uint32(16) | frames
        parts.keys.append(_sort_keys(segment.hashes()[alive], postings))
    _write(path, segments[0].header.params_digest, parts)


def _sort_keys(hashes: U32, postings: U32) -> U64:
    """Join hash and posting into one number, so that one sort orders by both."""
    return hashes.astype(np.uint64) << np.uint64(32) | postings


def _write(path: Path, digest: str, parts: _Parts) -> None:
    keys = np.concatenate(parts.keys)
    keys.sort()
    hashes = (keys >> np.uint64(32)).astype(np.uint32)
    bits = layout.directory_bits(keys.size)
    rest = HASH_BITS - bits
    prefixes = np.bincount(hashes >> np.uint32(rest), minlength=1 << bits)
    counts = np.concatenate(parts.counts)
    before = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    checked = np.arange(-(-counts.size // layout.CHECKPOINT_FRAMES) + 1) * layout.CHECKPOINT_FRAMES
    arrays: Arrays = {
        "tracks": np.array(parts.tracks, np.int64),
        "bases": np.array(parts.bases, np.uint32),
        "starts": np.concatenate(([0], np.cumsum([part.size for part in parts.counts]))),
        "directory": np.concatenate(([0], np.cumsum(prefixes))),
        "residuals": hashes & np.uint32((1 << rest) - 1) if rest else hashes[:0],
        "postings": keys.astype(np.uint32),
        "counts": counts,
        "checkpoints": before[np.minimum(checked, counts.size)],
        "freqs": np.concatenate(parts.freqs),
    }
    blank = layout.Header(
        digest, len(parts.tracks), counts.size, arrays["freqs"].size, keys.size, bits, {}
    )
    write_durably(path, lambda file: _write_sections(file, blank, arrays))


def _write_sections(file: BinaryIO, blank: layout.Header, arrays: Arrays) -> None:
    sections = {}
    offset = layout.HEADER_BYTES
    for name, dtype in layout.SECTIONS.items():
        data = arrays[name].astype(dtype, copy=False).tobytes()
        offset = layout.aligned(offset)
        file.seek(offset)
        file.write(data)
        sections[name] = layout.Section(offset, len(data), zlib.crc32(data))
        offset += len(data)
    file.truncate(offset)  # an empty last section lies within the file as well
    file.seek(0)
    file.write(blank._replace(sections=sections).to_bytes())
