from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wavvy.dsp.arrays import F32, I16
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import Peaks, concatenate
from wavvy.dsp.stream import PeakStream

SHIFTS = (1, 2)
DENSITY = 60


def sound(samples: int) -> F32:
    """Noise over a sine that sweeps up and down."""
    rng = np.random.default_rng(3)
    time = np.arange(samples) / DEFAULT.sample_rate
    sweep = 0.3 * np.sin(2 * np.pi * (900 * time + 300 * np.sin(time)))
    return (sweep + 0.1 * rng.standard_normal(samples)).astype(np.float32)


def analyse(parts: list[F32], shifts: int) -> tuple[I16, list[Peaks]]:
    stream = PeakStream(DEFAULT, DENSITY, shifts)
    pushed = [stream.push(part) for part in parts]
    columns = np.concatenate([analysed.columns for analysed in pushed])
    by_shift = zip(*(analysed.peaks for analysed in pushed), strict=True)
    return columns, [
        concatenate([*settled, tail]) for settled, tail in zip(by_shift, stream.tail(), strict=True)
    ]


def assert_same(one: tuple[I16, list[Peaks]], other: tuple[I16, list[Peaks]]) -> None:
    np.testing.assert_array_equal(one[0], other[0])
    for mine, yours in zip(one[1], other[1], strict=True):
        np.testing.assert_array_equal(mine.frames, yours.frames)
        np.testing.assert_array_equal(mine.freqs, yours.freqs)


@pytest.mark.parametrize("shifts", SHIFTS)
@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 48_000), max_size=30))
def test_any_chunks_give_the_same_peaks_bit_for_bit(shifts: int, cuts: list[int]) -> None:
    audio = sound(48_000)

    assert_same(analyse(np.split(audio, sorted(cuts)), shifts), analyse([audio], shifts))


@pytest.mark.parametrize("shifts", SHIFTS)
@pytest.mark.parametrize("size", [161, 320, 1000, 4096])
def test_even_chunks_give_the_same_peaks_bit_for_bit(shifts: int, size: int) -> None:
    audio = sound(60_000)
    parts = np.split(audio, range(size, audio.size, size))

    assert_same(analyse(parts, shifts), analyse([audio], shifts))


@pytest.mark.parametrize("shifts", SHIFTS)
def test_single_samples_give_the_same_peaks_bit_for_bit(shifts: int) -> None:
    audio = sound(20_000)

    assert_same(analyse(np.split(audio, audio.size), shifts), analyse([audio], shifts))


def test_each_shift_sees_the_audio_half_a_hop_later() -> None:
    audio = sound(40_000)
    columns, by_shift = analyse([audio], 2)

    for shift, peaks in enumerate(by_shift):
        later, (expected,) = analyse([audio[shift * DEFAULT.hop // 2 :]], 1)
        assert_same((columns[shift::2], [peaks]), (later, [expected]))


@pytest.mark.parametrize("shifts", SHIFTS)
def test_looking_at_the_tail_changes_nothing(shifts: int) -> None:
    audio = sound(40_000)
    stream = PeakStream(DEFAULT, DENSITY, shifts)
    parts: list[list[Peaks]] = []
    for part in np.split(audio, range(1_500, audio.size, 1_500)):
        parts.append(stream.push(part).peaks)
        stream.tail()
    peaks = [
        concatenate([*settled, tail])
        for settled, tail in zip(zip(*parts, strict=True), stream.tail(), strict=True)
    ]

    columns, expected = analyse([audio], shifts)
    assert_same((columns, peaks), (columns, expected))


def test_less_than_a_window_gives_neither_frames_nor_peaks() -> None:
    columns, (peaks,) = analyse([sound(DEFAULT.window - 1)], 1)

    assert columns.shape == (0, DEFAULT.bins)
    assert peaks.frames.size == peaks.freqs.size == 0


def test_a_stream_settles_its_peaks_within_two_seconds(
    tune: Callable[..., NDArray[np.float32]],
) -> None:
    stream = PeakStream(DEFAULT, DEFAULT.peaks_per_second)
    audio = tune(6.0)
    (settled,) = stream.push(audio).peaks

    assert settled.frames.size
    assert settled.frames[-1] * DEFAULT.hop > audio.size - 2 * DEFAULT.sample_rate
    assert stream.tail()[0].frames.min() > settled.frames.max()
