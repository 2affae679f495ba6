from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.landmarks import (
    CELL,
    DT_BITS,
    EXACT_SPANS,
    F1_BITS,
    HASH_BITS,
    MAX_DF,
    Landmarks,
    concatenate,
    end_of_row,
    pack,
    query_landmarks,
    reference_landmarks,
    span_code,
)
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import SUBBINS, Peaks

# What a parabola through the band's first and last possible peaks can give.
LOWEST = round((DEFAULT.low_bin + 0.5) * SUBBINS)
HIGHEST = round((DEFAULT.high_bin - 1.5) * SUBBINS)

frequencies = st.one_of(st.sampled_from([LOWEST, HIGHEST]), st.integers(LOWEST, HIGHEST))
peak_lists = st.lists(st.tuples(st.integers(0, 150), frequencies), max_size=40).map(sorted)

ranked_lists = st.lists(st.tuples(st.integers(0, 150), frequencies, st.integers(0, 9))).map(sorted)


def as_peaks(points: list[tuple[int, int]]) -> Peaks:
    frames, freqs = zip(*points, strict=True) if points else ((), ())
    return Peaks.alike(np.array(frames, np.int32), np.array(freqs, np.uint16))


def counted(landmarks: Landmarks) -> Counter[tuple[int, ...]]:
    return Counter(zip(*(column.tolist() for column in landmarks[:4]), strict=True))


def model(points: list[tuple[int, int]], fan_out: int) -> Counter[tuple[int, ...]]:
    """Pair peaks as the documentation says, in the plainest way; (frame, f1, f2, dt) by count."""
    found: Counter[tuple[int, ...]] = Counter()
    for i, (t1, f1) in enumerate(points):
        partners = [
            (t2 - t1, f2)
            for t2, f2 in points[i + 1 :]
            if DEFAULT.pair_min_frames <= t2 - t1 <= DEFAULT.pair_max_frames
            and abs(f2 - f1) <= DEFAULT.pair_max_bins * SUBBINS
        ]
        for dt, f2 in partners[:fan_out]:
            found[t1, f1, f2, dt] += 1
    return found


def code_of(span: int) -> int:
    """Number spans as the documentation says: one by one, then four by four."""
    groups = [[span] for span in range(20)] + [list(range(s, s + 4)) for s in range(20, 64, 4)]
    return next(code for code, group in enumerate(groups) if span in group)


def fields(hash_: int) -> tuple[int, int, int]:
    """Take a hash apart by its bits as text."""
    bits = f"{hash_:027b}"
    return int(bits[:5], 2), int(bits[10:22], 2), int(bits[5:10] + bits[22:], 2) - 512


def test_the_bits_of_a_hash_are_where_the_documentation_says() -> None:
    assert pack(0, 0, -512) == 0
    assert pack(1, 0, -512) == 1 << 22
    assert pack(0, 1, -512) == 1 << 5
    assert pack(0, 0, -511) == 1
    assert pack(0, 0, -480) == 1 << 17
    assert pack(30, 4095, 511) == (31 << 22) - 1
    assert (HASH_BITS, MAX_DF, CELL, EXACT_SPANS) == (27, 511, SUBBINS / 4, 20)


@given(
    f1=st.integers(0, (1 << F1_BITS) - 1),
    df=st.integers(-MAX_DF, MAX_DF),
    code=st.integers(0, (1 << DT_BITS) - 1),
)
def test_a_hash_holds_its_cells_and_the_code_of_its_span(f1: int, df: int, code: int) -> None:
    assert fields(pack(code, f1, df)) == (code, f1, df)
    assert 0 <= pack(code, f1, df) < 1 << HASH_BITS


@given(f1=st.integers(0, (1 << F1_BITS) - 1), df=st.integers(-MAX_DF, MAX_DF))
def test_differences_of_a_row_have_hashes_one_after_the_other(f1: int, df: int) -> None:
    """So that those within reach lie in a range of hashes, or in two."""
    last = end_of_row(df)

    assert 0 <= last - df < 32
    assert [pack(3, f1, d) - pack(3, f1, df) for d in (df, last)] == [0, last - df]
    assert pack(3, f1, last + 1) - pack(3, f1, last) > 1 or last == MAX_DF


@given(dt=st.integers(0, 63))
def test_spans_have_the_codes_that_the_documentation_says(dt: int) -> None:
    assert span_code(dt) == code_of(dt) < 1 << DT_BITS


@settings(max_examples=150, deadline=None)
@given(points=peak_lists, fan_out=st.integers(1, 8))
def test_landmarks_are_hashed_as_documented(points: list[tuple[int, int]], fan_out: int) -> None:
    landmarks = query_landmarks(as_peaks(points), DEFAULT, fan_out=fan_out)
    hashes = landmarks.hashes()

    assert hashes.dtype == np.uint32
    # Equality with the model also says that no field spilled into its neighbour.
    assert [fields(hash_) for hash_ in hashes.tolist()] == [
        (code_of(dt), f1 // CELL, f2 // CELL - f1 // CELL)
        for _, f1, f2, dt in zip(*(column.tolist() for column in landmarks[:4]), strict=True)
    ]


@settings(max_examples=150, deadline=None)
@given(points=peak_lists, fan_out=st.integers(1, 8))
def test_a_query_pairs_as_documented(points: list[tuple[int, int]], fan_out: int) -> None:
    landmarks = query_landmarks(as_peaks(points), DEFAULT, fan_out=fan_out)

    assert counted(landmarks) == model(points, fan_out)


@settings(max_examples=100, deadline=None)
@given(points=peak_lists)
def test_a_reference_pairs_as_documented(points: list[tuple[int, int]]) -> None:
    landmarks = reference_landmarks(as_peaks(points), DEFAULT)

    assert counted(landmarks) == model(points, DEFAULT.fan_out)
    kinds = [np.int32, np.uint16, np.uint16, np.uint8, np.uint16]
    assert [column.dtype for column in landmarks] == kinds


def as_ranked_peaks(ranked: list[tuple[int, int, int]]) -> Peaks:
    columns = zip(*ranked, strict=True) if ranked else ((), (), ())
    kinds = (np.int32, np.uint16, np.uint16)
    return Peaks(*(np.array(c, kind) for c, kind in zip(columns, kinds, strict=True)))


def with_ranks(landmarks: Landmarks) -> list[tuple[int, ...]]:
    return sorted(zip(*(column.tolist() for column in landmarks), strict=True))


@settings(max_examples=200, deadline=None)
@given(ranked=ranked_lists, fan_out=st.integers(1, 4))
def test_few_as_salient_lie_between_those_of_a_pair(
    ranked: list[tuple[int, int, int]], fan_out: int
) -> None:
    expected: list[tuple[int, ...]] = []
    for i, (t1, f1, rank1) in enumerate(ranked):
        near = [
            (t2, f2, rank2)
            for t2, f2, rank2 in ranked[i + 1 :]
            if DEFAULT.pair_min_frames <= t2 - t1 <= DEFAULT.pair_max_frames
            and abs(f2 - f1) <= DEFAULT.pair_max_bins * SUBBINS
        ]
        for n, (t2, f2, rank2) in enumerate(near):
            worse = max(rank1, rank2)
            if sum(rank <= worse for _, _, rank in near[:n]) < fan_out:
                expected.append((t1, f1, f2, t2 - t1, worse))

    found = query_landmarks(as_ranked_peaks(ranked), DEFAULT, fan_out=fan_out)
    assert with_ranks(found) == sorted(expected)


@settings(max_examples=100, deadline=None)
@given(ranked=ranked_lists, fan_out=st.integers(1, 4), rank=st.integers(0, 10))
def test_salient_peaks_alone_make_the_salient_landmarks(
    ranked: list[tuple[int, int, int]], fan_out: int, rank: int
) -> None:
    peaks = as_ranked_peaks(ranked)
    every = query_landmarks(peaks, DEFAULT, fan_out=fan_out)
    found = query_landmarks(peaks.only(peaks.ranks < rank), DEFAULT, fan_out=fan_out)

    assert with_ranks(found) == with_ranks(every.only(every.ranks < rank))


@settings(max_examples=100, deadline=None)
@given(ranked=ranked_lists, fan_out=st.integers(1, 4), shifts=st.integers(1, 3))
def test_peaks_of_each_analysis_are_paired_by_themselves(
    ranked: list[tuple[int, int, int]], fan_out: int, shifts: int
) -> None:
    expected: list[tuple[int, ...]] = []
    for shift in range(shifts):
        of_one = [(t // shifts, f, rank) for t, f, rank in ranked if t % shifts == shift]
        alone = query_landmarks(as_ranked_peaks(of_one), DEFAULT, fan_out=fan_out)
        expected += [(shifts * t + shift, *rest) for t, *rest in with_ranks(alone)]

    peaks = as_ranked_peaks(ranked)
    found = query_landmarks(peaks, DEFAULT, fan_out=fan_out, shifts=shifts)
    assert with_ranks(found) == sorted(expected)
    assert found.frames.tolist() == sorted(found.frames.tolist())


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
        for hash_, (_, low, high, span) in zip(
            landmarks.hashes().tolist(), model(points, 1), strict=True
        ):
            assert fields(hash_) == (code_of(span), low // CELL, high // CELL - low // CELL)


@settings(max_examples=50, deadline=None)
@given(points=peak_lists, shift=st.integers(1, 2**30))
def test_landmarks_are_the_same_later_in_time(points: list[tuple[int, int]], shift: int) -> None:
    early = reference_landmarks(as_peaks(points), DEFAULT)
    late = reference_landmarks(as_peaks([(t + shift, f) for t, f in points]), DEFAULT)

    np.testing.assert_array_equal(late.hashes(), early.hashes())
    np.testing.assert_array_equal(late.frames, early.frames + shift)


@given(st.lists(peak_lists, min_size=1, max_size=4))
def test_landmarks_put_together_are_those_of_each(parts: list[list[tuple[int, int]]]) -> None:
    each = [reference_landmarks(as_peaks(points), DEFAULT) for points in parts]
    together = concatenate(each)

    assert together.hashes().tolist() == [h for part in each for h in part.hashes().tolist()]
    assert counted(together) == sum(map(counted, each), Counter())
