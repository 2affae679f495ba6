"""Byte layout of a segment: one immutable file that holds some tracks, ready to be searched.

The frames of all tracks are numbered through, with ``GAP_FRAMES`` empty ones before each track, so
that an alignment of a query belongs to one track alone even where the query begins before it or
runs past its end. All numbers are little-endian::

    header       256 bytes: see ``HEADER``; ends with the CRC-32 of all before it
    then the sections, each starting at a multiple of 64 bytes:
    tracks       int64[tracks]        id of each track
    starts       uint32[tracks + 1]   first frame of each track, and of the one that would come next
    checkpoints  uint32[...]          number of peaks before every 256th frame
    postings     uint8[...]           see ``postings.py``; each is the rest of its landmark's hash
                                      above the frame of its first peak
    directory    uint32[2**d + 1]     at which byte of the postings each bucket starts: those whose
                                      hashes share the high d bits
    marks        uint8[...]           frame after frame a 1 bit for each of its peaks, then a 0 bit
    freqs        uint16[peaks]        frequency of each peak in sub-bins

Landmarks nominate candidates (directory, postings); single peaks decide between them (checkpoints,
marks, freqs). A landmark takes about three bytes and a third, a peak two and three bits.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any, NamedTuple

import numpy as np

from wavvy.dsp.landmarks import HASH_BITS
from wavvy.errors import DamagedIndex, IncompatibleStore

MAGIC = b"WAVVYSEG"
VERSION = 5
"""Of the whole index: the manifest bears it too."""
ALIGNMENT = 64
CHECKPOINT_FRAMES = 256
GAP_FRAMES = 1024
"""Empty frames before each track: 41 s, several times a query's ten seconds."""
MAX_FRAMES = 1 << 28
"""Frames of a segment that holds more than one track: 124 days. Half-frames must fit 31 bits, and
where buckets start 32."""
BATCH_FRAMES = 1 << 24
"""Frames of a segment of several tracks that is written from fingerprints, all in memory."""

SECTIONS: dict[str, np.dtype[Any]] = {
    "tracks": np.dtype("<i8"),
    "starts": np.dtype("<u4"),
    "checkpoints": np.dtype("<u4"),
    "postings": np.dtype("u1"),
    "directory": np.dtype("<u4"),
    "marks": np.dtype("u1"),
    "freqs": np.dtype("<u2"),
}
SMALL_SECTIONS = ("tracks", "starts", "checkpoints", "directory")
"""Sections whose checksum is verified whenever a segment is opened; a search relies on them."""

# magic, version, params digest (hexadecimal), tracks, frames, peaks, postings, bytes of the
# postings with their padding, directory bits, then (offset, bytes, CRC-32) for each section
HEADER = struct.Struct("<8sI16sIIIQQB" + "QQI" * len(SECTIONS))
HEADER_BYTES = 256
_CRC = struct.Struct("<I")
_POSTINGS_PER_BUCKET = 48


class Section(NamedTuple):
    """Where a section lies in the file, in bytes, and its CRC-32."""

    offset: int
    size: int
    crc: int


class Header(NamedTuple):
    """What a segment holds."""

    params_digest: str
    tracks: int
    frames: int
    peaks: int
    postings: int
    posting_bytes: int
    directory_bits: int
    sections: dict[str, Section]

    @property
    def frame_bits(self) -> int:
        """Low bits of a posting that hold its frame."""
        return frame_bits(self.frames)

    def shapes(self) -> dict[str, int]:
        """Return the number of elements of each section."""
        checkpoints = -(-self.frames // CHECKPOINT_FRAMES) + 1
        sizes = (
            self.tracks, self.tracks + 1, checkpoints, self.posting_bytes,
            (1 << self.directory_bits) + 1, -(-(self.frames + self.peaks) // 8), self.peaks,
        )  # fmt: skip
        return dict(zip(SECTIONS, sizes, strict=True))

    def to_bytes(self) -> bytes:
        """Pack into ``HEADER_BYTES`` bytes."""
        flat = [number for name in SECTIONS for number in self.sections[name]]
        packed = HEADER.pack(
            MAGIC, VERSION, self.params_digest.encode(), self.tracks, self.frames, self.peaks,
            self.postings, self.posting_bytes, self.directory_bits, *flat,
        ).ljust(HEADER_BYTES - _CRC.size, b"\0")  # fmt: skip
        return packed + _CRC.pack(zlib.crc32(packed))

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Header:
        """Undo ``to_bytes``.

        Raises
        ------
        DamagedIndex
            If the bytes are not a sound header.
        IncompatibleStore
            If it is a sound header of another version.
        """
        body, crc = data[: HEADER_BYTES - _CRC.size], data[HEADER_BYTES - _CRC.size : HEADER_BYTES]
        if len(data) < HEADER_BYTES or _CRC.unpack(crc)[0] != zlib.crc32(body):
            raise DamagedIndex(f"segment {name}: its header fails the checksum")
        magic, version, digest, *numbers = HEADER.unpack_from(body)
        tracks, frames, peaks, postings, posting_bytes, bits, *flat = numbers
        if magic != MAGIC:
            raise DamagedIndex(f"segment {name}: it is no segment")
        if version != VERSION:
            raise IncompatibleStore(
                f"segment {name} is of version {version}, this program reads {VERSION}; "
                "update Wavvy or run `wavvy index rebuild`"
            )
        triples = zip(flat[0::3], flat[1::3], flat[2::3], strict=True)
        sections = dict(zip(SECTIONS, (Section(*triple) for triple in triples), strict=True))
        return cls(digest.decode(), tracks, frames, peaks, postings, posting_bytes, bits, sections)


def frame_bits(frames: int) -> int:
    """Return how many bits number so many frames."""
    return max(1, frames - 1).bit_length()


def directory_bits(postings: int) -> int:
    """Return how many high bits of their hashes the postings of a bucket share.

    Each takes four bytes of the directory, and a search counts the bits of its high parts.
    """
    return min(HASH_BITS, max(1, postings // _POSTINGS_PER_BUCKET).bit_length())


def aligned(offset: int) -> int:
    """Return the next multiple of ``ALIGNMENT``."""
    return -(-offset // ALIGNMENT) * ALIGNMENT
