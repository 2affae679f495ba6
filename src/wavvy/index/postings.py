"""How postings are packed: blocks of differences.

A bucket holds the postings whose hashes share their high bits. Each is a number, the rest of its
hash above its frame, and they are sorted, without repeats. A block is 6 bits that say how wide its
numbers are, then up to 32 of them: what each posting exceeds the one before it by, less one. Bits
run from the low end of each byte; a bucket starts at a whole byte, and ends where no number fits
any more.

See J. Goldstein, R. Ramakrishnan and U. Shaft, "Compressing Relations and Indexes", ICDE 1998, for
blocks that share a width.
"""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import I64, U8, U32, U64
from wavvy.dsp.kernel import kernel

BLOCK = 32
"""Postings of a block."""
PADDING_BYTES = 16
"""Bytes behind the last bucket, as numbers are read eight bytes at a time."""
_WIDTH_BITS = 6
_LEAST_WIDTH = 8  # so that the bits which fill a bucket's last byte make no number


def encode(numbers: I64, buckets: I64) -> tuple[U8, I64]:
    """Pack buckets.

    Parameters
    ----------
    numbers : ndarray, shape (n,), int64
        Of all buckets one after the other, each bucket's sorted, without repeats, less than 2**56.
    buckets : ndarray, shape (b + 1,), int64
        Where each bucket begins in ``numbers``, and where the last one ends.

    Returns
    -------
    packed : ndarray, shape (bytes,), uint8
        Without the padding.
    starts : ndarray, shape (b + 1,), int64
        Where each bucket begins in ``packed``, and where the last one ends.
    """
    starts = _starts(numbers, buckets)
    words = np.zeros(int(starts[-1]) // 8 + 2, np.uint64)
    _pack(numbers, buckets, starts, words)
    return words.view(np.uint8)[: int(starts[-1])], starts


@kernel
def decode(words: U64, start: int, stop: int, numbers: I64) -> int:
    """Unpack the bucket between two bytes; return how many numbers it holds.

    Parameters
    ----------
    words : ndarray, uint64
        The packed bytes, eight by eight, with the padding.
    numbers : ndarray, int64
        What receives them; there are no more of them than bytes.
    """
    at = 8 * start
    end = 8 * stop
    last = -1
    n = 0
    while at + _WIDTH_BITS + _LEAST_WIDTH <= end:
        width = _read(words, at, _WIDTH_BITS)
        at += _WIDTH_BITS
        if width < _LEAST_WIDTH:
            break  # damaged: packing makes none so narrow
        for _ in range(min(BLOCK, (end - at) // width)):
            last += _read(words, at, width) + 1
            numbers[n] = last
            n += 1
            at += width
    return n


def decode_buckets(words: U64, directory: U32, first: int, stop: int) -> tuple[I64, I64]:
    """Unpack the buckets in [first, stop); return their numbers, and each one's bucket."""
    numbers = np.empty(int(directory[stop]) - int(directory[first]), np.int64)
    buckets = np.empty_like(numbers)
    n = _decode_buckets(words, directory, first, stop, numbers, buckets)
    return numbers[:n], buckets[:n]


@kernel
def _decode_buckets(
    words: U64, directory: U32, first: int, stop: int, numbers: I64, buckets: I64
) -> int:
    n = 0
    for b in range(first, stop):
        held = decode(
            words, int(np.int64(directory[b])), int(np.int64(directory[b + 1])), numbers[n:]
        )
        buckets[n : n + held] = b
        n += held
    return n


@kernel
def _read(words: U64, at: int, width: int) -> int:
    word = at >> 6
    shift = np.uint64(at & 63)
    low = words[word] >> shift
    # Shifted in two steps, as a shift by 64 is none.
    high = (words[word + 1] << np.uint64(1)) << (np.uint64(63) - shift)
    mask = (np.uint64(1) << np.uint64(width)) - np.uint64(1)
    return int(np.int64((low | high) & mask))


@kernel
def _width(numbers: I64, first: int, stop: int, before: int) -> int:
    """Return the bits that the largest difference of a block takes."""
    most = 0
    for i in range(first, stop):
        most = max(most, int(numbers[i]) - before - 1)
        before = int(numbers[i])
    width = _LEAST_WIDTH
    while most >> width:
        width += 1
    return width


@kernel
def _starts(numbers: I64, buckets: I64) -> I64:
    starts = np.zeros(buckets.size, np.int64)
    for b in range(buckets.size - 1):
        bits = 0
        before = -1
        for first in range(buckets[b], buckets[b + 1], BLOCK):
            stop = min(first + BLOCK, buckets[b + 1])
            bits += _WIDTH_BITS + (stop - first) * _width(numbers, first, stop, before)
            before = int(numbers[stop - 1])
        starts[b + 1] = starts[b] + (bits + 7) // 8
    return starts


@kernel
def _pack(numbers: I64, buckets: I64, starts: I64, words: U64) -> None:
    for b in range(buckets.size - 1):
        at = 8 * starts[b]
        before = -1
        for first in range(buckets[b], buckets[b + 1], BLOCK):
            stop = min(first + BLOCK, buckets[b + 1])
            width = _width(numbers, first, stop, before)
            _write(words, at, width)
            at += _WIDTH_BITS
            for i in range(first, stop):
                _write(words, at, int(numbers[i]) - before - 1)
                before = int(numbers[i])
                at += width


@kernel
def _write(words: U64, at: int, value: int) -> None:
    word = at >> 6
    shift = np.uint64(at & 63)
    words[word] |= np.uint64(value) << shift
    words[word + 1] |= (np.uint64(value) >> np.uint64(1)) >> (np.uint64(63) - shift)
