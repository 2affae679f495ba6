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
    MAX_FRAMES,
    SECTIONS,
    VERSION,
    Header,
    Section,
    aligned,
    directory_bits,
    frame_bits,
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
    u64,
    u64,
    st.integers(0, HASH_BITS),
    st.fixed_dictionaries(dict.fromkeys(SECTIONS, sections)),
)


def some_header() -> Header:
    places = {name: Section(64 * i, 7 * i, 1000 + i) for i, name in enumerate(SECTIONS)}
    return Header("0123456789abcdef", 3, 700, 900, 1800, 6300, 10, places)


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


@given(frames=st.integers(1, MAX_FRAMES), postings=st.integers(0, 2**33))
def test_a_posting_holds_its_frame_and_what_the_directory_leaves_of_the_hash(
    frames: int, postings: int
) -> None:
    bits = directory_bits(postings)

    assert (frames - 1) >> frame_bits(frames) == 0
    assert 1 <= bits <= HASH_BITS
    assert HASH_BITS - bits + frame_bits(frames) <= 56  # what ``postings.encode`` packs
    # The directory grows with the segment, so that a bucket holds some tens of postings.
    assert 24 <= postings / 2**bits <= 48 or bits in (1, HASH_BITS)


@pytest.mark.parametrize(
    ("frames", "bits"), [(1, 1), (2, 1), (3, 2), (1 << 24, 24), ((1 << 24) + 1, 25), (1 << 28, 28)]
)
def test_frames_are_numbered_by_as_few_bits_as_do(frames: int, bits: int) -> None:
    assert frame_bits(frames) == bits


@pytest.mark.parametrize(
    ("postings", "bits"), [(0, 1), (47, 1), (96, 2), (216_000, 13), (40_000_000, 20), (10**11, 27)]
)
def test_the_directory_grows_with_the_postings(postings: int, bits: int) -> None:
    assert directory_bits(postings) == bits


def test_half_frames_of_the_largest_segment_fit_31_bits() -> None:
    # A query begins up to its own length before half-frame 0, and a track's gap after the last.
    assert 2 * (MAX_FRAMES - 1) + 2 * GAP_FRAMES < 2**31


@given(
    frames=st.integers(1, 10**6),
    peaks=st.integers(0, 10**6),
    tracks=st.integers(1, 99),
    bits=st.integers(1, HASH_BITS),
)
def test_the_shapes_of_the_sections_follow_from_the_header(
    frames: int, peaks: int, tracks: int, bits: int
) -> None:
    shapes = some_header()._replace(
        frames=frames, peaks=peaks, tracks=tracks, directory_bits=bits
    ).shapes()  # fmt: skip

    assert list(shapes) == list(SECTIONS)
    assert (shapes["tracks"], shapes["starts"]) == (tracks, tracks + 1)
    assert (shapes["postings"], shapes["directory"]) == (6300, 2**bits + 1)
    assert 8 * (shapes["marks"] - 1) < frames + peaks <= 8 * shapes["marks"]
    assert 256 * (shapes["checkpoints"] - 2) < frames <= 256 * (shapes["checkpoints"] - 1)
    assert shapes["freqs"] == peaks


@given(st.integers(0, 2**60))
def test_sections_are_aligned_upwards(offset: int) -> None:
    assert aligned(offset) % ALIGNMENT == 0
    assert 0 <= aligned(offset) - offset < ALIGNMENT


def test_gaps_are_longer_than_any_query_reaches() -> None:
    frames_a_second = DEFAULT.sample_rate / DEFAULT.hop

    # A query may be stretched by 15 %, and an alignment is refined by a few frames.
    assert 2 * 1.15 * WINDOW_SECONDS * frames_a_second + DEFAULT.pair_max_frames < GAP_FRAMES
