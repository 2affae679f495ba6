"""What there is to know about why a clip was recognised, or was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from wavvy.catalog.track import Track
    from wavvy.dsp.arrays import I16

Reason = Literal[
    "matched", "too_short", "silent", "empty_library", "nothing_in_common", "luck_as_likely"
]
"""Why it came out as it did; the set is closed."""


class Candidate(NamedTuple):
    """The track that was answered, or would be if any were.

    Attributes
    ----------
    track : Track
    score : float
        Probability that it is right, 0 to 1.
    accepted : bool
        Whether it was answered.
    track_begin_ms : int
        Position in the track at the start of the window; negative where the window begins first.
    time_skew, frequency_skew : float
        How much faster and higher than the track the clip plays.
    """

    track: Track
    score: float
    accepted: bool
    track_begin_ms: int
    time_skew: float
    frequency_skew: float

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "id": self.track.id,
            "title": self.track.title,
            "artists": [{"name": name} for name in self.track.artists],
            "score": round(self.score, 4),
            "accepted": self.accepted,
            "track_begin_ms": self.track_begin_ms,
            "time_skew": round(self.time_skew, 4),
            "frequency_skew": round(self.frequency_skew, 4),
        }


class OffsetHistogram(NamedTuple):
    """How many landmarks agree on each position of the clip in the track.

    Attributes
    ----------
    bin_ms : int
        Width of a bin: by as much may votes for one position differ.
    background : float
        Mean votes of the touched bins, the candidate's own left out: what luck gives.
    bins : list of (int, int)
        Position in milliseconds at which a bin starts, and its votes. The candidate is in the
        middle of its bin. Of a long track the bins with most votes.
    """

    bin_ms: int
    background: float
    bins: list[tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why a clip was recognised, or was not.

    Times are milliseconds of the clip and frequencies Hz in the clip, unless said otherwise.

    Attributes
    ----------
    reason : str
        One of ``Reason``.
    summary : str
        The same in plain words.
    begin_ms, end_ms : int
        The window of the clip that decided.
    threshold : float
        Score from which a match is accepted.
    candidate : Candidate, optional
        Missing where no track has anything in common with the clip.
    query_landmarks : list of (int, int)
        Time and frequency of the clip's peaks.
    reference_landmarks : list of (int, int, int)
        Time and frequency of the track's peaks, as they would be in the clip, and 1 where the clip
        has a peak there, 0 where it has none.
    pairs : list of (int, int, int, int)
        Time and frequency of both peaks of each landmark that voted for the candidate; of many,
        some.
    offset_histogram : OffsetHistogram
    matched_share, luck_share : float
        Share of the track's peaks that the clip has, and would have by luck.
    score_by_time : list of (int, float, float)
        As the window grows: how far it reaches, the score of the candidate, and the best score of
        any other track.
    levels : ndarray, shape (columns, rows), int16
        Spectrogram of the window in millibels; not part of the JSON.
    extent : tuple of float
        Its edges: first and last second, lowest and highest Hz.
    """

    reason: Reason
    summary: str
    begin_ms: int
    end_ms: int
    threshold: float
    candidate: Candidate | None
    query_landmarks: list[tuple[int, int]]
    reference_landmarks: list[tuple[int, int, int]]
    pairs: list[tuple[int, int, int, int]]
    offset_histogram: OffsetHistogram
    matched_share: float
    luck_share: float
    score_by_time: list[tuple[int, float, float]]
    levels: I16
    extent: tuple[float, float, float, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        histogram = self.offset_histogram
        return {
            "reason": self.reason,
            "summary": self.summary,
            "begin_ms": self.begin_ms,
            "end_ms": self.end_ms,
            "threshold": self.threshold,
            "candidate": None if self.candidate is None else self.candidate.to_dict(),
            "query_landmarks": [list(peak) for peak in self.query_landmarks],
            "reference_landmarks": [list(peak) for peak in self.reference_landmarks],
            "pairs": [list(pair) for pair in self.pairs],
            "offset_histogram": {
                "bin_ms": histogram.bin_ms,
                "background": round(histogram.background, 2),
                "bins": [list(position) for position in histogram.bins],
            },
            "matched_share": round(self.matched_share, 4),
            "luck_share": round(self.luck_share, 4),
            "score_by_time": [
                [time, round(score, 4), round(other, 4)]
                for time, score, other in self.score_by_time
            ],
        }
