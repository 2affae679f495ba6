"""From pairs of tracks to groups of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


def grouped(
    pairs: Iterable[tuple[int, int, float]], apart: Iterable[tuple[int, int]]
) -> list[dict[int, float]]:
    """Put tracks together that pairs link, the most similar first.

    Parameters
    ----------
    pairs : iterable of (int, int, float)
        Ids of two tracks, and their similarity.
    apart : iterable of (int, int)
        Tracks that must not come into one group, whatever they have in common with others.

    Returns
    -------
    list of dict
        Each group of two or more: from each id, ascending, to the highest similarity that it has
        with another of the group. In the order of their lowest ids.
    """
    foes: defaultdict[int, set[int]] = defaultdict(set)
    for first, second in apart:
        foes[first].add(second)
        foes[second].add(first)
    group_of: dict[int, dict[int, float]] = {}
    for first, second, similarity in sorted(pairs, key=lambda pair: (-pair[2], *pair[:2])):
        one = group_of.setdefault(first, {first: 0.0})
        other = group_of.setdefault(second, {second: 0.0})
        if one is not other:
            small, large = sorted((one, other), key=len)
            if any(not large.keys().isdisjoint(foes[i]) for i in small if i in foes):
                continue
            large.update(small)
            group_of.update(dict.fromkeys(small, large))
        group = group_of[first]
        for i in (first, second):
            group[i] = max(group[i], similarity)
    groups = {id(group): group for group in group_of.values() if len(group) > 1}
    return sorted((dict(sorted(group.items())) for group in groups.values()), key=min)
