from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.warp import PLAIN, Warp
from wavvy.index.image import QueryImage
from wavvy.index.placement import Warps
from wavvy.index.segment import Segment
from wavvy.index.sharpening import sharpen
from wavvy.index.votes import Candidates

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]
DrawQuery = Callable[..., QueryImage]
Playing = Callable[..., QueryImage]

HALF_FRAMES = 500  # ten seconds
OFFSET = 600
TRUTHS = [
    Warp(1.03, 1.03),
    Warp(0.95, 0.95),
    Warp(1.08, 1.0),
    Warp(0.9, 1.0),
    Warp(1.0, 2 ** (1 / 12)),
    Warp(1.0, 2 ** (-2 / 12)),
    Warp(1.05, 0.97),
]


@pytest.fixture
def track(fingerprint: MakeFingerprint) -> Fingerprint:
    return fingerprint(1, 1500)


@pytest.fixture
def library(segment: MakeSegment, fingerprint: MakeFingerprint, track: Fingerprint) -> Segment:
    return segment([(11, fingerprint(2, 777)), (12, track), (13, fingerprint(3, 900))])


@pytest.fixture
def playing(draw_query: DrawQuery) -> Playing:
    """Give a function that draws a query of ten seconds, or as many half-frames as wanted."""

    def draw(
        track: Fingerprint, warp: Warp, half_frames: int = HALF_FRAMES, share: float = 1.0
    ) -> QueryImage:
        return draw_query(track, warp, OFFSET, half_frames, share)

    return draw


def sharpened(
    library: Segment, image: QueryImage, guesses: list[tuple[float, Warp]]
) -> list[tuple[int, Warp]]:
    """Sharpen candidates whose offsets count from the start of the track."""
    begin = 2 * int(library.starts[1])
    offsets = np.array([round(begin + offset) for offset, _ in guesses], np.int64)
    candidates, warps = sharpen(
        library,
        Candidates(offsets, np.arange(offsets.size)),
        Warps(np.array([w.time for _, w in guesses]), np.array([w.pitch for _, w in guesses])),
        image,
        DEFAULT.low_bin,
    )
    assert candidates.votes.tolist() == list(range(len(guesses)))
    columns = (candidates.offsets - begin, warps.times, warps.pitches)
    return [
        (at, Warp(time, pitch))
        for at, time, pitch in zip(*(column.tolist() for column in columns), strict=True)
    ]


def near(truth: Warp, time: float, pitch: float) -> tuple[float, Warp]:
    """Return a candidate that fits in the middle of the query and whose warp is off."""
    guess = Warp(truth.time * (1 + time), truth.pitch * (1 + pitch))
    return OFFSET + (truth.time - guess.time) * HALF_FRAMES / 2, guess


def assert_at(found: tuple[int, Warp], truth: Warp) -> None:
    offset, warp = found
    assert abs(offset - OFFSET) <= 2
    assert warp.time == pytest.approx(truth.time, rel=0.002)
    assert warp.pitch == pytest.approx(truth.pitch, rel=0.0015)


@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize("time", [-0.01, 0.01])
@pytest.mark.parametrize("pitch", [-0.003, 0.003])
def test_a_warp_that_is_nearly_right_is_put_right(
    library: Segment, track: Fingerprint, playing: Playing, truth: Warp, time: float, pitch: float
) -> None:
    (found,) = sharpened(library, playing(track, truth), [near(truth, time, pitch)])

    assert_at(found, truth)


@pytest.mark.parametrize(
    "truth", [Warp(1.05, 0.97), Warp(0.96, 1.03), Warp(1.09, 1.05), Warp(0.93, 0.98)]
)
@pytest.mark.parametrize("time", [-0.02, 0.02])
@pytest.mark.parametrize("pitch", [-0.004, 0.004])
def test_from_between_two_tempos_and_two_pitches_of_the_grid_the_truth_is_found(
    library: Segment, track: Fingerprint, playing: Playing, truth: Warp, time: float, pitch: float
) -> None:
    """With no simple cause to name, what is found is what was measured."""
    ((offset, found),) = sharpened(library, playing(track, truth), [near(truth, time, pitch)])

    assert abs(offset - OFFSET) <= 1
    assert found.time == pytest.approx(truth.time, rel=0.001)
    assert found.pitch == pytest.approx(truth.pitch, rel=0.0003)


@pytest.mark.parametrize("truth", TRUTHS)
def test_a_third_of_the_peaks_is_enough(
    library: Segment, track: Fingerprint, playing: Playing, truth: Warp
) -> None:
    image = playing(track, truth, share=0.33)

    assert_at(sharpened(library, image, [near(truth, 0.01, -0.003)])[0], truth)


@pytest.mark.parametrize("miss", [-4, 4])
def test_a_place_that_is_nearly_right_is_put_right(
    library: Segment, track: Fingerprint, playing: Playing, miss: int
) -> None:
    truth = Warp(1.03, 1.03)
    offset, guess = near(truth, 0.005, 0.003)

    assert_at(sharpened(library, playing(track, truth), [(offset + miss, guess)])[0], truth)


@pytest.mark.parametrize(
    ("truth", "simple"),
    [
        (Warp(1.003, 1.001), PLAIN),
        (Warp(1.0315, 1.03), Warp(1.03, 1.03)),
        (Warp(1.08, 0.9985), Warp(1.08, 1.0)),
        (Warp(0.9975, 1.06), Warp(1.0, 1.06)),
    ],
)
def test_within_what_can_be_told_the_simplest_cause_is_named(
    library: Segment, track: Fingerprint, playing: Playing, truth: Warp, simple: Warp
) -> None:
    """A turntable turns time and pitch alike, exactly; a knob leaves the other alone."""
    ((_, found),) = sharpened(library, playing(track, truth), [(OFFSET, simple)])

    assert found.time == pytest.approx(simple.time, rel=0.002)
    assert found.pitch == pytest.approx(simple.pitch, rel=0.0015)
    assert 1.0 in found or found.time == found.pitch


def test_what_can_be_told_apart_is_not_named_alike(
    library: Segment, track: Fingerprint, playing: Playing
) -> None:
    truth = Warp(1.05, 1.04)
    ((_, found),) = sharpened(library, playing(track, truth), [near(truth, 0.003, 0.001)])

    assert found.time - found.pitch == pytest.approx(0.01, abs=0.003)


def test_each_candidate_is_sharpened_by_itself(
    library: Segment, track: Fingerprint, playing: Playing
) -> None:
    image = playing(track, Warp(1.03, 1.03))
    guesses = [near(Warp(1.03, 1.03), 0.01, 0.003), (50, PLAIN), (1200, Warp(0.97, 0.97))]

    alone = [sharpened(library, image, [guess])[0] for guess in guesses]
    assert sharpened(library, image, guesses) == alone
    assert sharpened(library, image, []) == []


@pytest.mark.parametrize("half_frames", [1, 2, 4, 7, 8, 9, 16, 20, 40])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_short_query_moves_a_warp_no_farther_than_was_looked_at(
    library: Segment, track: Fingerprint, playing: Playing, half_frames: int, share: float
) -> None:
    image = playing(track, PLAIN, half_frames, share)
    guesses = [(OFFSET, warp) for warp in (PLAIN, Warp(1.04, 1.0), Warp(0.94, 0.94))]

    for (_, guess), (_, found) in zip(guesses, sharpened(library, image, guesses), strict=True):
        assert guess.time / 1.1 <= found.time <= guess.time * 1.1
        assert guess.pitch / 1.1 <= found.pitch <= guess.pitch * 1.1
