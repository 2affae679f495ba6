"""How postings are packed: each bucket as an Elias-Fano sequence.

A bucket holds the postings whose hashes share their high bits. Each is a number, the rest of its
hash above its frame, and they are sorted, without repeats. Of n numbers, the high part of each is
as many bits wide as n - 1 takes, the low part is what is left. A bucket is::

    n       7 bits in each byte, the low ones first; all bytes but the last have bit 7 set
    highs   for each value that a high part may have, as many 1 bits as numbers have it, then a 0
    lows    the low part of each number, one after the other

Bits run from the low end of each byte. A bucket starts at a whole byte; one of no numbers takes
none. A number takes two or three bits more than its low part, and those between two bounds are
found by counting zeros: what lies before them is not unpacked.

See S. Vigna, "Quasi-Succinct Indices", WSDM 2013.
"""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import I64, U8, U32, U64
from wavvy.dsp.kernel import kernel
from wavvy.index.bits import ones, zeros_above, zeros_below

PADDING_BYTES = 16
"""Bytes behind the last bucket, as bits are read eight bytes at a time."""
_ONE, _LAST = np.uint64(1), np.uint64(63)
_ALL = np.uint64(2**64 - 1)
_DIGIT, _MORE = np.uint64(127), np.uint64(128)
_MOST_DIGITS = 5


def encode(numbers: I64, buckets: I64, bits: int) -> tuple[U8, I64]:
    """Pack buckets.

    Parameters
    ----------
    numbers : ndarray, shape (n,), int64
        Of all buckets one after the other, each bucket's sorted, without repeats.
    buckets : ndarray, shape (b + 1,), int64
        Where each bucket begins in ``numbers``, and where the last one ends.
    bits : int
        In which every number fits, at most 62.

    Returns
    -------
    packed : ndarray, shape (bytes,), uint8
        Without the padding.
    starts : ndarray, shape (b + 1,), int64
        Where each bucket begins in ``packed``, and where the last one ends.
    """
    starts = _starts(np.diff(buckets), bits)
    words = np.zeros(int(starts[-1]) // 8 + 2, np.uint64)
    _pack(numbers, buckets, starts, bits, words)
    return words.view(np.uint8)[: int(starts[-1])], starts


@kernel
def most_numbers(size: int, bits: int) -> int:
    """Return how many numbers a bucket of ``size`` bytes may have, each of so many bits."""
    most = 0
    for high_bits in range(bits + 1):
        room = 8 * size // (bits - high_bits + 1)
        most = max(most, min(1 << high_bits, room))
    return most


@kernel
def find(
    words: U64, start: int, stop: int, bits: int, least: int, beyond: int, numbers: I64
) -> int:
    """Unpack those numbers of a bucket that lie in [least, beyond); return how many they are.

    Parameters
    ----------
    words : ndarray, uint64
        The packed bytes, eight by eight, with the padding.
    start, stop : int
        Where the bucket begins and ends, in bytes.
    bits : int
        As it was packed with.
    least, beyond : int
        Not below 0.
    numbers : ndarray, int64
        What receives them, in order; as long as ``most_numbers``.
    """
    size, highs, high_bits = _opened(words, 8 * start, 8 * stop, bits)
    low_bits = bits - high_bits
    lows = highs + size + (1 << high_bits)
    high = least >> low_bits
    at = _behind_zeros(words, highs, lows, high)
    i = at - highs - high  # every bit before is the 1 of a number or the 0 of a high part
    found = 0
    while at < lows:
        word = _read_word(words, at)
        while word:
            if i >= size:
                return found
            high = at + zeros_below(word) - highs - i
            number = high << low_bits | _read(words, lows + i * low_bits, low_bits)
            if number >= beyond:
                return found
            numbers[found] = number
            found += number >= least
            word &= word - _ONE
            i += 1
        at += 64
    return found


@kernel
def decode_buckets(words: U64, directory: U32, first: int, stop: int, bits: int) -> tuple[I64, I64]:
    """Unpack the buckets in [first, stop); return their numbers, and each one's bucket."""
    room = 0
    for b in range(first, stop):
        begin, end = int(np.int64(directory[b])), int(np.int64(directory[b + 1]))
        room += _opened(words, 8 * begin, 8 * end, bits)[0]
    numbers, buckets = np.empty(room, np.int64), np.empty(room, np.int64)
    n = 0
    for b in range(first, stop):
        begin, end = int(np.int64(directory[b])), int(np.int64(directory[b + 1]))
        found = find(words, begin, end, bits, 0, 1 << bits, numbers[n:])
        buckets[n : n + found] = b
        n += found
    return numbers[:n], buckets[:n]


@kernel
def _opened(words: U64, at: int, end: int, bits: int) -> tuple[int, int, int]:
    """Return how many numbers a bucket has, where their high parts begin, and how wide these are.

    None where it is so damaged that they would reach beyond its end.
    """
    if at >= end:
        return 0, at, 0
    word = _read_word(words, at)
    size = int(np.int64(word & _DIGIT))
    digits = 1
    while word & _MORE and digits < _MOST_DIGITS:
        word >>= np.uint64(8)
        size |= int(np.int64(word & _DIGIT)) << 7 * digits
        digits += 1
    at += 8 * digits
    high_bits = _width(max(size - 1, 0))
    if size == 0 or high_bits > bits or at + _taken(size, high_bits, bits) > end:
        return 0, at, 0
    return size, at, high_bits


@kernel
def _behind_zeros(words: U64, at: int, end: int, zeros: int) -> int:
    """Return the first bit behind so many that are 0, or one from the end on."""
    if zeros == 0:
        return at
    while at < end:
        word = _read_word(words, at) ^ _ALL
        there = ones(word)
        if there >= zeros:
            return at + _place(word, zeros) + 1
        zeros -= there
        at += 64
    return at


@kernel
def _place(word: np.uint64, count: int) -> int:
    """Return where the 1 bit lies that is, from the low end, the ``count``-th of a word."""
    at = 0
    for width in (32, 16, 8):
        there = ones(word & ((_ONE << np.uint64(width)) - _ONE))
        if there < count:
            count -= there
            word >>= np.uint64(width)
            at += width
    for _ in range(count - 1):
        word &= word - _ONE
    return at + zeros_below(word)


@kernel
def _read(words: U64, at: int, width: int) -> int:
    return int(np.int64(_read_word(words, at) & ((_ONE << np.uint64(width)) - _ONE)))


@kernel
def _read_word(words: U64, at: int) -> np.uint64:
    """Return the 64 bits from one on."""
    word = at >> 6
    shift = np.uint64(at & 63)
    # Shifted in two steps, as a shift by 64 is none.
    return np.uint64(words[word] >> shift | (words[word + 1] << _ONE) << (_LAST - shift))


@kernel
def _width(number: int) -> int:
    """Return how many bits a number takes."""
    return 64 - zeros_above(np.uint64(number))


@kernel
def _taken(size: int, high_bits: int, bits: int) -> int:
    """Return how many bits the parts of a bucket's numbers take."""
    return size * (bits - high_bits + 1) + (1 << high_bits)


@kernel
def _starts(sizes: I64, bits: int) -> I64:
    starts = np.zeros(sizes.size + 1, np.int64)
    for b in range(sizes.size):
        size = int(sizes[b])
        taken = 0
        if size:
            digits = (_width(size) + 6) // 7
            taken = 8 * digits + _taken(size, _width(size - 1), bits)
        starts[b + 1] = starts[b] + (taken + 7) // 8
    return starts


@kernel
def _pack(numbers: I64, buckets: I64, starts: I64, bits: int, words: U64) -> None:
    for b in range(buckets.size - 1):
        first, size = int(buckets[b]), int(buckets[b + 1] - buckets[b])
        if size == 0:
            continue
        at = 8 * starts[b]
        left = size
        while left >> 7:
            _write(words, at, left & 127 | 128)
            left >>= 7
            at += 8
        _write(words, at, left)
        highs = at + 8
        high_bits = _width(size - 1)
        low_bits = bits - high_bits
        lows = highs + size + (1 << high_bits)
        for i in range(size):
            number = int(numbers[first + i])
            _write(words, highs + (number >> low_bits) + i, 1)
            _write(words, lows + i * low_bits, number & ((1 << low_bits) - 1))


@kernel
def _write(words: U64, at: int, value: int) -> None:
    word = at >> 6
    shift = np.uint64(at & 63)
    words[word] |= np.uint64(value) << shift
    words[word + 1] |= (np.uint64(value) >> _ONE) >> (_LAST - shift)
