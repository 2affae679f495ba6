"""Byte layout of a segment: one immutable file that holds some tracks, ready to be searched.

The frames of all tracks are numbered through, with ``GAP_FRAMES`` empty ones before each track, so
that an alignment of a query belongs to one track alone even where the query begins before it or
runs past its end. All numbers are little-endian::

    header       256 bytes: see ``HEADER``; ends with the CRC-32 of all before it
    then the sections, each starting at a multiple of 64 bytes:
    tracks       int64[tracks]        id of each track
    starts       uint32[tracks + 1]   first frame of each track, and of the one that would come next
    directory    uint32[2**d + 1]     where the postings of each hash prefix (the high d bits) start
    postings     uint8[postings, w]   numbers of w bytes, sorted by hash and frame: in the low bits
                                      the frame of the landmark's first peak, above them the rest
                                      of its hash
    counts       uint8[frames]        number of peaks in each frame
    checkpoints  uint32[...]          number of peaks before every 256th frame
    freqs        uint16[peaks]        frequency of each peak in sub-bins

Landmarks nominate candidates (directory, postings); single peaks decide between them (counts,
checkpoints, freqs). Three bytes a landmark up to 2**24 frames (about 160 hours), then four;
about one more for the directory, and 3 a peak.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any, NamedTuple

import numpy as np

from wavvy.dsp.landmarks import HASH_BITS
from wavvy.errors import DamagedIndex, IncompatibleStore

MAGIC = b"WAVVYSEG"
VERSION = 2
"""Of the whole index: the manifest bears it too."""
ALIGNMENT = 64
CHECKPOINT_FRAMES = 256
GAP_FRAMES = 1024
"""Empty frames before each track: 41 s, several times a query's ten seconds."""
MAX_FRAMES = 1 << 28
"""Frames of a segment that holds more than one track: 124 days. Half-frames must fit 31 bits."""

SECTIONS: dict[str, np.dtype[Any]] = {
    "tracks": np.dtype("<i8"),
    "starts": np.dtype("<u4"),
    "directory": np.dtype("<u4"),
    "postings": np.dtype("u1"),
    "counts": np.dtype("u1"),
    "checkpoints": np.dtype("<u4"),
    "freqs": np.dtype("<u2"),
}
SMALL_SECTIONS = ("tracks", "starts", "directory")
"""Sections whose checksum is verified whenever a segment is opened; a search relies on them."""

# magic, version, params digest (hexadecimal), tracks, frames, peaks, postings, directory bits,
# bytes of a posting, then (offset, bytes, CRC-32) for each section
HEADER = struct.Struct("<8sI16sIIIIBB" + "QQI" * len(SECTIONS))
HEADER_BYTES = 256
_CRC = struct.Struct("<I")
_POSTINGS_PER_PREFIX = 8
_POSTING_BYTES = (3, 4)


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
    directory_bits: int
    posting_bytes: int
    sections: dict[str, Section]

    @property
    def frame_bits(self) -> int:
        """Low bits of a posting that hold its frame."""
        return frame_bits(self.frames)

    def shapes(self) -> dict[str, int]:
        """Return the number of elements of each section."""
        checkpoints = -(-self.frames // CHECKPOINT_FRAMES) + 1
        sizes = (
            self.tracks, self.tracks + 1, (1 << self.directory_bits) + 1,
            self.postings * self.posting_bytes, self.frames, checkpoints, self.peaks,
        )  # fmt: skip
        return dict(zip(SECTIONS, sizes, strict=True))

    def to_bytes(self) -> bytes:
        """Pack into ``HEADER_BYTES`` bytes."""
        flat = [number for name in SECTIONS for number in self.sections[name]]
        packed = HEADER.pack(
            MAGIC, VERSION, self.params_digest.encode(), self.tracks, self.frames, self.peaks,
            self.postings, self.directory_bits, self.posting_bytes, *flat,
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
        tracks, frames, peaks, postings, bits, posting_bytes, *flat = numbers
        if magic != MAGIC:
            raise DamagedIndex(f"segment {name}: it is no segment")
        if version != VERSION:
            raise IncompatibleStore(
                f"segment {name} is of version {version}, this program reads {VERSION}; "
                "update Wavvy or run `wavvy index rebuild`"
            )
        triples = zip(flat[0::3], flat[1::3], flat[2::3], strict=True)
        sections = dict(zip(SECTIONS, (Section(*triple) for triple in triples), strict=True))
        return cls(digest.decode(), tracks, frames, peaks, postings, bits, posting_bytes, sections)


def frame_bits(frames: int) -> int:
    """Return how many bits number so many frames."""
    return max(1, frames - 1).bit_length()


def posting_layout(frames: int, postings: int) -> tuple[int, int]:
    """Return the directory's bits and the bytes of a posting that together take the least space.

    Bits of the hash that the directory does not tell must fit a posting beside the frame; and a
    prefix stands for few postings, as a search reads all of them.
    """
    few = min(HASH_BITS, max(1, postings // _POSTINGS_PER_PREFIX).bit_length())
    layouts = [(max(few, HASH_BITS + frame_bits(frames) - 8 * w), w) for w in _POSTING_BYTES]
    layouts = [(bits, w) for bits, w in layouts if bits <= HASH_BITS]
    return min(layouts, key=lambda layout: (4 << layout[0]) + layout[1] * postings)


def aligned(offset: int) -> int:
    """Return the next multiple of ``ALIGNMENT``."""
    return -(-offset // ALIGNMENT) * ALIGNMENT
