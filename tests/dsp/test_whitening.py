from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import F64, I16, U8
from wavvy.dsp.spectrogram import FLOOR_MB
from wavvy.dsp.whitening import STEPS, Whitening


def noise(frames: int, bins: int, seed: int = 5) -> I16:
    return np.random.default_rng(seed).integers(-4000, 3000, (frames, bins)).astype(np.int16)


def patch(values: F64 | I16, t: int, f: int, frames: int, bins: int) -> F64:
    rows = slice(max(0, t - frames), t + frames + 1)
    return values[rows, max(0, f - bins) : f + bins + 1].astype(np.float64)


def model(columns: I16, reach_frames: int, reach_bins: int, spread: int) -> F64:
    """Whiten in the plainest way."""
    points = list(np.ndindex(columns.shape))
    out = np.empty(columns.shape)
    for t, f in points:
        around = patch(columns, t, f, reach_frames, reach_bins)
        out[t, f] = (columns[t, f] - around.mean()) / np.sqrt(around.var() + 100.0**2)
    maxima = np.array([patch(out, t, f, spread, 1).max() for t, f in points])
    return (np.clip(maxima.reshape(columns.shape), -1, 4).T + 1) * STEPS


def whiten(
    columns: I16, reach_frames: int, reach_bins: int, spread: int, cuts: list[int] | None = None
) -> U8:
    whitening = Whitening(columns.shape[1], reach_frames, reach_bins, spread)
    parts = [whitening.push(part) for part in np.split(columns, sorted(cuts or []))]
    return np.concatenate([*parts, whitening.tail()], axis=1)


@settings(max_examples=40, deadline=None)
@given(
    frames=st.integers(2, 9),
    bins=st.integers(2, 9),
    reach_frames=st.integers(0, 12),
    reach_bins=st.integers(1, 12),
    spread=st.integers(0, 3),
    seed=st.integers(0, 99),
)
def test_whitening_is_what_the_documentation_says(
    frames: int, bins: int, reach_frames: int, reach_bins: int, spread: int, seed: int
) -> None:
    columns = noise(frames, bins, seed)
    whitened = whiten(columns, reach_frames, reach_bins, spread)

    assert whitened.dtype == np.uint8
    expected = model(columns, reach_frames, reach_bins, spread)
    np.testing.assert_allclose(whitened, expected, atol=0.501)


@settings(max_examples=40, deadline=None)
@given(
    frames=st.integers(0, 90),
    reach_frames=st.integers(0, 20),
    spread=st.integers(0, 3),
    cuts=st.lists(st.integers(0, 90), max_size=8),
)
def test_any_pieces_give_the_same(
    frames: int, reach_frames: int, spread: int, cuts: list[int]
) -> None:
    columns = noise(frames, 40)
    within = [min(cut, frames) for cut in cuts]

    np.testing.assert_array_equal(
        whiten(columns, reach_frames, 5, spread, within), whiten(columns, reach_frames, 5, spread)
    )


def test_what_is_settled_stays() -> None:
    whitening = Whitening(40, 5, 5, 2)
    whitening.push(noise(30, 40))
    before = whitening.tail()

    assert before.shape == (40, 7)
    np.testing.assert_array_equal(whitening.tail(), before)
    assert whitening.push(noise(3, 40, seed=6)).shape == (40, 3)


def test_a_point_stands_out_of_noise_and_spreads_to_its_neighbours() -> None:
    columns = noise(80, 100) // np.int16(10)
    columns[40, 50] += 3000
    whitened = whiten(columns, 25, 20, 2)

    top = whitened[49:52, 38:43]
    assert np.all(top == whitened.max())
    assert (whitened == whitened.max()).sum() == top.size


def test_the_level_of_the_whole_does_not_matter() -> None:
    columns = noise(60, 80)
    quieter = whiten(columns - np.int16(2000), 10, 10, 2)

    np.testing.assert_allclose(quieter, whiten(columns, 10, 10, 2), atol=1)


@pytest.mark.parametrize("level", [FLOOR_MB, 0, 32_767])
@pytest.mark.parametrize("shape", [(1, 1), (1, 960), (60, 1), (60, 300)])
def test_what_is_level_stays_level(level: int, shape: tuple[int, int]) -> None:
    assert np.all(whiten(np.full(shape, level, np.int16), 25, 20, 2) == STEPS)


@pytest.mark.parametrize("shape", [(0, 960), (0, 0)])
def test_nothing_stays_nothing(shape: tuple[int, int]) -> None:
    assert whiten(np.empty(shape, np.int16), 25, 20, 2).shape == shape[::-1]


def test_extreme_levels_stay_within_bounds() -> None:
    columns = np.full((50, 60), -32_768, np.int16)
    columns[::2, ::2] = 32_767
    whitened = whiten(columns, 0, 1, 0)

    assert 2 * STEPS < whitened.max() <= 5 * STEPS
    assert whitened.min() == STEPS, "each low point has a high one beside it"
