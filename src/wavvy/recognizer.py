"""Recognition, from samples to matches. READ THIS FIRST.

A `Session` takes the samples of one stream. At moments fixed by the audio alone, however it was cut
into pushes, it asks what the last seconds may be::

    samples ─ dsp.spectrogram ─ dsp.peaks ─ dsp.landmarks ─┐
                    │                                      ▼
                    │                        index.votes: which tracks, where?   (nominate)
                    │                                      ▼
                    │                        index.screening: those that agree   (screen)
                    ▼                                      │
              dsp.whitening ──────────────► index.witnesses: peak by peak        (verify)
                                                           │
                                            calibration: how sure is that?       (score)

At first glance the landmarks of the most salient peaks are looked up, and they reach no farther
than clean music needs. Where nothing is found, more of them are, with a wider reach; then the query
is asked as if it played faster, slower, higher or lower (dsp.warp): its own landmarks are moved,
the index stays as it is. What is found, or nearly, but covers little is tried with skews there
(index.skew).

A file is recognised by the same session, fed in one go: the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from wavvy.calibration import Calibration
from wavvy.dsp.arrays import F32
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import SUBBINS, Peaks
from wavvy.dsp.warp import PLAIN, Warp, warp_grid
from wavvy.index.found import Found, joined
from wavvy.index.lookup import look_up
from wavvy.index.probes import Probes, probes
from wavvy.index.search import (
    NARROW,
    WARPED,
    WIDE,
    WIDE_IN_FREQUENCY,
    Effort,
    search,
    search_skewed,
    search_warped,
    votes_without,
)
from wavvy.index.selectivity import Distinct
from wavvy.index.store import Index
from wavvy.index.tally import Tally
from wavvy.manner import CLIP, HURRIED_FIRST_SECONDS, STREAM, Manner
from wavvy.match import Match, judged
from wavvy.query import SHIFTS, WINDOW_SECONDS, GrowingQuery, Query, warped_landmarks

WARPS = tuple(warp_grid())
LOOSE_COVERAGE = 0.75
"""Coverage below which a match may be of music at another tempo, or a little out of tune: landmarks
find the track all the same, but the place of only a part of the clip."""
WARP_PENALTY = 12.0
"""Nats that a warped match has less: dozens of warps were tried, and the best of them sharpened."""
GLANCE_RANK = 22
"""Landmarks of a rank below that are looked up at first: clean music needs no more ..."""
LOOK_RANK = 55
"""... those of a rank below that at a closer look ..."""
LIKELIEST_LANDMARKS = 2500
"""... and with a wide reach the likeliest, so many or half of all, whichever is more ..."""
MANY_LANDMARKS = 3600
"""... which is wide in frequency alone if there are more than these, as in five seconds."""
WARPED_RANK = 30
"""Warps are tried with the worthiest landmarks of a rank below that ..."""
SHORT_FACTOR = 2
"""... and with so many times as many where a query has no more than `MANY_LANDMARKS`."""
AT_A_GLANCE = Effort(weighed=16, screened=50)
"""What candidates a glance looks at: what that misses, a closer look finds ..."""
IN_PASSING = Effort(weighed=16, screened=200)
"""... a live stream in passing, whose next look is some time away ..."""
CLOSELY = Effort(weighed=32, screened=500)
"""... and whoever has nothing cheaper to follow: luck has many tries in a large library."""
NEAR = 0.4
"""Share of the evidence it takes from which an answer is near: luck brings less, mostly."""
HURRIED = 2.0
"""How calm a session must be to take but a glance, and a closer look where an answer is near. It
does without warps then, which cost as much as dozens of questions, but tries skews."""


class Moment(NamedTuple):
    """What was thought at one moment of a stream.

    Attributes
    ----------
    elapsed_ms : int
        Audio heard so far.
    landmarks : int
        Landmarks that were considered: the most salient, where they told enough.
    matches : list of Match
        Best first, at most one for each track, accepted or not.
    peaks : list of (int, int)
        Time in milliseconds and frequency in Hz of the peaks found since the moment before.
    """

    elapsed_ms: int
    landmarks: int
    matches: list[Match]
    peaks: list[tuple[int, int]]


class Recognizer:
    """Answers what a piece of audio is, from an index."""

    def __init__(self, index: Index, params: FingerprintParams, calibration: Calibration) -> None:
        self.index = index
        self.params = params
        self.calibration = calibration

    def clip(self, *, guessing: bool = False) -> Session:
        """Return a session for a clip: asked for each window, half overlapping, and at its end.

        Parameters
        ----------
        guessing : bool, default False
            Whether what else it may be is wanted too, where something has been recognised.
        """
        return Session(self, CLIP, margin=0.0, guessing=guessing)

    def stream(self) -> Session:
        """Return a session for a live stream: asked from the first second, ever more calmly."""
        return Session(self, STREAM, margin=self.calibration.stream_margin)

    def search(self, query: Query, *, without: int | None = None) -> Found:
        """Return what a query may be as it is, except the track with the id ``without``."""
        snapshot = self.index.snapshot()
        votes = look_up(snapshot.segments, self.wide_probes(query))
        if without is not None:
            votes = votes_without(snapshot.segments, votes, without)
        return search(snapshot, votes, query.image, self.params, CLOSELY)

    def wide_probes(self, query: Query) -> Probes:
        """Return what `search` asks for: the likelier landmarks, with a wide reach."""
        size = query.landmarks.frames.size
        landmarks = query.distinct.likeliest(max(LIKELIEST_LANDMARKS, size // 2))
        reach = WIDE if size <= MANY_LANDMARKS else WIDE_IN_FREQUENCY
        return probes(landmarks, reach, self.params)

    def search_on(self, query: Query, tally: Tally, effort: Effort) -> Found:
        """Return what a query may be as it is, by the votes that are kept of its stream.

        Of twins one is asked for: the other would bring nearly the same votes again.

        Parameters
        ----------
        tally : Tally
            Keeps the votes, from one question of the stream to the next.
        effort : Effort
            How many candidates are looked at.
        """
        snapshot = self.index.snapshot()
        salient = Distinct.of(query.salient(tally.rank)).landmarks
        votes = tally.votes(snapshot.segments, salient, start=query.start)
        return search(snapshot, votes, query.image, self.params, effort)

    def search_warped(self, query: Query, warps: Sequence[Warp]) -> Found:
        """Return what a query may be if one of these was done to the music, at a penalty."""
        if not query.landmarks.frames.size:
            return joined([])
        snapshot = self.index.snapshot()
        salient = query.distinct.below(WARPED_RANK)
        landmarks = salient.worthiest(snapshot.segments, WARPED, self.params)
        factor = 1 if query.landmarks.frames.size > MANY_LANDMARKS else SHORT_FACTOR
        queries = (
            (together, warped_landmarks(landmarks, self.params, together[0].pitch, factor))
            for together in _askable_together(warps)
        )
        found = search_warped(snapshot, queries, query.image, self.params)
        return found._replace(evidence=found.evidence - WARP_PENALTY)

    def search_skewed(self, query: Query, found: Found) -> Found:
        """Return how a query plays what was found, if at another tempo or pitch, at a penalty."""
        skewed = search_skewed(self.index.snapshot(), found, query.image, self.params)
        return skewed._replace(evidence=skewed.evidence - WARP_PENALTY)

    def matches(self, query: Query, found: Found, margin: float) -> list[Match]:
        """Judge what was found for a query; see `match.judged`."""
        return judged(query, found, self.calibration, self.params, margin)


class Session:
    """One stream of mono samples at the fingerprint's sample rate; not for several threads.

    Parameters
    ----------
    manner : Manner
        How it asks.
    margin : float
        Nats of evidence asked for beyond the threshold before the stream ends.
    guessing : bool, default False
        Whether it also tells what else it may be: a glance that is sure of a track has hardly
        looked at others, and the repeats of one track may crowd out all others.

    Attributes
    ----------
    calm : float
        How many times as long as its manner says a question waits for the next, 1 by default: for
        whoever is short of time. Above, what is pushed together is asked about once, and a wide
        reach and warps wait too, at most until the end. From `HURRIED` on the first question waits
        for `HURRIED_FIRST_SECONDS`, there are no warps at all, and a wide reach and a closer look
        only where an answer is near. Where one is near, the next question waits no longer than the
        manner says.
    """

    def __init__(
        self, recognizer: Recognizer, manner: Manner, *, margin: float, guessing: bool = False
    ) -> None:
        self._recognizer = recognizer
        self._manner = manner
        self._margin = margin
        self._guessing = guessing
        self._query = GrowingQuery(recognizer.params)
        self._glance = Tally(recognizer.params, NARROW, GLANCE_RANK)
        self._look = Tally(recognizer.params, NARROW, LOOK_RANK)
        self._rate = recognizer.params.sample_rate
        self._next = round(manner.first * self._rate)
        self._next_wide = round(manner.first_wide * self._rate)
        self._next_warped = round(manner.first_warped * self._rate)
        self._matched = False
        self.calm = 1.0
        self._samples = 0
        self._shown = 0  # half-frame up to which peaks have been reported

    @property
    def elapsed_ms(self) -> int:
        """Milliseconds of audio heard so far."""
        return round(1000 * self._samples / self._rate)

    @property
    def due_ms(self) -> int:
        """Milliseconds of audio, to the nearest, until the next question; before, none is asked."""
        return round(1000 * (self._due - self._samples) / self._rate)

    @property
    def _due(self) -> int:
        """Samples of the stream after which the next question is asked, as calm as it is now."""
        if self.calm < HURRIED:
            return self._next
        return max(self._next, round(HURRIED_FIRST_SECONDS * self._rate))

    def push(self, samples: F32) -> Iterator[Moment]:
        """Take samples, shape (n,), float32; yield each moment they reach."""
        start = 0
        heard = self._samples + samples.size
        if self.calm > 1 and heard >= self._due:
            self._next = heard  # one question about all of it
        while heard >= self._due:
            due = start + self._next - self._samples
            self._take(samples[start:due])
            start = due
            moment = self._asked_in_passing()
            calm = 1.0 if self._is_near(moment.matches) else self.calm
            self._next += round(calm * self._manner.pace(self._next / self._rate) * self._rate)
            yield moment
        self._take(samples[start:])

    def finish(self) -> Moment:
        """Return the last moment, when all has been heard."""
        return self._moment(0.0, full=True, wide=True, warped=self.calm < HURRIED)

    def _asked_in_passing(self) -> Moment:
        manner = self._manner
        has_time = self.calm <= 1
        wide = has_time and self._samples >= self._next_wide
        if wide:
            self._next_wide = 2 * self._samples
        warped = has_time and self._samples >= self._next_warped
        if warped:
            self._next_warped = 4 * self._samples
        return self._moment(self._margin, full=manner.full, wide=wide, warped=warped)

    def _is_near(self, matches: Sequence[Match]) -> bool:
        """Tell whether little evidence is missing for something to be recognised."""
        seconds = min(self._samples / self._rate, WINDOW_SECONDS)
        needed = self._recognizer.calibration.needed(seconds) + self._margin
        return any(match.evidence >= NEAR * needed for match in matches)

    def _take(self, samples: F32) -> None:
        self._query.push(samples)
        self._samples += samples.size

    def _moment(self, margin: float, *, full: bool, wide: bool, warped: bool) -> Moment:
        recognizer, query = self._recognizer, self._query.query()
        if self._matched:  # what is recognised is not looked for farther away
            wide = warped = False
        hurried = self.calm >= HURRIED
        glance = full or hurried
        tally, effort = (self._glance, AT_A_GLANCE) if glance else (self._look, IN_PASSING)
        found = recognizer.search_on(query, tally, effort)
        found, matches = self._judged(query, found, margin, patient=warped)
        near = self._is_near(matches)
        closer = None
        if not _answers(matches):
            if wide and (near or not hurried):
                closer = recognizer.search(query)
            elif near if hurried else full:
                effort = IN_PASSING if hurried else CLOSELY
                closer = recognizer.search_on(query, self._look, effort)
        if closer is not None:
            found, matches = self._judged(query, joined([found, closer]), margin, patient=warped)
        if warped and not _answers(matches):
            found = joined([found, recognizer.search_warped(query, WARPS)])
            matches = recognizer.matches(query, found, margin)
        if self._guessing:
            best = matches[0].track_id if matches else None
            others = recognizer.search(query, without=best)
            matches = recognizer.matches(query, joined([found, others]), margin)
        self._matched = self._matched or _answers(matches)
        return Moment(self.elapsed_ms, query.worked_out, matches, self._new_peaks(query.peaks))

    def _judged(
        self, query: Query, found: Found, margin: float, *, patient: bool
    ) -> tuple[Found, list[Match]]:
        """Judge what was found, and how the best of it fits with a skew if it covers little.

        That may make an answer of what is near one. Not if ``patient``: warps will follow then, and
        tell of other places, which may fit better.
        """
        recognizer = self._recognizer
        matches = recognizer.matches(query, found, margin)
        best = matches[:1]
        likely = _answers(best) if patient else self._is_near(best)
        if likely and _is_loose(matches[0]):
            skewed = recognizer.search_skewed(query, found)
            if skewed.tracks.size:
                found = joined([found, skewed])
                matches = recognizer.matches(query, found, margin)
        return found, matches

    def _new_peaks(self, peaks: Peaks) -> list[tuple[int, int]]:
        p = self._recognizer.params
        # Those a reference would keep: the others are for the search, and many.
        new = (peaks.frames >= self._shown) & (peaks.ranks < p.peaks_per_second)
        self._shown = max(self._shown, int(peaks.frames[-1]) + 1 if peaks.frames.size else 0)
        times = peaks.frames[new] * (p.hop_ms / SHIFTS) + 500 * p.window / p.sample_rate
        hertz = peaks.freqs[new] * (p.sample_rate / p.window / SUBBINS)
        rounded = np.rint((times, hertz)).astype(np.int64)
        return list(zip(*rounded.tolist(), strict=True))


def _answers(matches: Sequence[Match]) -> bool:
    """Tell whether something is recognised."""
    return any(match.accepted for match in matches)


def _is_loose(match: Match) -> bool:
    """Tell whether it may be of music at another tempo than it was found at."""
    return match.warp == PLAIN and match.coverage < LOOSE_COVERAGE


def _askable_together(warps: Sequence[Warp]) -> Iterator[list[Warp]]:
    """Gather warps of one pitch; those that leave it alone differ too much in time."""
    by_pitch: dict[float, list[Warp]] = {}
    for warp in warps:
        if warp.pitch == 1:
            yield [warp]
        else:
            by_pitch.setdefault(warp.pitch, []).append(warp)
    yield from by_pitch.values()
