"""The fingerprint of a track: its peaks, and the bytes that keep them.

Layout, little-endian::

    magic    4 bytes  b"WVF1"
    frames   uint32   length of the track in frames
    peaks    uint32   number of peaks
    body     zlib     for each frame the number of its peaks (uint8), then the low bytes of all
                      frequencies, then their high bytes

Landmarks are not kept: they follow from the peaks.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F32, U8, U16
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import Peaks, concatenate
from wavvy.dsp.stream import PeakStream
from wavvy.errors import DamagedIndex

_HEADER = struct.Struct("<4sII")
_MAGIC = b"WVF1"


class Fingerprint(NamedTuple):
    """Peaks of a whole track.

    Attributes
    ----------
    counts : ndarray, shape (frames,), uint8
        Number of peaks in each frame.
    freqs : ndarray, shape (peaks,), uint16
        Frequency of each peak in sub-bins, frame after frame.
    """

    counts: U8
    freqs: U16

    def peaks(self) -> Peaks:
        """Return the same peaks, each with its frame."""
        frames = np.repeat(np.arange(self.counts.size, dtype=np.int32), self.counts)
        return Peaks.alike(frames, self.freqs)

    def to_bytes(self) -> bytes:
        """Pack into the layout above."""
        body = (
            self.counts.tobytes()
            + self.freqs.astype("<u2").view(np.uint8).reshape(-1, 2).T.tobytes()
        )
        return _HEADER.pack(_MAGIC, self.counts.size, self.freqs.size) + zlib.compress(body, 6)

    @classmethod
    def from_bytes(cls, blob: bytes) -> Fingerprint:
        """Undo ``to_bytes``.

        Raises
        ------
        DamagedIndex
            If the bytes are not a whole fingerprint.
        """
        try:
            magic, frames, peaks = _HEADER.unpack_from(blob)
            body = np.frombuffer(zlib.decompress(blob[_HEADER.size :]), np.uint8)
        except (struct.error, zlib.error) as error:
            raise DamagedIndex(
                f"a stored fingerprint is damaged ({error}); add its file again"
            ) from None
        if magic != _MAGIC or body.size != frames + 2 * peaks:
            raise DamagedIndex("a stored fingerprint is damaged; add its file again")
        low, high = body[frames : frames + peaks], body[frames + peaks :]
        fingerprint = cls(body[:frames], low | high.astype(np.uint16) << np.uint16(8))
        if int(fingerprint.counts.sum(dtype=np.int64)) != peaks:
            raise DamagedIndex("a stored fingerprint is damaged; add its file again")
        return fingerprint


def fingerprint_blocks(blocks: Iterable[F32], params: FingerprintParams) -> Fingerprint:
    """Fingerprint a track that arrives in blocks.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (n,), float32
        Consecutive mono audio at the parameters' sample rate.
    """
    stream = PeakStream(params, params.peaks_per_second)
    parts = []
    frames = 0
    for block in blocks:
        columns, (settled,) = stream.push(block)
        frames += len(columns)
        parts.append(settled)
    peaks = concatenate([*parts, *stream.tail()])
    counts = np.bincount(peaks.frames, minlength=frames).astype(np.uint8)
    return Fingerprint(counts, peaks.freqs)
