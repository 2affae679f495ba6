"""What a query asks for, against reference landmarks near to its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wavvy.dsp.landmarks import CELL, Landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import SUBBINS
from wavvy.index.probes import Probes, Reach, probes
from wavvy.index.search import NARROW, WIDE

Pair = tuple[int, int, int]  # first, second, span

LOWEST = DEFAULT.low_bin * SUBBINS
HIGHEST = DEFAULT.high_bin * SUBBINS - 1
FARTHEST = DEFAULT.pair_max_bins * SUBBINS
SHORTEST, LONGEST = DEFAULT.pair_min_frames, DEFAULT.pair_max_frames

frequencies = st.one_of(st.sampled_from([LOWEST, HIGHEST]), st.integers(LOWEST, HIGHEST))
differences = st.one_of(st.sampled_from([-FARTHEST, FARTHEST]), st.integers(-FARTHEST, FARTHEST))
spans = st.one_of(
    st.sampled_from([SHORTEST, 19, 20, 23, 24, LONGEST]), st.integers(SHORTEST, LONGEST)
)
pairs = st.tuples(frequencies, differences, spans).map(
    lambda drawn: (drawn[0], min(max(drawn[0] + drawn[1], LOWEST), HIGHEST), drawn[2])
)
reaches = st.one_of(
    st.sampled_from([NARROW, WIDE]),
    st.builds(Reach, st.integers(0, 12), st.integers(0, 3), st.just(0.0)),
)
steps = st.integers(-20, 20)


def landmarks_of(found: list[Pair], times: list[int] | None = None) -> Landmarks:
    first, second, lengths = zip(*found, strict=True) if found else ((), (), ())
    return Landmarks(
        np.array(times or range(len(found)), np.int32),
        np.array(first, np.uint16),
        np.array(second, np.uint16),
        np.array(lengths, np.uint8),
        np.zeros(len(found), np.uint16),
    )


def covered(asked: Probes, reference: Pair) -> bool:
    (hash_,) = landmarks_of([reference]).hashes().tolist()
    return bool(np.any((asked.low <= hash_) & (hash_ <= asked.high)))


def code_of(span: int) -> int:
    return min(span, 20 + max(span - 20, 0) // 4)


@settings(deadline=None, max_examples=400)
@given(query=pairs, reach=reaches, first=steps, second=steps, span=st.integers(-4, 4))
def test_what_lies_within_reach_is_asked_for_and_little_else(
    query: Pair, reach: Reach, first: int, second: int, span: int
) -> None:
    reference = (query[0] + first, query[1] + second, query[2] + span)
    assume_sound(reference)
    asked = probes(landmarks_of([query]), reach, DEFAULT)

    if max(abs(first), abs(second)) <= reach.subbins and abs(span) <= reach.frames:
        assert covered(asked, reference)
    # A cell is asked as a whole where a part of it is near enough.
    cells = [
        [f // CELL for f in range(of - reach.subbins, of + reach.subbins + 1)] for of in query[:2]
    ]
    near = [f // CELL in of for f, of in zip(reference[:2], cells, strict=True)]
    codes = [code_of(query[2] + step) for step in range(-reach.frames, reach.frames + 1)]
    if covered(asked, reference):
        assert all(near)
        assert max(abs(first), abs(second)) < reach.subbins + CELL
        assert code_of(reference[2]) in codes
        assert abs(span) <= reach.frames + 3 * (reference[2] >= 20)


shares = st.floats(-1, 1)


@settings(deadline=None, max_examples=400)
@given(query=pairs, spread=st.floats(0.0001, 0.02), share=shares, first=steps, second=steps)
def test_both_peaks_may_be_higher_or_lower_by_the_same_share(
    query: Pair, spread: float, share: float, first: int, second: int
) -> None:
    reach = Reach(2, 0, spread)
    higher = 1 + spread * share
    reference = (round(query[0] * higher) + first, round(query[1] * higher) + second, query[2])
    assume_sound(reference)
    asked = probes(landmarks_of([query]), reach, DEFAULT)

    if max(abs(first), abs(second)) < reach.subbins:  # one less, as they were rounded
        assert covered(asked, reference)
    if covered(asked, reference):
        # Some share brings both as near as cells tell.
        tried = 1 + np.linspace(-spread, spread, 101)
        at_once = [abs(f - of * tried) for f, of in zip(reference[:2], query[:2], strict=True)]
        near = reach.subbins + CELL + 1
        # Where the first peak lies in its cell is not known, nor then that share.
        widened = near + (reach.subbins + CELL) * max(1, query[1] / query[0])
        assert np.any((at_once[0] <= near) & (at_once[1] <= widened))


@settings(deadline=None)
@given(found=st.lists(pairs, max_size=12), spread=st.floats(0, 0.02))
def test_no_posting_is_found_twice_by_one_landmark(found: list[Pair], spread: float) -> None:
    for one in found:
        asked = probes(landmarks_of([one]), Reach(1, 0, spread), DEFAULT)
        assert np.all(asked.low[1:] > asked.high[:-1])


def test_to_know_that_both_move_together_saves_hashes() -> None:
    together = probes(landmarks_of([(2400, 2800, 9)]), Reach(1, 0, 0.00375), DEFAULT)
    apart = probes(landmarks_of([(2400, 2800, 9)]), Reach(11, 0), DEFAULT)
    asked = [int((each.high - each.low + 1).sum()) for each in (together, apart)]
    assert asked[0] < asked[1] / 2


@pytest.mark.parametrize("second", [2400, 2800, 3100])
def test_a_far_reach_asks_for_all_differences_of_cells_in_many_rows(second: int) -> None:
    reach = 300
    asked = probes(landmarks_of([(2400, second, 9)]), Reach(reach, 0), DEFAULT)
    near = [range((f - reach) // CELL, (f + reach) // CELL + 1) for f in (2400, second)]

    assert asked.low.size > 5 * len(near[0])
    assert int((asked.high - asked.low + 1).sum()) == len(near[0]) * len(near[1])


def assume_sound(pair: Pair) -> None:
    """Go on with what may be in an index."""
    first, second, span = pair
    assume(LOWEST <= first <= HIGHEST and LOWEST <= second <= HIGHEST)
    assume(abs(second - first) <= FARTHEST and SHORTEST <= span <= LONGEST)


@pytest.mark.parametrize("reach", [NARROW, WIDE])
@pytest.mark.parametrize("first", range(6400, 6400 + CELL))
@pytest.mark.parametrize("second", range(6800, 6800 + CELL))
def test_every_landmark_about_one_is_covered_exactly_as_far_as_its_cell(
    reach: Reach, first: int, second: int
) -> None:
    """All of them, wherever in its cell the query's lies."""
    span = 9
    asked = probes(landmarks_of([(first, second, span)]), reach, DEFAULT)
    far = reach.subbins + 2 * CELL
    for f1 in range(first - far, first + far + 1):
        for f2 in range(second - far, second + far + 1):
            near = all(
                (of - reach.subbins) // CELL <= f // CELL <= (of + reach.subbins) // CELL
                for f, of in ((f1, first), (f2, second))
            )
            for dt in (span - 2, span - 1, span, span + 1, span + 2):
                assert covered(asked, (f1, f2, dt)) == (near and abs(dt - span) <= reach.frames)


@pytest.mark.parametrize(
    ("span", "codes"),
    [
        (10, {10}),
        (19, {19}),
        (20, {20, 21, 22, 23}),
        (23, {20, 21, 22, 23}),
        (24, {24, 25, 26, 27}),
    ],
)
def test_spans_from_20_on_share_codes(span: int, codes: set[int]) -> None:
    asked = probes(landmarks_of([(6400, 6800, span)]), Reach(0, 0), DEFAULT)

    assert {dt for dt in range(SHORTEST, 64) if covered(asked, (6400, 6800, dt))} == codes


@pytest.mark.parametrize(("span", "codes"), [(19, range(18, 24)), (23, range(20, 28))])
def test_a_step_in_time_may_reach_the_next_code(span: int, codes: range) -> None:
    asked = probes(landmarks_of([(6400, 6800, span)]), Reach(0, 1), DEFAULT)

    assert [dt for dt in range(SHORTEST, 64) if covered(asked, (6400, 6800, dt))] == [*codes]


@pytest.mark.parametrize(("span", "shift"), [(SHORTEST, -1), (LONGEST, 1)])
def test_no_span_is_asked_for_that_no_reference_has(span: int, shift: int) -> None:
    asked = probes(landmarks_of([(6400, 6800, span)]), Reach(0, 3), DEFAULT)
    outermost = asked.low.min() if shift < 0 else asked.high.max()

    assert [outermost] == landmarks_of([(6400, 6800, span)]).hashes().tolist()


@pytest.mark.parametrize(
    ("tempos", "spans"),
    [([1.0], {10}), ([1.0, 1.06], {10, 11}), ([0.8, 1.0, 1.15], range(8, 13)), ([1.2], {12})],
)
def test_tempos_are_asked_for_together(tempos: list[float], spans: Collection[int]) -> None:
    """A landmark of ten frames, two hundred half-frames from the start."""
    asked = probes(landmarks_of([(6400, 6800, 10)], [200]), Reach(0, 0), DEFAULT, tempos)

    assert {dt for dt in range(SHORTEST, 20) if covered(asked, (6400, 6800, dt))} == set(spans)
    assert asked.times.tolist() == [[round(200 * tempo)] for tempo in tempos]


@pytest.mark.parametrize(("span", "tempo"), [(SHORTEST, 0.5), (LONGEST, 1.5)])
def test_what_no_track_has_at_a_tempo_is_not_asked_for(span: int, tempo: float) -> None:
    asked = probes(landmarks_of([(6400, 6800, span)]), Reach(0, 0), DEFAULT, [tempo])

    assert not asked.low.size


def rows_of(asked: Probes) -> Iterator[tuple[int, int, int]]:
    columns = (asked.low, asked.high, asked.times[0, asked.asking])
    return zip(*(column.tolist() for column in columns), strict=True)


@settings(deadline=None)
@given(found=st.lists(pairs, max_size=12), reach=reaches)
def test_ranges_are_sorted_and_those_of_each_landmark(found: list[Pair], reach: Reach) -> None:
    times = [7 * i - 20 for i in range(len(found))]
    asked = probes(landmarks_of(found, times), reach, DEFAULT)
    alone = [
        probes(landmarks_of([one], [at]), reach, DEFAULT)
        for one, at in zip(found, times, strict=True)
    ]

    assert np.all(asked.low <= asked.high)
    assert np.all(asked.low[1:] >= asked.low[:-1])
    assert sorted(rows_of(asked)) == sorted(row for one in alone for row in rows_of(one))
    for one in alone:  # no posting is found twice by one landmark
        assert np.all(one.low[1:] > one.high[:-1])


@pytest.mark.parametrize(("reach", "most"), [(NARROW, 4), (WIDE, 9)])
def test_a_landmark_asks_for_few_ranges(reach: Reach, most: int) -> None:
    for first in range(6400, 6400 + CELL):
        asked = probes(landmarks_of([(first, 6800, 9)]), reach, DEFAULT)
        assert 1 < asked.low.size <= most


def test_ranges_can_be_chosen() -> None:
    asked = probes(landmarks_of([(6400, 6800, 9), (700, 900, 30)]), WIDE, DEFAULT)
    chosen = np.array([1, 4])

    rows = [*rows_of(asked)]
    assert [*rows_of(asked.only(chosen))] == [rows[1], rows[4]]
