"""How postings are packed: blocks of differences.

A bucket holds the postings whose hashes share their high bits. Each is a number, the rest of its
hash above its frame, and they are sorted, without repeats. A block is 6 bits that say how wide its
differences are, its first number whole, then up to 31 differences: what each posting exceeds the
one before it by, less one. Bits run from the low end of each byte; a bucket starts at a whole byte,
and ends where no block and no difference fits any more.

As blocks begin with a number, and are full but for the last one, a look-up goes from one to the
next without unpacking what it does not want.

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


def encode(numbers: I64, buckets: I64, bits: int) -> tuple[U8, I64]:
    """Pack buckets.

    Parameters
    ----------
    numbers : ndarray, shape (n,), int64
        Of all buckets one after the other, each bucket's sorted, without repeats.
    buckets : ndarray, shape (b + 1,), int64
        Where each bucket begins in ``numbers``, and where the last one ends.
    bits : int
        In which every number fits, 8 to 56.

    Returns
    -------
    packed : ndarray, shape (bytes,), uint8
        Without the padding.
    starts : ndarray, shape (b + 1,), int64
        Where each bucket begins in ``packed``, and where the last one ends.
    """
    starts = _starts(numbers, buckets, bits)
    words = np.zeros(int(starts[-1]) // 8 + 2, np.uint64)
    _pack(numbers, buckets, starts, bits, words)
    return words.view(np.uint8)[: int(starts[-1])], starts


@kernel
def most_blocks(size: int, bits: int) -> int:
    """Return how many blocks a bucket of ``size`` bytes may have, its numbers ``bits`` wide."""
    return 8 * size // (_WIDTH_BITS + bits + (BLOCK - 1) * _LEAST_WIDTH) + 1


@kernel
def find_blocks(words: U64, start: int, stop: int, bits: int, places: I64, firsts: I64) -> int:
    """Go through the blocks of a bucket; return their number.

    Parameters
    ----------
    words : ndarray, uint64
        The packed bytes, eight by eight, with the padding.
    start, stop : int
        Where the bucket begins and ends, in bytes.
    bits : int
        As it was packed with.
    places, firsts : ndarray, int64
        What receives at which bit each block lies, and its first number; as long as
        ``most_blocks``.
    """
    at = 8 * start
    n = 0
    while at + _WIDTH_BITS + bits <= 8 * stop:
        width = _read(words, at, _WIDTH_BITS)
        if width < _LEAST_WIDTH:
            break  # damaged: packing makes none so narrow
        places[n] = at
        firsts[n] = _read(words, at + _WIDTH_BITS, bits)
        n += 1
        at += _WIDTH_BITS + bits + (BLOCK - 1) * width
    return n


@kernel
def decode_block(words: U64, at: int, stop: int, bits: int, numbers: I64) -> int:
    """Unpack a block; return how many numbers it has.

    Parameters
    ----------
    words : ndarray, uint64
        The packed bytes, eight by eight, with the padding.
    at : int
        Where the block begins, in bits.
    stop : int
        Where its bucket ends, in bytes.
    bits : int
        As it was packed with.
    numbers : ndarray, int64
        What receives them; ``BLOCK`` at most.
    """
    width = _read(words, at, _WIDTH_BITS)
    at += _WIDTH_BITS
    last = _read(words, at, bits)
    at += bits
    numbers[0] = last
    held = 1 + min(BLOCK - 1, (8 * stop - at) // width)
    for i in range(1, held):
        last += _read(words, at, width) + 1
        numbers[i] = last
        at += width
    return held


def decode_buckets(words: U64, directory: U32, first: int, stop: int, bits: int) -> tuple[I64, I64]:
    """Unpack the buckets in [first, stop); return their numbers, and each one's bucket."""
    size = int(directory[stop]) - int(directory[first])
    longest = int(np.diff(directory[first : stop + 1].astype(np.int64)).max(initial=0))
    numbers, buckets = np.empty(size, np.int64), np.empty(size, np.int64)
    n = _decode_buckets(words, directory, first, stop, bits, longest, numbers, buckets)
    return numbers[:n], buckets[:n]


@kernel
def _decode_buckets(
    words: U64,
    directory: U32,
    first: int,
    stop: int,
    bits: int,
    longest: int,
    numbers: I64,
    buckets: I64,
) -> int:
    places = np.empty(most_blocks(longest, bits), np.int64)
    firsts = np.empty_like(places)
    block = np.empty(BLOCK, np.int64)
    n = 0
    for b in range(first, stop):
        begin, end = int(np.int64(directory[b])), int(np.int64(directory[b + 1]))
        for i in range(find_blocks(words, begin, end, bits, places, firsts)):
            held = decode_block(words, places[i], end, bits, block)
            numbers[n : n + held] = block[:held]
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
def _width(numbers: I64, first: int, stop: int) -> int:
    """Return the bits that the largest difference of a block takes."""
    most = 0
    for i in range(first + 1, stop):
        most = max(most, int(numbers[i]) - int(numbers[i - 1]) - 1)
    width = _LEAST_WIDTH
    while most >> width:
        width += 1
    return width


@kernel
def _starts(numbers: I64, buckets: I64, bits: int) -> I64:
    starts = np.zeros(buckets.size, np.int64)
    for b in range(buckets.size - 1):
        taken = 0
        for first in range(buckets[b], buckets[b + 1], BLOCK):
            stop = min(first + BLOCK, buckets[b + 1])
            taken += _WIDTH_BITS + bits + (stop - first - 1) * _width(numbers, first, stop)
        starts[b + 1] = starts[b] + (taken + 7) // 8
    return starts


@kernel
def _pack(numbers: I64, buckets: I64, starts: I64, bits: int, words: U64) -> None:
    for b in range(buckets.size - 1):
        at = 8 * starts[b]
        for first in range(buckets[b], buckets[b + 1], BLOCK):
            stop = min(first + BLOCK, buckets[b + 1])
            width = _width(numbers, first, stop)
            _write(words, at, width)
            _write(words, at + _WIDTH_BITS, int(numbers[first]))
            at += _WIDTH_BITS + bits
            for i in range(first + 1, stop):
                _write(words, at, int(numbers[i]) - int(numbers[i - 1]) - 1)
                at += width


@kernel
def _write(words: U64, at: int, value: int) -> None:
    word = at >> 6
    shift = np.uint64(at & 63)
    words[word] |= np.uint64(value) << shift
    words[word + 1] |= (np.uint64(value) >> np.uint64(1)) >> (np.uint64(63) - shift)
