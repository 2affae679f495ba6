from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from wavvy.dsp.params import DEFAULT
from wavvy.dsp.warp import PLAIN, Warp, warp_grid

BIN_HZ = DEFAULT.sample_rate / DEFAULT.window
FRAMES_PER_SECOND = DEFAULT.sample_rate / DEFAULT.hop


def speeds() -> list[float]:
    """Return the warps of a turntable, which the plain one belongs to."""
    return sorted(warp.time for warp in warp_grid() if warp.time == warp.pitch)


def tempos() -> list[float]:
    return sorted(warp.time for warp in warp_grid() if warp.pitch == 1)


def pitches() -> list[float]:
    return sorted(warp.pitch for warp in warp_grid() if warp.time == 1)


def test_a_warp_does_nothing_unless_told() -> None:
    assert Warp() == PLAIN == (1.0, 1.0)


def test_each_warp_is_tried_once_the_plain_one_too() -> None:
    grid = warp_grid()
    assert grid.count(PLAIN) == 1
    assert len(set(grid)) == len(grid)


def test_the_warps_lie_on_three_lines_through_the_plain_one() -> None:
    assert all(w.time == w.pitch or 1.0 in w for w in warp_grid())
    for line in (speeds(), tempos(), pitches()):
        assert 1.0 in line
    assert len(speeds()) + len(tempos()) + len(pitches()) == len(warp_grid()) + 2


def test_speeds_reach_six_percent_tempos_twelve_and_pitches_two_semitones() -> None:
    assert min(speeds()) < 0.94 < 1.06 < max(speeds()) < 1.07
    assert (min(tempos()), max(tempos())) == pytest.approx((0.88, 1.12))
    assert 12 * np.log2((min(pitches()), max(pitches()))) == pytest.approx((-2, 2))


def test_a_speed_is_as_much_higher_as_one_of_the_pitches() -> None:
    assert set(speeds()) < set(pitches())


def test_between_neighbours_a_low_tone_stays_within_a_bin() -> None:
    for line in (speeds(), pitches()):
        for lower, higher in pairwise(line):
            assert 900 * (np.sqrt(higher / lower) - 1) < BIN_HZ


def test_between_neighbours_a_landmark_of_a_second_stays_within_a_frame() -> None:
    for line in (speeds(), tempos()):
        for slower, faster in pairwise(line):
            assert FRAMES_PER_SECOND * (np.sqrt(faster / slower) - 1) < 1
