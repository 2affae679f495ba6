from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.dsp.landmarks import HASH_BITS
from wavvy.dsp.params import DEFAULT
from wavvy.errors import DamagedIndex, IncompatibleStore
from wavvy.index.format import (
    ALIGNMENT,
    GAP_FRAMES,
    HEADER_BYTES,
    SECTIONS,
    VERSION,
    Header,
    Section,
    aligned,
    frame_bits,
    posting_layout,
)
from wavvy.query import WINDOW_SECONDS

u32 = st.integers(0, 2**32 - 1)
u64 = st.integers(0, 2**64 - 1)
sections = st.builds(Section, u64, u64, u32)
headers = st.builds(
    Header,
    st.text("0123456789abcdef", min_size=16, max_size=16),
    u32,
    u32,
    u32,
    u32,
    st.integers(0, HASH_BITS),
    st.integers(0, 255),
    st.fixed_dictionaries(dict.fromkeys(SECTIONS, sections)),
)


def some_header() -> Header:
    places = {name: Section(64 * i, 7 * i, 1000 + i) for i, name in enumerate(SECTIONS)}
    return Header("0123456789abcdef", 3, 700, 900, 1800, 10, 3, places)


@given(headers)
def test_a_header_comes_back_as_it_was(header: Header) -> None:
    data = header.to_bytes()

    assert len(data) == HEADER_BYTES
    assert Header.from_bytes(data, "x.seg") == header


def test_any_flipped_bit_of_a_header_is_noticed() -> None:
    data = some_header().to_bytes()
    for bit in range(8 * HEADER_BYTES):
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DamagedIndex, match=r"x\.seg"):
            Header.from_bytes(bytes(bad), "x.seg")


@pytest.mark.parametrize("length", [0, 1, 4, HEADER_BYTES - 1])
def test_a_header_cut_short_is_noticed(length: int) -> None:
    with pytest.raises(DamagedIndex):
        Header.from_bytes(some_header().to_bytes()[:length], "x.seg")


def with_checksum(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(4, "little")


def test_a_sound_header_of_another_version_is_not_taken_for_damage() -> None:
    body = bytearray(some_header().to_bytes()[:-4])
    body[8:12] = (VERSION + 1).to_bytes(4, "little")

    with pytest.raises(IncompatibleStore, match=rf"x\.seg.* version {VERSION + 1}"):
        Header.from_bytes(with_checksum(bytes(body)), "x.seg")


def test_another_kind_of_file_is_no_segment() -> None:
    body = b"RIFFWAVE" + some_header().to_bytes()[8:-4]

    with pytest.raises(DamagedIndex, match=r"x\.seg"):
        Header.from_bytes(with_checksum(body), "x.seg")


@given(frames=st.integers(1, 2**31), postings=st.integers(0, 2**32 - 1))
def test_a_posting_holds_its_frame_and_what_the_directory_leaves_of_the_hash(
    frames: int, postings: int
) -> None:
    bits, width = posting_layout(frames, postings)

    assert (frames - 1) >> frame_bits(frames) == 0
    assert 1 <= bits <= HASH_BITS
    assert HASH_BITS - bits + frame_bits(frames) <= 8 * width
    # The directory grows with the segment, so that a prefix stands for some eight postings.
    assert postings / 2**bits <= 16 or bits == HASH_BITS


@pytest.mark.parametrize(
    ("hours", "layout"),
    [(0.07, (11, 3)), (1, (15, 3)), (8, (18, 3)), (150, (22, 3)), (200, (22, 4)), (9000, (22, 4))],
)
def test_music_takes_three_bytes_a_posting_and_four_in_a_large_segment(
    hours: float, layout: tuple[int, int]
) -> None:
    assert posting_layout(round(90_000 * hours), round(216_000 * hours)) == layout


@pytest.mark.parametrize(("frames", "width"), [(1 << 24, 3), ((1 << 24) + 1, 4)])
def test_three_bytes_number_as_many_frames_as_they_can(frames: int, width: int) -> None:
    assert posting_layout(frames, 40_000_000) == (HASH_BITS, width)


def test_a_long_silence_needs_no_large_directory() -> None:
    bits, width = posting_layout(1 << 24, 1000)

    assert (4 << bits) + 1000 * width < 100_000


@given(st.integers(0, 2**60))
def test_sections_are_aligned_upwards(offset: int) -> None:
    assert aligned(offset) % ALIGNMENT == 0
    assert 0 <= aligned(offset) - offset < ALIGNMENT


def test_gaps_are_longer_than_any_query_reaches() -> None:
    frames_a_second = DEFAULT.sample_rate / DEFAULT.hop

    # A query may be stretched by 15 %, and an alignment is refined by a few frames.
    assert 2 * 1.15 * WINDOW_SECONDS * frames_a_second + DEFAULT.pair_max_frames < GAP_FRAMES
