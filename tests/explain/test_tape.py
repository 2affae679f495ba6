from __future__ import annotations

import numpy as np
import pytest

from wavvy.dsp.arrays import F32
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.spectrogram import Spectrogram
from wavvy.explain.tape import Tape, Window
from wavvy.query import SHIFTS, GrowingQuery
from wavvy.recognizer import Moment


@pytest.fixture(scope="module")
def hiss() -> F32:
    noise = np.random.default_rng(5).standard_normal(31 * DEFAULT.sample_rate)
    return noise.astype(np.float32)


def check(window: Window, heard: F32) -> None:
    """Compare what a window asks with what a clip of its audio, and all before it, asks."""
    growing = GrowingQuery(DEFAULT)
    growing.push(heard)
    expected = growing.query()
    query, levels = window.asked(DEFAULT)
    assert (query.start, query.half_frames) == (expected.start, expected.half_frames)
    everything = Spectrogram(DEFAULT, DEFAULT.hop // SHIFTS).push(heard)
    np.testing.assert_array_equal(levels, everything[query.start :])
    np.testing.assert_array_equal(query.peaks.frames, expected.peaks.frames)
    np.testing.assert_array_equal(query.peaks.freqs, expected.peaks.freqs)
    for column, same in zip(query.landmarks, expected.landmarks, strict=True):
        np.testing.assert_array_equal(column, same)
    np.testing.assert_array_equal(query.image.whitened, expected.image.whitened)
    first = query.start * DEFAULT.hop // 2
    samples = window.heard(query, DEFAULT)
    np.testing.assert_array_equal(samples, heard[first:][: samples.size])
    again = GrowingQuery(DEFAULT)
    again.push(samples)
    assert again.query().half_frames == query.half_frames


def moment(samples: int) -> Moment:
    return Moment(round(1000 * samples / DEFAULT.sample_rate), 0, [], [])


@pytest.mark.parametrize(
    "heard", [0, 1000, 2048, 30_001, 80_000, 80_159, 100_123, 163_843, 248_000]
)
@pytest.mark.parametrize("block", [999, 8000, 300_000])
def test_the_end_of_a_clip_is_asked_for_again(hiss: F32, heard: int, block: int) -> None:
    tape = Tape(DEFAULT)
    for start in range(0, heard, block):
        tape.take(hiss[start : min(heard, start + block)])
    check(tape.window(moment(heard)), hiss[:heard])


@pytest.mark.parametrize("seconds", [10, 15, 25, 30])
def test_a_moment_within_the_last_block_is_asked_for_again(hiss: F32, seconds: int) -> None:
    tape = Tape(DEFAULT)
    tape.take(hiss[:1234])
    tape.take(hiss[1234:])
    heard = seconds * DEFAULT.sample_rate
    check(tape.window(moment(heard)), hiss[:heard])
