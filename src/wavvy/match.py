"""What a query may be: its evidence judged, one place for each track."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from wavvy.calibration import Calibration
from wavvy.dsp.arrays import F64, Bools
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.warp import Warp
from wavvy.index.found import Found
from wavvy.query import SHIFTS, Query

PLACE_MARGIN = 12.0
"""Nats of evidence that tell one place of a track from another ..."""
SETTLED_SECONDS = 4.0
"""... for which a stream waits until then: one second of a loop or a chorus says which track it is,
but not where."""
LEAST_OVERLAP_SECONDS = 1.0
"""Shortest part of a clip by which a track is named; of a shorter clip, most of it."""
_SAME_PLACE = 5  # half-frames
_REPEAT = 0.8  # share of the best evidence from which another place may be the right one ...
_AS_FAST = 0.02  # ... if the query plays it at the same tempo, about


class Match(NamedTuple):
    """One track that the audio may be.

    Attributes
    ----------
    track_id : int
    score : float
        Probability that the match is right, 0 to 1.
    evidence : float
        What speaks for it, in nats.
    accepted : bool
        Whether that is enough.
    begin_ms, end_ms : int
        Part of the stream that was compared.
    track_begin_ms : int
        Position in the track at ``begin_ms``.
    matched_landmarks : int
        Landmarks of that part of the stream, of those looked up, that agree with the track.
    time_skew : float
        How much faster than the track the stream plays: 0.03 is 3 % faster. A millisecond of the
        stream is ``1 + time_skew`` of the track.
    frequency_skew : float
        How much higher it sounds: 0.03 is 3 % higher, half a semitone.
    coverage : float
        Share of the track's peaks, where the stream lies, that it has too.
    """

    track_id: int
    score: float
    evidence: float
    accepted: bool
    begin_ms: int
    end_ms: int
    track_begin_ms: int
    matched_landmarks: int
    time_skew: float = 0.0
    frequency_skew: float = 0.0
    coverage: float = 1.0

    def suffices(self, min_score: float | None) -> bool:
        """Tell whether it is accepted, or has this score if one is given."""
        return self.accepted if min_score is None else self.score >= min_score

    @property
    def warp(self) -> Warp:
        """How the stream plays the track."""
        return Warp(1 + self.time_skew, 1 + self.frequency_skew)


def judged(
    query: Query,
    found: Found,
    calibration: Calibration,
    params: FingerprintParams,
    margin: float,
) -> list[Match]:
    """Judge what was found for a query; return each track's best, best first.

    Parameters
    ----------
    found : Found
        By all searches for the query.
    calibration : Calibration
        Tells how sure evidence is.
    params : FingerprintParams
        Of the query.
    margin : float
        Nats of evidence asked for beyond the threshold; above 0, a short query that fits another
        place of the track nearly as well is not accepted.
    """
    half_frame_ms = params.hop_ms / SHIFTS
    seconds = query.half_frames * half_frame_ms / 1000
    scores = calibration.score(found.evidence, seconds)
    accepted = found.evidence - margin >= calibration.needed(seconds)
    # Where the query begins before the track, only what overlaps speaks for it.
    before = np.minimum(found.offsets, 0.0) / found.times
    overlap = seconds + before * half_frame_ms / 1000
    accepted &= overlap >= min(LEAST_OVERLAP_SECONDS, 0.8 * seconds)
    if margin > 0 and seconds < SETTLED_SECONDS:
        accepted &= found.evidence - _elsewhere(found, query.half_frames) >= PLACE_MARGIN
    best = np.array(_best_of_each_track(found, accepted), np.int64)
    found = found.only(best)
    begin = query.start * half_frame_ms
    length = (query.half_frames - 1) * half_frame_ms + 1000 * params.window / params.sample_rate
    at = found.offsets * half_frame_ms
    early = np.maximum(-at, 0.0) / found.times  # the query began before the track did
    columns = (
        found.tracks,
        scores[best],
        found.evidence,
        accepted[best],
        np.rint(begin + early).astype(np.int64),
        np.full(at.size, round(begin + length)),
        np.rint(at + early * found.times).astype(np.int64),
        np.minimum(found.votes, query.worked_out),  # a landmark may vote more than once
        found.times - 1,
        found.pitches - 1,
        found.matched / np.maximum(found.peaks, 1),
    )
    return list(itertools.starmap(Match, zip(*(c.tolist() for c in columns), strict=True)))


def _elsewhere(found: Found, half_frames: int) -> F64:
    """Return, for each candidate, the best evidence for another place of its track.

    It is another if the query, so many half-frames long, is nowhere at one place by both: what one
    of them plays a little faster meets the other at some moment.
    """
    same_track = found.tracks[:, np.newaxis] == found.tracks
    ends = found.offsets + half_frames * found.times
    begin, end = (np.subtract.outer(at, at) for at in (found.offsets, ends))
    apart = (begin * end > 0) & (np.minimum(np.abs(begin), np.abs(end)) > _SAME_PLACE)
    elsewhere: F64 = np.where(same_track & apart, found.evidence, 0.0).max(axis=1, initial=0.0)
    return elsewhere


def _best_of_each_track(found: Found, accepted: Bools) -> list[int]:
    """Return the position of each track's best candidate, best first.

    Evidence tells tracks apart. Between repeats within a track it is nearly the same, and how
    likely luck was at either is beside the point: where more peaks coincide is the right place.
    At another tempo there are more or fewer peaks, so there evidence decides, as it does where it
    is accepted for one of two repeats alone.
    """
    leaders: dict[int, int] = {}  # by evidence
    best: dict[int, int] = {}
    for i in np.argsort(-found.evidence, kind="stable").tolist():
        track = int(found.tracks[i])
        leader, rival = leaders.setdefault(track, i), best.setdefault(track, i)
        near = found.evidence[i] >= _REPEAT * found.evidence[leader]
        as_fast = abs(found.times[i] - found.times[leader]) < _AS_FAST
        as_sure = accepted[i] >= accepted[leader]
        if near and as_fast and as_sure and found.matched[i] > found.matched[rival]:
            best[track] = i
    return list(best.values())
