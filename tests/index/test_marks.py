"""Marks of peaks, against lists of counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import U8, U32
from wavvy.index.format import CHECKPOINT_FRAMES
from wavvy.index.marks import checkpoints_of, locate, peak_frames, set_marks

lengths = st.one_of(st.sampled_from([0, 1, 255, 256, 257, 511, 512, 513]), st.integers(0, 1000))
MEANS = (0.0, 0.3, 1.2, 40.0)


@st.composite
def some_counts(draw: st.DrawFn) -> U8:
    """Draw how many peaks each frame has: silence, sparse or dense music, now and then many."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    counts = rng.poisson(draw(st.sampled_from(MEANS)), draw(lengths)).astype(np.uint8)
    for i in draw(st.lists(st.integers(0, 999), max_size=3)):
        counts[i : i + 1] = draw(st.sampled_from([0, 7, 8, 9, 255]))
    return counts


def marked(counts: U8) -> tuple[U32, U8]:
    """Return the two sections that a segment of these frames has."""
    marks = np.zeros(-(-(counts.size + int(counts.sum())) // 8), np.uint8)
    set_marks(counts, marks)
    return checkpoints_of(counts), marks


@settings(deadline=None)
@given(some_counts())
def test_marks_are_ones_and_a_zero(counts: U8) -> None:
    _, marks = marked(counts)
    text = "".join(f"{byte:08b}"[::-1] for byte in marks.tolist())
    bits = "".join("1" * count + "0" for count in counts.tolist())

    assert text == bits.ljust(len(text), "0")
    assert len(text) < len(bits) + 8


@settings(deadline=None)
@given(some_counts())
def test_checkpoints_are_the_peaks_before_every_256th_frame(counts: U8) -> None:
    checkpoints = checkpoints_of(counts)
    all_ = counts.tolist()

    assert CHECKPOINT_FRAMES == 256
    assert checkpoints.dtype == np.uint32
    last = -(-len(all_) // 256)
    assert checkpoints.tolist() == [sum(all_[: 256 * i]) for i in range(last + 1)]


@settings(deadline=None)
@given(counts=some_counts(), data=st.data())
def test_a_frame_is_located_by_the_peaks_before_it(counts: U8, data: st.DataObject) -> None:
    frame = data.draw(st.integers(0, counts.size))
    before = sum(counts[:frame].tolist())

    assert locate(frame, *marked(counts)) == (frame + before, before)


@settings(deadline=None)
@given(counts=some_counts(), data=st.data())
def test_the_frames_of_peaks_between_two_frames_come_back(counts: U8, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, counts.size))
    stop = data.draw(st.integers(first, counts.size))
    found, before = peak_frames(first, stop, *marked(counts))

    assert found.tolist() == np.repeat(np.arange(stop - first), counts[first:stop]).tolist()
    assert before == sum(counts[:first].tolist())


def test_no_frames_have_no_peaks() -> None:
    found, before = peak_frames(20, 10, *marked(np.full(30, 2, np.uint8)))

    assert (found.size, before) == (0, 40)


@pytest.mark.parametrize("byte", [0x00, 0xFF])
@settings(deadline=None, max_examples=30)
@given(first=st.integers(0, 700), length=st.integers(0, 700))
def test_damaged_marks_give_frames_within_all_the_same(byte: int, first: int, length: int) -> None:
    """It ends, and reads nothing behind them."""
    checkpoints, marks = marked(np.full(700, 3, np.uint8))
    marks[:] = byte
    found, before = peak_frames(first, first + length, checkpoints, marks)

    assert ((found >= 0) & (found < length)).all()
    assert 0 <= before <= int(checkpoints[first // 256]) + 8 * marks.size


@settings(deadline=None, max_examples=100)
@given(data=st.binary(min_size=1, max_size=400), first=st.integers(0, 700), more=st.integers(0, 99))
def test_random_marks_give_frames_within_all_the_same(data: bytes, first: int, more: int) -> None:
    checkpoints = checkpoints_of(np.full(700, 3, np.uint8))
    found, _ = peak_frames(first, first + more, checkpoints, np.frombuffer(data, np.uint8))

    assert ((found >= 0) & (found < more)).all()
    assert found.size <= 8 * len(data)
