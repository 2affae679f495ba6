"""How many peaks each frame has, in a bit for each frame and each peak.

Frame after frame, the marks hold a 1 for each of its peaks and then a 0. The number of peaks before
every ``CHECKPOINT_FRAMES``-th frame tells where to begin reading.
"""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import I64, U8, U32
from wavvy.dsp.kernel import kernel
from wavvy.index.bits import ones, zeros_below
from wavvy.index.format import CHECKPOINT_FRAMES

_WORD = 64


@kernel
def set_marks(counts: U8, marks: U8) -> None:
    """Write the marks of frames with so many peaks into ``marks``, which is all 0."""
    at = 0
    for count in counts:
        for _ in range(count):
            marks[at >> 3] |= np.uint8(1 << (at & 7))
            at += 1
        at += 1


@kernel
def locate(frame: int, checkpoints: U32, marks: U8) -> tuple[int, int]:
    """Return the bit at which a frame's marks begin, and how many peaks come before it."""
    checkpoint = frame // CHECKPOINT_FRAMES
    t = checkpoint * CHECKPOINT_FRAMES
    peaks = int(np.int64(checkpoints[checkpoint]))
    at = t + peaks
    while t < frame and at < 8 * marks.size:
        if at & 7 == 0:
            within = ones(np.uint64(marks[at >> 3]))
            if t + 8 - within < frame:  # the frame begins after this byte
                t += 8 - within
                peaks += within
                at += 8
                continue
        if marks[at >> 3] >> (at & 7) & 1:
            peaks += 1
        else:
            t += 1
        at += 1
    return at, peaks


@kernel
def counts_between(first: int, stop: int, checkpoints: U32, marks: U8) -> tuple[U8, int]:
    """Return the number of peaks of each frame in [first, stop), and of all before them."""
    counts = np.zeros(max(stop - first, 0), np.uint8)
    at, before = locate(first, checkpoints, marks)
    byte = at >> 3
    word, held = np.uint64(0), 0  # marks that were read, and how many they are
    if byte < marks.size:
        word, held = np.uint64(marks[byte] >> (at & 7)), 8 - (at & 7)
    t = 0
    while t < counts.size:
        while held <= _WORD - 8 and byte + 1 < marks.size:
            byte += 1
            word |= np.uint64(marks[byte]) << np.uint64(held)
            held += 8
        peaks = min(zeros_below(~word), held)
        counts[t] += peaks
        if peaks < held:  # and then the 0 that ends the frame
            t += 1
            peaks += 1
        elif byte + 1 >= marks.size:
            break
        word = word >> np.uint64(peaks) if peaks < _WORD else np.uint64(0)
        held -= peaks
    return counts, before


def checkpoints_of(counts: I64 | U8) -> U32:
    """Return how many peaks come before every ``CHECKPOINT_FRAMES``-th of some frames."""
    before = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    at = np.arange(-(-counts.size // CHECKPOINT_FRAMES) + 1) * CHECKPOINT_FRAMES
    return before[np.minimum(at, counts.size)].astype(np.uint32)
