from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from wavvy.catalog.grouping import grouped

IDS = st.integers(1, 12)
TWO = st.tuples(IDS, IDS).filter(lambda two: two[0] < two[1])


def test_links_reach_on() -> None:
    pairs = [(3, 9, 0.9), (1, 9, 0.8), (4, 7, 0.7)]
    assert grouped(pairs, []) == [{1: 0.8, 3: 0.9, 9: 0.9}, {4: 0.7, 7: 0.7}]
    assert grouped([], [(1, 2)]) == []


def test_what_is_apart_stays_apart_and_the_nearest_stay_together() -> None:
    pairs = [(1, 2, 0.8), (2, 3, 0.9)]
    assert grouped(pairs, [(1, 3)]) == [{2: 0.9, 3: 0.9}]
    assert grouped(pairs, [(2, 3), (1, 2)]) == []
    assert grouped([*pairs, (3, 4, 0.7)], [(4, 1), (2, 4)]) == [{1: 0.8, 2: 0.9, 3: 0.9}]


@given(
    likeness=st.dictionaries(TWO, st.sampled_from([0.7, 0.8, 0.9]), max_size=25),
    apart=st.sets(TWO, max_size=8),
    seed=st.integers(0, 99),
)
def test_groups(
    likeness: dict[tuple[int, int], float], apart: set[tuple[int, int]], seed: int
) -> None:
    pairs = [(low, high, alike) for (low, high), alike in likeness.items()]
    groups = grouped(pairs, apart)
    ids = [track_id for group in groups for track_id in group]
    assert len(ids) == len(set(ids))
    assert [min(group) for group in groups] == sorted(min(group) for group in groups)
    for group in groups:
        assert list(group) == sorted(group)
        assert not any(low in group and high in group for low, high in apart)
        inside = [pair for pair in pairs if pair[0] in group and pair[1] in group]
        for track_id, similarity in group.items():
            assert similarity == max(pair[2] for pair in inside if track_id in pair[:2])
        reached = {min(group)}
        for _ in group:
            reached |= {i for low, high, _ in inside if reached & {low, high} for i in (low, high)}
        assert reached == set(group)
    for low, high, _ in pairs:  # whatever is left is kept apart by somebody's word
        together = [group for group in groups if low in group or high in group]
        if not any(low in group and high in group for group in together):
            members = [
                next((set(group) for group in together if i in group), {i}) for i in (low, high)
            ]
            assert any((min(a, b), max(a, b)) in apart for a in members[0] for b in members[1])
    random.Random(seed).shuffle(pairs)
    assert grouped(pairs, {(high, low) for low, high in apart}) == groups
