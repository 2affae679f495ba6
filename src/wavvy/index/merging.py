"""Which segments to merge: few of them in the end, and no track is copied often.

Segments of about one size make a tier, and each tier's are ``MERGE_FACTOR`` times as large as those
of the one below. A tier with that many segments is merged into one of the next, so a track is
copied once a tier: as often as the logarithm of the library's size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from wavvy.index.format import MAX_FRAMES
from wavvy.index.search import Snapshot
from wavvy.index.segment import Segment

MERGE_FACTOR = 4
"""Segments of about one size that are merged into one."""
MOST_DEAD = 0.25
"""Share of removed tracks from which on a segment is written anew without them."""

_SMALLEST_TIER_BITS = 16  # all segments of fewer than 2**16 frames (44 minutes) are of one tier


def due(snapshot: Snapshot) -> list[Segment]:
    """Return the segments to be merged next, smallest first; none if all is in order."""
    tiers: defaultdict[int, list[Segment]] = defaultdict(list)
    for segment in snapshot.segments:
        # What is over half the limit has grown up: no other of its size could join it.
        if segment.header.frames <= MAX_FRAMES // 2:
            tiers[_tier(segment)].append(segment)
    for _, tier in sorted(tiers.items()):
        group, *rest = packed(tier)
        if len(group) >= MERGE_FACTOR or (rest and len(group) > 1):
            return group
    for segment, dead in zip(snapshot.segments, snapshot.dead, strict=True):
        if dead.mean() > MOST_DEAD:
            return [segment]
    return []


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
