from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import Landmarks, reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index.image import QueryImage
from wavvy.index.inspection import coincidences, track_peaks, vote_offsets
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


def test_an_unknown_track_has_neither_peaks_nor_votes(index: Index) -> None:
    query = Landmarks(np.arange(1 << 12, dtype=np.uint32), np.zeros(1 << 12, np.int32))

    assert track_peaks(index.snapshot(), 99).frames.size == 0
    assert vote_offsets(index.snapshot(), 99, query).size == 0


def test_votes_are_those_of_the_one_track(index: Index, fingerprint: MakeFingerprint) -> None:
    hashes, frames = reference_landmarks(fingerprint(2, 400).peaks(), DEFAULT)
    query = Landmarks(hashes, 2 * frames - np.int32(80))
    offsets = vote_offsets(index.snapshot(), 2, query)

    assert (offsets == 80).sum() >= hashes.size
    assert vote_offsets(index.snapshot(), 1, query).size < 0.1 * hashes.size


def test_no_vote_is_left_out_however_often_a_landmark_is_asked_for(
    index: Index, fingerprint: MakeFingerprint
) -> None:
    hashes, frames = reference_landmarks(fingerprint(1).peaks(), DEFAULT)
    query = Landmarks(np.tile(hashes, 20), np.tile(2 * frames, 20))

    assert (vote_offsets(index.snapshot(), 1, query) == 0).sum() >= 20 * hashes.size


def test_votes_count_from_the_start_of_a_track_of_an_hour(
    index: Index, fingerprint: MakeFingerprint
) -> None:
    peaks = fingerprint(3, HOUR, 0.2).peaks()
    hashes, frames = reference_landmarks(peaks, DEFAULT)
    late = frames > HOUR - 1000
    query = Landmarks(hashes[late], 2 * (frames[late] - np.int32(HOUR - 1100)))

    offsets = vote_offsets(index.snapshot(), 3, query)
    assert (offsets == 2 * (HOUR - 1100)).sum() >= late.sum() > 100


@pytest.fixture
def image() -> QueryImage:
    """Peaks in half of the places, at random, and the shifts of a query."""
    rng = np.random.default_rng(4)
    occupied = (rng.random((200, 120)) < 0.5).astype(np.uint8)
    shifts = np.arange(10, 91, 8)
    return QueryImage(
        occupied,
        np.zeros((200, 120), np.float32),
        np.concatenate((shifts, -shifts)),
        np.array((3, -3, 19, -19)),
        2.0 ** (np.array((1, -1, 12, -12)) / 12),
    )


def test_points_coincide_where_the_query_has_peaks(image: QueryImage) -> None:
    times, bins = np.nonzero(image.occupied[:, 20:100])
    matched, luck = coincidences(image, times, bins + 20, low_bin=40)
    assert matched.all()
    assert luck == pytest.approx(0.5, abs=0.02)
    times, bins = np.nonzero(image.occupied[:, 20:100] == 0)
    matched, luck = coincidences(image, times, bins + 20, low_bin=40)
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
    only[time, row] = 1
    _, luck = coincidences(
        image._replace(occupied=only), np.array([40]), np.array([50]), low_bin=40
    )
    # The octave above lies outside the image.
    assert luck == pytest.approx(lucky / (22 + 4 + 3))


def test_no_points_and_no_shifts_are_no_luck(image: QueryImage) -> None:
    nothing = np.empty(0, np.int64)
    assert coincidences(image, nothing, nothing, low_bin=40)[1] == 0.0
    short = image._replace(
        occupied=image.occupied[:5], time_shifts=nothing, bin_shifts=nothing,
        pitch_ratios=np.empty(0),
    )  # fmt: skip
    assert coincidences(short, np.array([2]), np.array([3]), low_bin=40)[1] == 0.0
