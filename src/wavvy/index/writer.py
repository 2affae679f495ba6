"""Building a segment, from fingerprints or from other segments."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wavvy.dsp.arrays import I32, I64, U8, U16, U32, U64
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import HASH_BITS, reference_landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.index import format as layout
from wavvy.index.files import write_durably
from wavvy.index.segment import Segment

Arrays: TypeAlias = dict[str, NDArray[Any]]


class _Parts:
    """Tracks gathered for a segment."""

    def __init__(self) -> None:
        self.tracks: list[int] = []
        self.starts: list[int] = [layout.GAP_FRAMES]
        self.counts: list[U8] = []
        self.freqs: list[U16] = []
        self.keys: list[U64] = []

    def add_track(self, track_id: int, fingerprint: Fingerprint) -> int:
        """Take the peaks of a track; return the frame at which it starts."""
        start = self.starts[-1]
        self.tracks.append(track_id)
        self.starts.append(start + fingerprint.counts.size + layout.GAP_FRAMES)
        self.counts += [np.zeros(layout.GAP_FRAMES, np.uint8), fingerprint.counts]
        self.freqs.append(fingerprint.freqs)
        return start

    def add_landmarks(self, hashes: U32, frames: I32 | I64) -> None:
        """Join hash and frame into one number, so that one sort orders by both."""
        self.keys.append(hashes.astype(np.uint64) << np.uint64(32) | frames.astype(np.uint64))


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
    parts = _Parts()
    for track_id, fingerprint in tracks:
        start = parts.add_track(track_id, fingerprint)
        landmarks = reference_landmarks(fingerprint.peaks(), params)
        parts.add_landmarks(landmarks.hashes, landmarks.frames + np.int64(start))
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
        moved = np.zeros(segment.header.tracks, np.int64)
        for position in np.flatnonzero(kept).tolist():
            start = parts.add_track(int(segment.tracks[position]), segment.fingerprint(position))
            moved[position] = start - int(segment.starts[position])
        landmarks = segment.landmarks()
        positions = segment.positions(landmarks.frames)
        alive = kept[positions]
        frames = landmarks.frames[alive] + moved[positions[alive]]
        parts.add_landmarks(landmarks.hashes[alive], frames)
    _write(path, segments[0].header.params_digest, parts)


def _write(path: Path, digest: str, parts: _Parts) -> None:
    keys = np.concatenate(parts.keys)
    keys.sort()
    hashes = (keys >> np.uint64(32)).astype(np.uint32)
    counts = np.concatenate(parts.counts)
    bits, width = layout.posting_layout(counts.size, keys.size)
    rest = HASH_BITS - bits
    prefixes = np.bincount(hashes >> np.uint32(rest), minlength=1 << bits)
    rests = hashes & np.uint32((1 << rest) - 1)
    postings = rests << np.uint32(layout.frame_bits(counts.size)) | keys.astype(np.uint32)
    before = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    checked = np.arange(-(-counts.size // layout.CHECKPOINT_FRAMES) + 1) * layout.CHECKPOINT_FRAMES
    arrays: Arrays = {
        "tracks": np.array(parts.tracks, np.int64),
        "starts": np.array(parts.starts, np.int64),
        "directory": np.concatenate(([0], np.cumsum(prefixes))),
        "postings": postings.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :width],
        "counts": counts,
        "checkpoints": before[np.minimum(checked, counts.size)],
        "freqs": np.concatenate(parts.freqs),
    }
    blank = layout.Header(
        digest, len(parts.tracks), counts.size, arrays["freqs"].size, keys.size, bits, width, {}
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
