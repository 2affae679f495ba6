"""A segment opened for searching: the sections of its file, memory-mapped."""

from __future__ import annotations

import mmap
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavvy.dsp.arrays import I32, I64, U8, U16, U32
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import HASH_BITS, Landmarks
from wavvy.errors import DamagedIndex, IncompatibleStore
from wavvy.index import format as layout


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
                start = file.read(layout.HEADER_BYTES)
                self.header = layout.Header.from_bytes(start, path.name)
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise DamagedIndex(f"segment {path.name}: the file is missing") from None
        if self.header.params_digest != params_digest:
            raise IncompatibleStore(
                f"segment {path.name} was made with other fingerprint parameters; "
                "run `wavvy index rebuild`"
            )
        self.tracks: I64 = self._section("tracks")
        self.starts: U32 = self._section("starts")
        self.directory: U32 = self._section("directory")
        self.postings: U8 = self._section("postings").reshape(-1, self.header.posting_bytes)
        self.counts: U8 = self._section("counts")
        self.checkpoints: U32 = self._section("checkpoints")
        self.freqs: U16 = self._section("freqs")
        for name in layout.SMALL_SECTIONS:
            self._check(name)
        if hasattr(self._map, "madvise") and hasattr(mmap, "MADV_RANDOM"):
            self._map.madvise(mmap.MADV_RANDOM)

    @property
    def bytes(self) -> int:
        """Size of the file."""
        return len(self._map)

    @property
    def peaks(self) -> tuple[U8, U32, U16]:
        """The sections that hold the peaks: counts, checkpoints, freqs."""
        return self.counts, self.checkpoints, self.freqs

    def landmarks(self) -> Landmarks:
        """Return the landmark of every posting; frames are the segment's."""
        bits, rest = self.header.frame_bits, HASH_BITS - self.header.directory_bits
        packed = np.zeros((len(self.postings), 4), np.uint8)
        packed[:, : self.header.posting_bytes] = self.postings
        numbers = packed.view("<u4").ravel()
        sizes = self.directory[1:] - self.directory[:-1]
        prefixes = np.repeat(np.arange(sizes.size, dtype=np.uint32), sizes)
        hashes = prefixes << np.uint32(rest) | numbers >> np.uint32(bits)
        return Landmarks(hashes, (numbers & np.uint32((1 << bits) - 1)).astype(np.int32))

    def positions(self, frames: I32 | I64) -> I64:
        """Return which of the segment's tracks each frame belongs to, and the gap before it."""
        after = np.searchsorted(self.starts[1:] - layout.GAP_FRAMES, frames, side="right")
        return np.minimum(after, self.header.tracks - 1)

    def fingerprint(self, position: int) -> Fingerprint:
        """Return the peaks of one of the segment's tracks, copied out of the map."""
        first = int(self.starts[position])
        last = int(self.starts[position + 1]) - layout.GAP_FRAMES
        return Fingerprint(
            self.counts[first:last].copy(), self.freqs[self._peak(first) : self._peak(last)].copy()
        )

    def verify(self) -> None:
        """Check every section against its CRC-32; raise DamagedIndex at the first that fails."""
        for name in layout.SECTIONS:
            self._check(name)

    def _peak(self, frame: int) -> int:
        """Return how many peaks of the segment come before a frame."""
        checkpoint = frame // layout.CHECKPOINT_FRAMES
        behind = self.counts[checkpoint * layout.CHECKPOINT_FRAMES : frame]
        return int(self.checkpoints[checkpoint]) + int(behind.sum(dtype=np.int64))

    def _section(self, name: str) -> NDArray[Any]:
        section = self.header.sections[name]
        dtype, count = layout.SECTIONS[name], self.header.shapes()[name]
        if section.size != count * dtype.itemsize or section.offset + section.size > len(self._map):
            raise DamagedIndex(f"segment {self.path.name}: cut short in its {name}")
        return np.frombuffer(self._map, dtype, count, section.offset)

    def _check(self, name: str) -> None:
        section = self.header.sections[name]
        view = memoryview(self._map)[section.offset : section.offset + section.size]
        if zlib.crc32(view) != section.crc:
            raise DamagedIndex(f"segment {self.path.name}: its {name} fail the checksum")
