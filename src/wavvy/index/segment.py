"""A segment opened for searching: the sections of its file, memory-mapped."""

from __future__ import annotations

import mmap
import os
import sys
import weakref
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavvy.dsp.arrays import I32, I64, U8, U16, U32, U64
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.kernel import kernel
from wavvy.dsp.landmarks import HASH_BITS
from wavvy.errors import DamagedIndex, IncompatibleStore
from wavvy.index import format as layout
from wavvy.index.marks import peak_frames
from wavvy.index.postings import decode_buckets

COLD_LOOKUPS = 64
"""Look-ups in a segment after it was opened that ask the system to read ahead."""
_PIECE_BYTES = 1 << 22
_LEAST_PAGE_BYTES = 4096


class Segment:
    """One segment file. Its arrays are described in ``format.py``; they are read-only.

    Opening checks the header, the file's length and the small sections; ``verify`` checks all.

    Raises
    ------
    DamagedIndex
        If any of these checks fails, or the file is not there.
    IncompatibleStore
        If it was made by another version or with other fingerprint parameters.
    """

    def __init__(self, path: Path, params_digest: str) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                try:
                    start = file.read(layout.HEADER_BYTES)
                except OSError as error:
                    raise DamagedIndex(f"segment {path.name}: {error.strerror}") from error
                self.header = layout.Header.from_bytes(start, path.name)
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                self._file = os.dup(file.fileno())
                # Not at the process's end: a thread may still read, and would find damage.
                weakref.finalize(self, os.close, self._file).atexit = False
        except FileNotFoundError:
            raise DamagedIndex(f"segment {path.name}: the file is missing") from None
        if self.header.params_digest != params_digest:
            raise IncompatibleStore(
                f"segment {path.name} was made with other fingerprint parameters; "
                "run `wavvy index rebuild`"
            )
        self.tracks: I64 = self._section("tracks")
        self.starts: U32 = self._section("starts")
        self.checkpoints: U32 = self._section("checkpoints")
        self.directory: U32 = self._section("directory")
        self.postings: U64 = self._section("postings").view("<u8")
        self.marks: U8 = self._section("marks")
        self.freqs: U16 = self._section("freqs")
        for name in layout.SMALL_SECTIONS:
            self._check(name)
        self._cold = COLD_LOOKUPS if hasattr(mmap, "MADV_WILLNEED") else 0
        if self._cold:
            self._map.madvise(mmap.MADV_RANDOM)

    @property
    def bytes(self) -> int:
        """Size of the file."""
        return len(self._map)

    @property
    def peaks(self) -> tuple[U32, U8, U16]:
        """The sections that hold the peaks: checkpoints, marks, freqs."""
        return self.checkpoints, self.marks, self.freqs

    def landmarks(self, first: int, stop: int) -> tuple[U32, I64]:
        """Return hash and frame of each posting whose hash is in [first, stop), in that order.

        Parameters
        ----------
        first, stop : int
            Multiples of ``1 << (HASH_BITS - directory_bits)``.
        """
        rest = HASH_BITS - self.header.directory_bits
        numbers, buckets = decode_buckets(
            self.postings,
            self.directory,
            first >> rest,
            stop >> rest,
            rest + self.header.frame_bits,
        )
        hashes = buckets.astype(np.uint32) << np.uint32(rest)
        hashes |= (numbers >> self.header.frame_bits).astype(np.uint32)
        return hashes, numbers & ((1 << self.header.frame_bits) - 1)

    def is_cold(self) -> bool:
        """Tell whether this is one of the first look-ups, whose postings lie on the disk yet."""
        self._cold = max(self._cold - 1, 0)
        return self._cold > 0

    def prefetch(self, starts: I64, ends: I64) -> None:
        """Have the system read postings, between these ascending bytes, at once and not in turn."""
        base = self.header.sections["postings"].offset
        first = (base + starts) // mmap.PAGESIZE
        last = np.maximum.accumulate((base + ends) // mmap.PAGESIZE)
        begins = np.flatnonzero(np.append(True, first[1:] > last[:-1] + 1)[: first.size])
        finishes = np.append(begins, first.size)[1:] - 1
        for page, stop in zip(first[begins].tolist(), last[finishes].tolist(), strict=True):
            start = page * mmap.PAGESIZE
            size = min((stop + 1) * mmap.PAGESIZE, self.bytes) - start
            self._map.madvise(mmap.MADV_WILLNEED, start, size)

    def map_in(self) -> Iterator[int]:
        """Have all of the file read and mapped, in pieces; yield the bytes of each.

        Where that is done a look-up waits neither for the disk nor for the system's page tables.
        """
        every_byte = np.frombuffer(self._map, np.uint8)
        for start in range(0, self.bytes, _PIECE_BYTES):
            piece = every_byte[start : start + _PIECE_BYTES]
            if hasattr(mmap, "MADV_WILLNEED"):
                self._map.madvise(mmap.MADV_WILLNEED, start, piece.size)
            _touch(piece)
            yield piece.size

    def positions(self, frames: I32 | I64) -> I64:
        """Return which of the segment's tracks each frame belongs to, and the gap before it."""
        after = np.searchsorted(self.starts[1:] - layout.GAP_FRAMES, frames, side="right")
        return np.minimum(after, self.header.tracks - 1)

    def span(self, position: int) -> tuple[int, int]:
        """Return the first frame of one of the tracks and the gap before it, and the one after."""
        first, after = self.starts[position : position + 2].tolist()
        return first - layout.GAP_FRAMES, after - layout.GAP_FRAMES

    def length(self, position: int) -> int:
        """Return the frames of one of the segment's tracks."""
        return int(self.starts[position + 1]) - layout.GAP_FRAMES - int(self.starts[position])

    def fingerprint(self, position: int) -> Fingerprint:
        """Return the peaks of one of the segment's tracks, copied out of the map."""
        first = int(self.starts[position])
        stop = first + self.length(position)
        frames, before = peak_frames(first, stop, self.checkpoints, self.marks)
        counts = np.bincount(frames, minlength=stop - first).astype(np.uint8)
        return Fingerprint(counts, self.freqs[before : before + frames.size].copy())

    def verify(self) -> None:
        """Check every section against its CRC-32; raise DamagedIndex at the first that fails."""
        for name in layout.SECTIONS:
            self._check(name)

    def _section(self, name: str) -> NDArray[Any]:
        section = self.header.sections[name]
        dtype, count = layout.SECTIONS[name], self.header.shapes()[name]
        if section.size != count * dtype.itemsize or section.offset + section.size > len(self._map):
            raise DamagedIndex(f"segment {self.path.name}: cut short in its {name}")
        return np.frombuffer(self._map, dtype, count, section.offset)

    def _check(self, name: str) -> None:
        section = self.header.sections[name]
        crc, at, end = 0, section.offset, section.offset + section.size
        while at < end:
            piece = self._piece(at, min(_PIECE_BYTES, end - at))
            if not piece:
                raise DamagedIndex(f"segment {self.path.name}: cut short in its {name}")
            crc = zlib.crc32(piece, crc)
            at += len(piece)
        if crc != section.crc:
            raise DamagedIndex(f"segment {self.path.name}: its {name} fail the checksum")

    def _piece(self, at: int, size: int) -> memoryview:
        """Read from the file: by the map, what cannot be read any more would end the process."""
        if sys.platform == "win32":  # which cuts no file short that is mapped
            return memoryview(self._map)[at : at + size]
        try:
            return memoryview(os.pread(self._file, size, at))
        except OSError as error:
            raise DamagedIndex(f"segment {self.path.name}: {error.strerror}") from error


@kernel
def _touch(piece: U8) -> int:
    """Read something of each page."""
    total = 0
    for at in range(0, piece.size, _LEAST_PAGE_BYTES):
        total += int(piece[at])
    return total
