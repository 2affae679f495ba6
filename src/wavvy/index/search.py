"""One query over all segments: nominate by landmarks, decide by single peaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I32
from wavvy.dsp.landmarks import Landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.warp import HALF_STEP, PLAIN, Warp
from wavvy.index.found import Found, joined
from wavvy.index.image import QueryImage
from wavvy.index.lookup import budget_of, look_up_tempos
from wavvy.index.placement import Warps
from wavvy.index.probes import Reach, probes
from wavvy.index.screening import screen
from wavvy.index.segment import Segment
from wavvy.index.sharpening import sharpen
from wavvy.index.skew import skewed
from wavvy.index.snapshot import Snapshot
from wavvy.index.votes import Candidates, nominate
from wavvy.index.witnesses import Evidence, weigh

WARPED_CANDIDATES = 16
"""Candidates that each warp nominates at most ..."""
WARPED_VOTES = 3
"""... with no fewer votes: where a right one has less, so have hundreds by chance."""
WEIGHED = 24
"""Candidates, over all warps, that are weighed: those that a screening tells to agree best."""
SHARPENED = 8
"""Candidates, over all warps, whose warp is sharpened."""
NARROW = Reach(2, 0)
"""How far a query's landmarks reach at first: every posting costs."""
WIDE = Reach(4, 1)
"""How far where that finds nothing: noise moves peaks."""
WIDE_IN_FREQUENCY = Reach(5, 0)
"""How far many of them do then: of those, enough keep their frames."""
WARPED = Reach(0, 0, 0.8 * HALF_STEP)
"""How far those of a warp that moves frequencies do: nearly halfway to the next one that is tried.
Cells reach farther than that, and both warps share what lies between."""
WARPED_SHARE = 1 / 6
"""Share of a question's budget that the look-up of a warp has. Few would touch more, those of music
like much other; of theirs, what touches most is not asked."""
SKEWED_PLACES = 4
"""Places at which another tempo or pitch is looked for: the likeliest ..."""
LIKELY = 0.25
"""... that have so large a share of the best one's evidence."""
BETTER = 1.1
"""Agreement with a skew that tells one, in multiples of the best without: of so many skews one fits
a little better by chance."""

Played = tuple[Candidates, Warps]
"""Candidates, and how each of them would have to be played."""


class Effort(NamedTuple):
    """How many candidates a search looks at.

    Attributes
    ----------
    weighed : int
        For which the evidence is weighed.
    screened : int
        By their votes; those that are weighed are the best of them, if these are more.
    """

    weighed: int
    screened: int


def search(
    snapshot: Snapshot,
    votes: Sequence[I32],
    image: QueryImage,
    params: FingerprintParams,
    effort: Effort,
) -> Found:
    """Find what a query may be.

    Parameters
    ----------
    votes : sequence of ndarray, shape (n,), int32
        For each segment, the offset that each vote of the query's landmarks is for.
    image : QueryImage
        What the witnesses look candidates up in.
    params : FingerprintParams
        Of the index.
    effort : Effort
        How many candidates are looked at.
    """
    low_bin = params.low_bin
    chosen = [
        (candidates, Warps.all_of(PLAIN, candidates.offsets.size))
        for candidates in _nominated(snapshot, votes, max(effort))
    ]
    if effort.screened > effort.weighed:
        chosen = _best(chosen, _screened(snapshot, chosen, image, low_bin), effort.weighed)
    parts = []
    for segment, (candidates, warps) in zip(snapshot.segments, chosen, strict=True):
        evidence = weigh(segment, candidates, warps, image, low_bin)
        parts.append(_found(segment, candidates, warps, evidence))
    return joined(parts)


def votes_without(segments: Sequence[Segment], votes: Sequence[I32], track_id: int) -> list[I32]:
    """Drop the votes for one track: where they are many, they crowd out those for others.

    Parameters
    ----------
    votes : sequence of ndarray, shape (n,), int32
        For each segment, the offset that each vote is for, in half-frames; likewise returned.
    """
    left = []
    for segment, offsets in zip(segments, votes, strict=True):
        for position in np.flatnonzero(segment.tracks == track_id).tolist():
            first, stop = segment.span(position)
            offsets = offsets[(offsets < 2 * first) | (offsets >= 2 * stop)]
        left.append(offsets)
    return left


def search_warped(
    snapshot: Snapshot,
    queries: Iterable[tuple[Sequence[Warp], Landmarks]],
    image: QueryImage,
    params: FingerprintParams,
) -> Found:
    """Find what a query may be if it plays a track faster, slower, higher or lower.

    Each warp nominates a few candidates. All of them are screened, the best are weighed as they
    are, and the best of those are sharpened: the warps tried are some way apart.

    Parameters
    ----------
    queries : iterable of (sequence of Warp, Landmarks)
        At least one: warps of one pitch, with the query's landmarks where that pitch puts them in
        the track; frames in half-frames of the query.
    """
    low_bin = params.low_bin
    budget = int(WARPED_SHARE * budget_of(snapshot.segments))
    tried: list[Warp] = []
    nominated = []
    for together, landmarks in queries:
        reach = NARROW if together[0].pitch == 1 else WARPED
        asked = probes(landmarks, reach, params, [warp.time for warp in together])
        votes = look_up_tempos(snapshot.segments, asked, budget)
        tried += together
        nominated += [
            _nominated(snapshot, of_one, WARPED_CANDIDATES, least=WARPED_VOTES)
            for of_one in zip(*votes, strict=True)
        ]
    chosen = [_played(tried, of_segment) for of_segment in zip(*nominated, strict=True)]
    chosen = _best(chosen, _screened(snapshot, chosen, image, low_bin), WEIGHED)
    totals = [
        weigh(segment, candidates, warps, image, low_bin).total
        for segment, (candidates, warps) in zip(snapshot.segments, chosen, strict=True)
    ]
    # What luck explains as it is has nothing to be sharpened.
    leaders = _best(chosen, totals, SHARPENED, above=0.0)
    return _sharpened(snapshot, leaders, image, low_bin)


def search_skewed(
    snapshot: Snapshot, found: Found, image: QueryImage, params: FingerprintParams
) -> Found:
    """Find at which tempo and pitch a query plays what was found, if not at those of the track.

    Parameters
    ----------
    found : Found
        By other searches; the likeliest places of it without a skew are tried.

    Returns
    -------
    Found
        What fits clearly better with a skew.
    """
    low_bin = params.low_bin
    places = _likeliest_places(found)
    chosen: list[Played] = []
    for segment, dead in zip(*snapshot, strict=True):
        rows, positions = np.nonzero(np.equal.outer(places.tracks, segment.tracks) & ~dead)
        offsets = np.rint(places.offsets[rows] + 2 * segment.starts[positions]).astype(np.int64)
        chosen.append((Candidates(offsets, places.votes[rows]), Warps.all_of(PLAIN, offsets.size)))
    plain = np.concatenate([*_screened(snapshot, chosen, image, low_bin), np.zeros(1)])
    bar = BETTER * float(plain.max())
    fitting = [
        skewed(segment, candidates, image, low_bin, bar)
        for segment, (candidates, _) in zip(snapshot.segments, chosen, strict=True)
    ]
    found = _sharpened(snapshot, fitting, image, low_bin)
    return found.only(np.flatnonzero(~found.plain))


def _likeliest_places(found: Found) -> Found:
    """Return places that may be of something skewed; several looks may have found the same."""
    plain = found.only(np.flatnonzero(found.plain))
    least = LIKELY * plain.evidence.max(initial=0.0)
    places: dict[tuple[int, int], int] = {}
    for i in np.argsort(-plain.evidence, kind="stable").tolist():
        if len(places) == SKEWED_PLACES or plain.evidence[i] < least:
            break
        places.setdefault((int(plain.tracks[i]), round(plain.offsets[i])), i)
    return plain.only(np.array(list(places.values()), np.int64))


def _played(warps: Sequence[Warp], nominated: Sequence[Candidates]) -> Played:
    """Join what several warps nominated in one segment."""
    times, pitches = np.array(warps, np.float64).T
    counts = [candidates.offsets.size for candidates in nominated]
    return (
        Candidates(*map(np.concatenate, zip(*nominated, strict=True))),
        Warps(np.repeat(times, counts), np.repeat(pitches, counts)),
    )


def _screened(
    snapshot: Snapshot, chosen: Sequence[Played], image: QueryImage, low_bin: int
) -> list[F64]:
    """Tell how well each segment's candidates agree."""
    return [
        screen(segment, candidates.offsets, warps, image, low_bin)
        for segment, (candidates, warps) in zip(snapshot.segments, chosen, strict=True)
    ]


def _sharpened(
    snapshot: Snapshot, chosen: Sequence[Played], image: QueryImage, low_bin: int
) -> Found:
    """Sharpen how each segment's candidates are played, and weigh them as they are then."""
    parts = []
    for segment, (candidates, warps) in zip(snapshot.segments, chosen, strict=True):
        if candidates.offsets.size:
            candidates, warps = sharpen(segment, candidates, warps, image, low_bin)
            evidence = weigh(segment, candidates, warps, image, low_bin)
            parts.append(_found(segment, candidates, warps, evidence))
    return joined(parts)


def _best(
    chosen: Sequence[Played], marks: Sequence[F64], most: int, *, above: float = -np.inf
) -> list[Played]:
    """Keep, of all segments' candidates, those with the highest marks, if higher than ``above``."""
    together = np.concatenate([*marks, np.empty(0)])
    best = np.argsort(-together, kind="stable")[:most]
    best = best[together[best] > above]
    kept: list[Played] = []
    first = 0
    for (candidates, warps), of_segment in zip(chosen, marks, strict=True):
        here = best[(best >= first) & (best < first + of_segment.size)] - first
        first += of_segment.size
        kept.append(
            (
                Candidates(*(column[here] for column in candidates)),
                Warps(*(column[here] for column in warps)),
            )
        )
    return kept


def _nominated(
    snapshot: Snapshot, votes: Sequence[I32], most: int, *, least: int = 1
) -> list[Candidates]:
    """Keep the candidates with the most votes over all segments, and no fewer than ``least``."""
    nominated = [
        nominate(segment, dead, found, most=most, least=least)
        for segment, dead, found in zip(*snapshot, votes, strict=True)
    ]
    if sum(c.votes.size for c in nominated) <= most:
        return nominated
    counts = np.concatenate([c.votes for c in nominated])
    enough = np.partition(counts, counts.size - most)[counts.size - most]
    return [Candidates(*(column[c.votes >= enough] for column in c)) for c in nominated]


def _found(segment: Segment, candidates: Candidates, warps: Warps, evidence: Evidence) -> Found:
    positions = segment.positions(candidates.offsets >> 1)
    return Found(
        segment.tracks[positions],
        evidence.offsets - 2.0 * segment.starts[positions],
        candidates.votes,
        evidence.total,
        evidence.peaks,
        evidence.matched,
        *warps,
    )
