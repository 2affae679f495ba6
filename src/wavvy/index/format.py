"""Byte layout of a segment: one immutable file that holds some tracks, ready to be searched.

A track takes one slot, or several when it is longer than 65,536 frames (43 minutes): a posting has
16 bits for the slot and 16 for the frame within it. All numbers are little-endian::

    header       256 bytes: see ``HEADER``; ends with the CRC-32 of all before it
    then the sections, each starting at a multiple of 64 bytes:
    tracks       int64[slots]       track id of each slot
    bases        uint32[slots]      frame of the track at which the slot starts
    starts       uint32[slots + 1]  where the slot's frames start among all frames of the segment
    directory    uint32[2**d + 1]   where the postings of each hash prefix (the high d bits) start
    residuals    uint8[postings]    low bits of each posting's hash; absent where d is all of it
    postings     uint32[postings]   slot << 16 | frame of the landmark's first peak, sorted by hash
    counts       uint8[frames]      number of peaks in each frame
    checkpoints  uint32[...]        number of peaks before every 256th frame
    freqs        uint16[peaks]      frequency of each peak in sub-bins

Landmarks nominate candidates (directory, residuals, postings); single peaks decide between them
(counts, checkpoints, freqs). About 5.5 bytes a landmark and 3 a peak.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any, NamedTuple

import numpy as np

from wavvy.dsp.landmarks import HASH_BITS
from wavvy.errors import DamagedIndex, IncompatibleStore

MAGIC = b"WAVVYSEG"
VERSION = 1
ALIGNMENT = 64
CHECKPOINT_FRAMES = 256
MAX_SLOTS = 1 << 16
SLOT_FRAMES = 1 << 16
SLOT_STEP = SLOT_FRAMES - 512
"""Frames from one slot of a long track to its next: they overlap by 20 s, so that a clip across the
border is whole in one of them."""

SECTIONS: dict[str, np.dtype[Any]] = {
    "tracks": np.dtype("<i8"),
    "bases": np.dtype("<u4"),
    "starts": np.dtype("<u4"),
    "directory": np.dtype("<u4"),
    "residuals": np.dtype("u1"),
    "postings": np.dtype("<u4"),
    "counts": np.dtype("u1"),
    "checkpoints": np.dtype("<u4"),
    "freqs": np.dtype("<u2"),
}
SMALL_SECTIONS = ("tracks", "bases", "starts", "directory")
"""Sections whose checksum is verified whenever a segment is opened; a search relies on them."""

# magic, version, params digest (hexadecimal), slots, frames, peaks, postings, directory bits,
# then (offset, bytes, CRC-32) for each section
HEADER = struct.Struct("<8sI16sIIIIB" + "QQI" * len(SECTIONS))
HEADER_BYTES = 256
_CRC = struct.Struct("<I")
_POSTINGS_PER_PREFIX = 8


class Section(NamedTuple):
    """Where a section lies in the file, in bytes, and its CRC-32."""

    offset: int
    size: int
    crc: int


class Header(NamedTuple):
    """What a segment holds."""

    params_digest: str
    slots: int
    frames: int
    peaks: int
    postings: int
    directory_bits: int
    sections: dict[str, Section]

    def shapes(self) -> dict[str, int]:
        """Return the number of elements of each section."""
        residuals = self.postings if self.directory_bits < HASH_BITS else 0
        checkpoints = -(-self.frames // CHECKPOINT_FRAMES) + 1
        sizes = (
            self.slots, self.slots, self.slots + 1, (1 << self.directory_bits) + 1, residuals,
            self.postings, self.frames, checkpoints, self.peaks,
        )  # fmt: skip
        return dict(zip(SECTIONS, sizes, strict=True))

    def to_bytes(self) -> bytes:
        """Pack into ``HEADER_BYTES`` bytes."""
        flat = [number for name in SECTIONS for number in self.sections[name]]
        packed = HEADER.pack(
            MAGIC, VERSION, self.params_digest.encode(), self.slots, self.frames, self.peaks,
            self.postings, self.directory_bits, *flat,
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
        magic, version, digest, slots, frames, peaks, postings, bits, *flat = HEADER.unpack_from(
            body
        )
        if magic != MAGIC:
            raise DamagedIndex(f"segment {name}: it is no segment")
        if version != VERSION:
            raise IncompatibleStore(
                f"segment {name} is of version {version}, this program reads {VERSION}; "
                "update Wavvy or run `wavvy index rebuild`"
            )
        triples = zip(flat[0::3], flat[1::3], flat[2::3], strict=True)
        sections = dict(zip(SECTIONS, (Section(*triple) for triple in triples), strict=True))
        return cls(digest.decode(), slots, frames, peaks, postings, bits, sections)


def directory_bits(postings: int) -> int:
    """Return how many high bits of the hash the directory is indexed by."""
    wanted = max(1, postings // _POSTINGS_PER_PREFIX).bit_length()
    return min(HASH_BITS, max(HASH_BITS - 8, wanted))


def aligned(offset: int) -> int:
    """Return the next multiple of ``ALIGNMENT``."""
    return -(-offset // ALIGNMENT) * ALIGNMENT
