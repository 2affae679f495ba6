from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.index.image import Elsewhere, QueryImage
from wavvy.index.inspection import coincidences, track_peaks
from wavvy.index.store import Index

MakeFingerprint = Callable[..., Fingerprint]
OpenIndex = Callable[[], Index]
HOUR = 90_000  # frames


@pytest.fixture
def index(open_index: OpenIndex, fingerprint: MakeFingerprint) -> Index:
    index = open_index()
    index.add([(1, fingerprint(1)), (2, fingerprint(2, 400))])
    index.add([(3, fingerprint(3, HOUR, density=0.2)), (4, fingerprint(4, 0))])
    return index


@pytest.mark.parametrize(
    ("track_id", "frames", "density"),
    [(1, 250, 1.2), (2, 400, 1.2), (3, HOUR, 0.2), (4, 0, 1.2)],
)
def test_the_peaks_of_a_track_are_those_of_its_fingerprint(
    index: Index, fingerprint: MakeFingerprint, track_id: int, frames: int, density: float
) -> None:
    peaks = track_peaks(index.snapshot(), track_id)
    expected = fingerprint(track_id, frames, density).peaks()

    np.testing.assert_array_equal(peaks.frames, expected.frames)
    np.testing.assert_array_equal(peaks.freqs, expected.freqs)


def test_an_unknown_track_has_no_peaks(index: Index) -> None:
    assert track_peaks(index.snapshot(), 99).frames.size == 0


@pytest.fixture
def image() -> QueryImage:
    """Peaks in half of the places, at random, and the shifts of a query."""
    rng = np.random.default_rng(4)
    occupied = (rng.random((120, 200)) < 0.5).astype(np.uint8)
    shifts = np.arange(10, 91, 8)
    bins = np.arange(40, 160)
    pitched = np.rint(np.multiply.outer(bins, 2.0 ** (np.array((1, -1, 12, -12)) / 12)))
    return QueryImage(
        occupied,
        np.zeros((120, 200), np.uint8),
        np.concatenate((shifts, -shifts)),
        Elsewhere.of(np.add.outer(bins, (3, -3, 19, -19)) - 40),
        Elsewhere.of(pitched.astype(np.int64) - 40),
    )


def test_points_coincide_where_the_query_has_peaks(image: QueryImage) -> None:
    bins, times = np.nonzero(image.occupied[20:100])
    matched, luck = coincidences(image, times, bins + 20)
    assert matched.all()
    assert luck == pytest.approx(0.5, abs=0.02)
    bins, times = np.nonzero(image.occupied[20:100] == 0)
    matched, luck = coincidences(image, times, bins + 20)
    assert not matched.any()
    assert luck == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("time", "row", "lucky"),
    [
        (40, 50, 0),
        (50, 50, 1),
        (190, 50, 1),
        (40, 53, 1),
        (40, 47, 1),
        (50, 55, 0),
        (40, 55, 1),
        (40, 5, 1),
    ],
)
def test_luck_is_looked_for_at_each_shift(
    image: QueryImage, time: int, row: int, lucky: int
) -> None:
    """A query with one peak, asked about another place: bin 90; 95 is a semitone higher."""
    only = np.zeros_like(image.occupied)
    only[row, time] = 1
    _, luck = coincidences(replace(image, occupied=only), np.array([40]), np.array([50]))
    # The octave above lies outside the image.
    assert luck == pytest.approx(lucky / (22 + 4 + 3))


def test_no_points_and_no_shifts_are_no_luck(image: QueryImage) -> None:
    nothing = np.empty(0, np.int64)
    assert coincidences(image, nothing, nothing)[1] == 0.0
    nowhere = Elsewhere.of(np.empty((120, 0), np.int64))
    short = replace(
        image, occupied=image.occupied[:, :5], time_shifts=nothing, shifted=nowhere, pitched=nowhere
    )
    assert coincidences(short, np.array([2]), np.array([3]))[1] == 0.0
