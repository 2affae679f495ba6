"""Packed postings, against bits written and read as text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import I64, U8, U64
from wavvy.index.postings import PADDING_BYTES, decode_buckets, encode, find, most_numbers

Buckets = list[list[int]]

BITS = 56
LARGEST = 2**BITS - 1
GUARD = -77

sizes = st.one_of(st.sampled_from([0, 1, 2, 63, 64, 65, 127, 128, 129]), st.integers(0, 300))
# Close together, as the postings of a large segment are, or anywhere.
tops = st.sampled_from([0, 3, 255, 256, 10_000, 2**31, LARGEST])
seeds = st.integers(0, 2**32 - 1)


@st.composite
def buckets_of(draw: st.DrawFn) -> Buckets:
    """Draw some buckets of sorted numbers."""
    buckets = []
    for size in draw(st.lists(sizes, min_size=1, max_size=5)):
        top = max(draw(tops), 2 * size)
        rng = np.random.default_rng(draw(seeds))
        numbers = set(rng.integers(0, top, size, endpoint=True).tolist())
        numbers |= set(draw(st.lists(st.integers(0, top), max_size=2)))
        buckets.append(sorted(numbers))
    return buckets


def packed(buckets: Buckets) -> tuple[U8, I64]:
    numbers = np.array([number for bucket in buckets for number in bucket], np.int64)
    return encode(numbers, np.cumsum([0, *map(len, buckets)]), BITS)


def as_words(data: bytes) -> U64:
    """Pad as a segment is."""
    return np.frombuffer(data + bytes(PADDING_BYTES - len(data) % 8), "<u8")


def model(bucket: list[int]) -> bytes:
    """Pack a bucket as the documentation says: all of its bits as text, the lowest last."""
    if not bucket:
        return b""
    size = len(bucket)
    digits = [size >> shift & 127 for shift in range(0, 35, 7) if size >> shift]
    header = "".join(f"{digit:08b}" for digit in [digits[-1], *(128 | d for d in digits[-2::-1])])
    high_bits = (size - 1).bit_length()
    texts = [f"{number:0{BITS}b}" for number in bucket]
    highs = "".join(
        "0" + "1" * sum(text[:high_bits] == f"{value:0{high_bits}b}"[:high_bits] for text in texts)
        for value in reversed(range(1 << high_bits))
    )
    lows = "".join(text[high_bits:] for text in reversed(texts))
    text = lows + highs + header
    return int(text, 2).to_bytes(-(-len(text) // 8), "little")


def unpacked(
    words: U64, start: int, stop: int, least: int = 0, beyond: int = LARGEST + 1
) -> list[int]:
    """Decode a bucket into as little room as is asked for, watching what is beside."""
    room = np.full(most_numbers(stop - start, BITS) + 2, GUARD, np.int64)
    found = find(words, start, stop, BITS, least, beyond, room[1:-1])
    assert 0 <= found <= room.size - 2
    assert (room[0], room[-1]) == (GUARD, GUARD)
    return room[1 : 1 + found].tolist()


@settings(deadline=None)
@given(buckets_of())
def test_buckets_are_packed_as_documented(buckets: Buckets) -> None:
    data, starts = packed(buckets)
    expected = list(map(model, buckets))

    assert data.tobytes() == b"".join(expected)
    assert np.diff(starts).tolist() == [len(bucket) for bucket in expected]
    assert starts[0] == 0


@settings(deadline=None)
@given(buckets_of())
def test_what_was_packed_comes_back(buckets: Buckets) -> None:
    data, starts = packed(buckets)
    words = as_words(data.tobytes())

    for i, bucket in enumerate(buckets):
        assert unpacked(words, int(starts[i]), int(starts[i + 1])) == bucket


@settings(deadline=None, max_examples=300)
@given(buckets=buckets_of(), data=st.data())
def test_what_lies_between_two_bounds_is_found(buckets: Buckets, data: st.DataObject) -> None:
    code, starts = packed(buckets)
    i = data.draw(st.integers(0, len(buckets) - 1))
    near = st.sampled_from([0, *buckets[i]]).flatmap(lambda n: st.integers(max(n - 1, 0), n + 1))
    bounds = st.one_of(near, st.integers(0, LARGEST))
    least, beyond = data.draw(bounds), data.draw(bounds)
    found = unpacked(as_words(code.tobytes()), int(starts[i]), int(starts[i + 1]), least, beyond)

    assert found == [number for number in buckets[i] if least <= number < beyond]


@settings(deadline=None)
@given(buckets=buckets_of(), data=st.data())
def test_buckets_in_a_row_come_back_with_their_numbers(
    buckets: Buckets, data: st.DataObject
) -> None:
    code, starts = packed(buckets)
    first = data.draw(st.integers(0, len(buckets)))
    stop = data.draw(st.integers(first, len(buckets)))
    numbers, of = decode_buckets(
        as_words(code.tobytes()), starts.astype(np.uint32), first, stop, BITS
    )

    assert list(zip(of.tolist(), numbers.tolist(), strict=True)) == [
        (i, number) for i in range(first, stop) for number in buckets[i]
    ]


@pytest.mark.parametrize("size", [0, 1, 2, 63, 64, 65, 127, 128, 1000, 20_000])
@pytest.mark.parametrize("step", [1, 2, 255, 256, 257, 2**31, 2**41])
def test_evenly_spaced_numbers_come_back(size: int, step: int) -> None:
    bucket = [step * i for i in range(size)]
    data, starts = packed([bucket, [5], bucket])

    words = as_words(data.tobytes())
    assert unpacked(words, 0, int(starts[1])) == bucket
    assert unpacked(words, int(starts[1]), int(starts[2])) == [5]
    assert unpacked(words, int(starts[2]), int(starts[3])) == bucket


@pytest.mark.parametrize("number", [0, 1, 255, 256, 2**55, LARGEST])
def test_a_number_alone_comes_back(number: int) -> None:
    data, starts = packed([[number]])

    assert unpacked(as_words(data.tobytes()), 0, int(starts[-1])) == [number]


@pytest.mark.parametrize("size", [16, 100, 128, 1000, 4096])
def test_a_number_takes_two_or_three_bits_more_than_its_low_part(size: int) -> None:
    data, _ = packed([np.linspace(0, LARGEST, size).astype(np.int64).tolist()])
    low_bits = BITS - (size - 1).bit_length()
    digits = 1 if size < 128 else 2

    assert size * (low_bits + 2) <= 8 * (len(data) - digits) < size * (low_bits + 3) + 8


def test_no_buckets_take_no_bytes() -> None:
    data, starts = packed([[], [], []])

    assert (data.size, starts.tolist()) == (0, [0, 0, 0, 0])


damages = st.one_of(
    st.binary(max_size=300),
    st.integers(0, 300).map(bytes),
    st.integers(0, 300).map(lambda size: b"\xff" * size),
)


@settings(deadline=None, max_examples=300)
@given(data=damages, cut=st.data())
def test_damaged_bytes_give_no_more_numbers_than_there_is_room_for(
    data: bytes, cut: st.DataObject
) -> None:
    """It ends, and writes nothing outside."""
    start = cut.draw(st.integers(0, len(data)))
    stop = cut.draw(st.integers(start, len(data)))

    unpacked(as_words(data), start, stop)


@settings(deadline=None)
@given(buckets=buckets_of(), seed=seeds)
def test_flipped_bits_give_no_more_numbers_than_there_is_room_for(
    buckets: Buckets, seed: int
) -> None:
    code, starts = packed(buckets)
    bad = code.copy()
    rng = np.random.default_rng(seed)
    for at in rng.integers(0, max(8 * bad.size, 1), 3 * bool(bad.size)).tolist():
        bad[at // 8] ^= np.uint8(1 << at % 8)
    words = as_words(bad.tobytes())
    for first, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        unpacked(words, first, stop)


def test_damage_does_not_reach_other_buckets() -> None:
    code, starts = packed([[1, 2], list(range(0, 4000, 7)), [3, 2**40]])
    bad = bytearray(code.tobytes())
    bad[starts[1] : starts[2]] = b"\xff" * int(starts[2] - starts[1])
    words = as_words(bytes(bad))

    assert unpacked(words, 0, int(starts[1])) == [1, 2]
    assert unpacked(words, int(starts[2]), int(starts[3])) == [3, 2**40]
