"""Which segments to merge: few of them in the end, and no track is copied often.

Segments of about one size make a tier, and each tier's are ``MERGE_FACTOR`` times as large as those
of the one below. A tier with that many segments is merged into one of the next, so a track is
copied once a tier: as often as the logarithm of the library's size.

A look-up costs about as much in a small segment as in one of several times its size. So where
nothing has been written for a while, what is left of the lower tiers is merged as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from wavvy.index.format import MAX_FRAMES
from wavvy.index.segment import Segment
from wavvy.index.snapshot import Snapshot

MERGE_FACTOR = 4
"""Segments of about one size that are merged into one."""
RESTING_FACTOR = 3
"""Times as large as all smaller segments together that a segment is at least, in an index at rest:
a merge that is not due otherwise makes of its largest segment one a third larger, or more."""
MOST_DEAD = 0.25
"""Share of removed tracks from which on a segment is written anew without them."""

_SMALLEST_TIER_BITS = 16  # all segments of fewer than 2**16 frames (44 minutes) are of one tier


def due(snapshot: Snapshot, *, resting: bool = False) -> list[Segment]:
    """Return the segments to be merged next, smallest first; none if all is in order.

    Parameters
    ----------
    resting : bool
        Whether nothing has been written for a while.
    """
    tiers: defaultdict[int, list[Segment]] = defaultdict(list)
    # What is over half the limit has grown up: no other of its size could join it.
    growing = [s for s in snapshot.segments if s.header.frames <= MAX_FRAMES // 2]
    for segment in growing:
        tiers[_tier(segment)].append(segment)
    for _, tier in sorted(tiers.items()):
        group, *rest = packed(tier)
        if len(group) >= MERGE_FACTOR or (rest and len(group) > 1):
            return group
    for segment, dead in zip(snapshot.segments, snapshot.dead, strict=True):
        if dead.mean() > MOST_DEAD:
            return [segment]
    return _remainder(growing) if resting else []


def _remainder(segments: Iterable[Segment]) -> list[Segment]:
    """Return the smallest segments, up to the largest that those below it are near in size."""
    ascending = sorted(segments, key=lambda segment: segment.header.frames)
    together = 0
    wanted: list[Segment] = []
    for number, segment in enumerate(ascending, 1):
        if segment.header.frames < RESTING_FACTOR * together:
            wanted = ascending[:number]
        together += segment.header.frames
    return packed(wanted)[0] if wanted else []


def packed(segments: Iterable[Segment]) -> list[list[Segment]]:
    """Group segments, smallest first, so that each group fits one segment."""
    groups: list[list[Segment]] = []
    room = 0
    for segment in sorted(segments, key=lambda segment: segment.header.frames):
        if not groups or segment.header.frames > room:
            groups.append([])
            room = MAX_FRAMES
        groups[-1].append(segment)
        room -= segment.header.frames
    return groups


def _tier(segment: Segment) -> int:
    size = segment.header.frames >> _SMALLEST_TIER_BITS
    return -(-size.bit_length() // (MERGE_FACTOR.bit_length() - 1))
