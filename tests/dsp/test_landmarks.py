from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.landmarks import (
    CELL,
    DF_BITS,
    DT_BITS,
    F1_BITS,
    HASH_BITS,
    Landmarks,
    pack,
    query_landmarks,
    reference_landmarks,
    unpack,
)
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import SUBBINS, Peaks

# What a parabola through the band's first and last possible peaks can give.
LOWEST = round((DEFAULT.low_bin + 0.5) * SUBBINS)
HIGHEST = round((DEFAULT.high_bin - 1.5) * SUBBINS)

frequencies = st.one_of(st.sampled_from([LOWEST, HIGHEST]), st.integers(LOWEST, HIGHEST))
peak_lists = st.lists(st.tuples(st.integers(0, 150), frequencies), max_size=40).map(sorted)


def as_peaks(points: list[tuple[int, int]]) -> Peaks:
    frames, freqs = zip(*points, strict=True) if points else ((), ())
    return Peaks(np.array(frames, np.int32), np.array(freqs, np.uint16))


def counted(landmarks: Landmarks) -> Counter[tuple[int, ...]]:
    columns = (landmarks.frames, *unpack(landmarks.hashes))
    return Counter(zip(*(column.tolist() for column in columns), strict=True))


def model(points: list[tuple[int, int]], fan_out: int) -> Counter[tuple[int, ...]]:
    """Pair peaks as the documentation says, in the plainest way; (frame, f1, df, dt) by count."""
    found: Counter[tuple[int, ...]] = Counter()
    for i, (t1, f1) in enumerate(points):
        partners = [
            (t2 - t1, f2)
            for t2, f2 in points[i + 1 :]
            if DEFAULT.pair_min_frames <= t2 - t1 <= DEFAULT.pair_max_frames
            and abs(f2 - f1) <= DEFAULT.pair_max_bins * SUBBINS
        ]
        for dt, f2 in partners[:fan_out]:
            found[t1, f1 // CELL, f2 // CELL - f1 // CELL, dt] += 1
    return found


def test_the_bits_of_a_hash_are_where_the_documentation_says() -> None:
    assert pack(0, -64, 0) == 0
    assert pack(1, -64, 0) == 1 << 13
    assert pack(0, -63, 0) == 1 << 6
    assert pack(0, -64, 1) == 1
    assert pack(511, 63, 63) == (1 << 22) - 1
    assert HASH_BITS == 22


@given(
    f1=st.integers(0, (1 << F1_BITS) - 1),
    df=st.integers(-(1 << (DF_BITS - 1)), (1 << (DF_BITS - 1)) - 1),
    dt=st.integers(0, (1 << DT_BITS) - 1),
)
def test_unpack_undoes_pack(f1: int, df: int, dt: int) -> None:
    fields = unpack(np.array([pack(f1, df, dt)], np.uint32))

    assert [field.item() for field in fields] == [f1, df, dt]


@settings(max_examples=150, deadline=None)
@given(points=peak_lists, fan_out=st.integers(1, 8))
def test_a_query_pairs_as_documented(points: list[tuple[int, int]], fan_out: int) -> None:
    landmarks = query_landmarks(as_peaks(points), DEFAULT, fan_out=fan_out)

    # Equality with the model also says that no field spilled into its neighbour.
    assert counted(landmarks) == model(points, fan_out)


@settings(max_examples=100, deadline=None)
@given(points=peak_lists)
def test_a_reference_pairs_as_documented(points: list[tuple[int, int]]) -> None:
    landmarks = reference_landmarks(as_peaks(points), DEFAULT)

    assert counted(landmarks) == model(points, DEFAULT.fan_out)
    assert (landmarks.hashes.dtype, landmarks.frames.dtype) == (np.uint32, np.int32)


def test_the_farthest_pairs_stay_within_their_fields() -> None:
    reach = DEFAULT.pair_max_bins * SUBBINS
    corners = [
        (0, f1, DEFAULT.pair_max_frames, f2)
        for start in range(LOWEST, LOWEST + CELL)
        for f1, f2 in ((start, start + reach), (start + reach, start), (start, start + reach + 1))
    ]
    corners += [(0, HIGHEST - reach, 63, HIGHEST), (0, HIGHEST, 63, HIGHEST - reach)]
    for t1, f1, t2, f2 in corners:
        points = [(t1, f1), (t2, f2)]
        landmarks = query_landmarks(as_peaks(points), DEFAULT, fan_out=1)
        assert counted(landmarks) == model(points, 1)
        assert landmarks.hashes.max(initial=0) < 1 << HASH_BITS


@settings(max_examples=50, deadline=None)
@given(points=peak_lists, shift=st.integers(1, 2**30))
def test_landmarks_are_the_same_later_in_time(points: list[tuple[int, int]], shift: int) -> None:
    early = reference_landmarks(as_peaks(points), DEFAULT)
    late = reference_landmarks(as_peaks([(t + shift, f) for t, f in points]), DEFAULT)

    np.testing.assert_array_equal(late.hashes, early.hashes)
    np.testing.assert_array_equal(late.frames, early.frames + shift)
