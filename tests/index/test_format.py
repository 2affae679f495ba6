from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.dsp.landmarks import HASH_BITS
from wavvy.errors import DamagedIndex, IncompatibleStore
from wavvy.index.format import (
    ALIGNMENT,
    HEADER_BYTES,
    SECTIONS,
    SLOT_FRAMES,
    SLOT_STEP,
    Header,
    Section,
    aligned,
    directory_bits,
)

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
    st.fixed_dictionaries(dict.fromkeys(SECTIONS, sections)),
)


def some_header() -> Header:
    places = {name: Section(64 * i, 7 * i, 1000 + i) for i, name in enumerate(SECTIONS)}
    return Header("0123456789abcdef", 3, 700, 900, 1800, 10, places)


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
    body[8:12] = (2).to_bytes(4, "little")

    with pytest.raises(IncompatibleStore, match=r"x\.seg.* version 2"):
        Header.from_bytes(with_checksum(bytes(body)), "x.seg")


def test_another_kind_of_file_is_no_segment() -> None:
    body = b"RIFFWAVE" + some_header().to_bytes()[8:-4]

    with pytest.raises(DamagedIndex, match=r"x\.seg"):
        Header.from_bytes(with_checksum(body), "x.seg")


@given(st.integers(0, 2**33))
def test_the_directory_leaves_what_fits_a_residual(postings: int) -> None:
    bits = directory_bits(postings)
    residual_bits = 8 * SECTIONS["residuals"].itemsize

    assert HASH_BITS - residual_bits <= bits <= HASH_BITS
    assert bits <= directory_bits(postings + 1)
    # It grows with the segment, so that a prefix stands for some eight postings.
    assert postings / 2**bits <= 16 or bits == HASH_BITS


@given(st.integers(0, 2**60))
def test_sections_are_aligned_upwards(offset: int) -> None:
    assert aligned(offset) % ALIGNMENT == 0
    assert 0 <= aligned(offset) - offset < ALIGNMENT


def test_slots_of_long_tracks_overlap_by_more_than_a_query_with_its_pairs() -> None:
    assert SLOT_FRAMES - SLOT_STEP >= 10 * 25 + 63
