"""How many peaks each frame has, in a bit for each frame and each peak.

Frame after frame, the marks hold a 1 for each of its peaks and then a 0. The number of peaks before
every ``CHECKPOINT_FRAMES``-th frame tells where to begin reading.
"""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import I32, I64, U8, U32
from wavvy.dsp.kernel import kernel
from wavvy.index.bits import ones
from wavvy.index.format import CHECKPOINT_FRAMES


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
def peak_frames(first: int, stop: int, checkpoints: U32, marks: U8) -> tuple[I32, int]:
    """Return where the peaks between two frames lie, and how many come before them.

    Parameters
    ----------
    first, stop : int
        Frames; the latter is not among them.

    Returns
    -------
    frames : ndarray, shape (peaks,), int32
        Of each peak, ascending, counted from ``first``.
    before : int
        Peaks before ``first``.
    """
    at, before = locate(first, checkpoints, marks)
    # There are no more than up to the checkpoint behind them.
    behind = min(-(-stop // CHECKPOINT_FRAMES), checkpoints.size - 1)
    room = max(0, int(np.int64(checkpoints[behind])) - before)
    frames = np.empty(room + 8, np.int32)
    byte, skipped = at >> 3, at & 7
    t = n = 0
    while t < stop - first and n <= room and byte < marks.size:
        bits = int(np.int64(marks[byte])) >> skipped
        # No branch here: whether a peak or a frame is next, the processor could not guess.
        for _ in range(8 - skipped):
            frames[n] = t
            n += bits & 1
            t += 1 - (bits & 1)
            bits >>= 1
        byte += 1
        skipped = 0
    while n and frames[n - 1] >= stop - first:
        n -= 1
    return frames[:n], before


def checkpoints_of(counts: I64 | U8) -> U32:
    """Return how many peaks come before every ``CHECKPOINT_FRAMES``-th of some frames."""
    # By rows, as sums along all frames are of 64 bits for each: 4 GB for a full segment.
    whole = counts.size // CHECKPOINT_FRAMES * CHECKPOINT_FRAMES
    each = counts[:whole].reshape(-1, CHECKPOINT_FRAMES).sum(axis=1, dtype=np.int64)
    last = [counts[whole:].sum(dtype=np.int64)] if whole < counts.size else []
    return np.cumsum(np.concatenate(([0], each, last))).astype(np.uint32)
