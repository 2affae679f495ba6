from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import SUBBINS
from wavvy.dsp.warp import PLAIN, Warp
from wavvy.index.image import Elsewhere, QueryImage, occupancy
from wavvy.index.placement import SEARCH, Warps
from wavvy.index.screening import screen
from wavvy.index.segment import Segment

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]

HALF_FRAMES = 250  # five seconds
OFFSET = 600


@pytest.fixture
def track(fingerprint: MakeFingerprint) -> Fingerprint:
    return fingerprint(1, 1500)


@pytest.fixture
def library(segment: MakeSegment, fingerprint: MakeFingerprint, track: Fingerprint) -> Segment:
    return segment([(11, fingerprint(2, 777)), (12, track), (13, fingerprint(3, 900))])


def playing(track: Fingerprint, warp: Warp) -> QueryImage:
    """Draw a query that plays a track warped from ``OFFSET``."""
    peaks = track.peaks()
    times = np.rint((2.0 * peaks.frames - OFFSET) / warp.time).astype(np.int64)
    rows = np.rint(peaks.freqs * warp.pitch / SUBBINS).astype(np.int64) - DEFAULT.low_bin
    seen = (times >= 0) & (times < HALF_FRAMES)
    drawn = occupancy(times[seen], rows[seen], (DEFAULT.bins, HALF_FRAMES), 2)
    nowhere = Elsewhere.of(np.empty((DEFAULT.bins, 0), np.int64))
    return QueryImage(drawn, 100 + 40 * drawn, np.empty(0, np.int64), nowhere, nowhere)


@pytest.mark.parametrize("warp", [PLAIN, Warp(1.03, 1.03), Warp(1.0, 2 ** (-2 / 12))])
def test_the_right_place_agrees_most(library: Segment, track: Fingerprint, warp: Warp) -> None:
    begin = 2 * int(library.starts[1])
    every = np.arange(0, 2 * int(library.starts[-1]), 97)
    offsets = np.append(every[np.abs(every - begin - OFFSET) > 2 * SEARCH], begin + OFFSET)
    warps = Warps.all_of(warp, offsets.size)

    found = screen(library, offsets, warps, playing(track, warp), DEFAULT.low_bin)

    assert found.shape == offsets.shape
    assert found[-1] > 3 * found[:-1].max()


def test_a_place_nearby_agrees_as_well(library: Segment, track: Fingerprint) -> None:
    offsets = 2 * int(library.starts[1]) + OFFSET + np.array([0, 2, -2])
    warps = Warps.all_of(PLAIN, 3)
    found = screen(library, offsets, warps, playing(track, PLAIN), DEFAULT.low_bin)
    assert found[1:] == pytest.approx(found[0], rel=0.1)


def test_where_there_is_nothing_nothing_agrees(library: Segment, track: Fingerprint) -> None:
    offsets = np.array([-10 * HALF_FRAMES, 2 * int(library.starts[-1]) + 10 * HALF_FRAMES])
    warps = Warps.all_of(PLAIN, 2)
    found = screen(library, offsets, warps, playing(track, PLAIN), DEFAULT.low_bin)
    assert found.tolist() == [0, 0]
    nothing = screen(library, offsets[:0], warps, playing(track, PLAIN), DEFAULT.low_bin)
    assert nothing.shape == (0,)
