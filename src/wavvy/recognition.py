"""The answer to "what is this?", as the command line, REST and WebSocket give it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from wavvy.catalog.track import Track
from wavvy.explain.explanation import Explanation
from wavvy.match import Match

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Result:
    """A match and the track it names.

    Attributes
    ----------
    match : Match
    track : Track
    heard_ms : int
        Length of the whole clip or stream so far: ``play_offset_ms`` is the position at its end.
    """

    match: Match
    track: Track
    heard_ms: int

    @property
    def play_offset_ms(self) -> int:
        """Position in the track at the end of what was heard."""
        heard_ms = self.heard_ms - self.match.begin_ms
        now = self.match.track_begin_ms + round((1 + self.match.time_skew) * heard_ms)
        return min(now, self.track.duration_ms)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of one result."""
        match, track = self.match, self.track
        pace = 1 + match.time_skew
        left_ms = (track.duration_ms - match.track_begin_ms) / pace
        length = max(0.0, min(match.end_ms - match.begin_ms, left_ms))
        return {
            "id": track.id,
            "score": round(match.score, 4),
            "title": track.title,
            "artists": [{"name": name} for name in track.artists],
            "album": {"name": track.album} if track.album else None,
            "release_date": track.release_date,
            "duration_ms": track.duration_ms,
            "genres": [{"name": name} for name in track.genres],
            "label": track.label,
            "play_offset_ms": self.play_offset_ms,
            "sample_begin_time_offset_ms": match.begin_ms,
            "sample_end_time_offset_ms": match.begin_ms + round(length),
            "db_begin_time_offset_ms": match.track_begin_ms,
            "db_end_time_offset_ms": match.track_begin_ms + round(pace * length),
            "time_skew": round(match.time_skew, 4),
            "frequency_skew": round(match.frequency_skew, 4),
            "matched_landmarks": match.matched_landmarks,
            "external_ids": track.external_ids(),
            "external_metadata": dict(track.links),
            "artwork_url": track.artwork_url(),
            "file": track.file,
        }


@dataclass(frozen=True, slots=True)
class Recognition:
    """The answer for one clip.

    Attributes
    ----------
    query_id : str
        A ULID: 26 characters that sort by time.
    duration_ms : int
        Length of the clip.
    landmarks : int
        Landmarks that were considered: the most salient, where they told enough.
    took_ms : int
        Time it took, decoding included; the explanation not.
    results : list of Result
        Accepted matches, best first; empty is "no match".
    explanation : Explanation, optional
        Why, if that was asked too.
    """

    query_id: str
    duration_ms: int
    landmarks: int
    took_ms: int
    results: list[Result]
    explanation: Explanation | None = None

    def outline(self) -> dict[str, Any]:
        """Return what `Wavvy.recall` needs to give the same answer again; JSON."""
        return {
            "duration_ms": self.duration_ms,
            "landmarks": self.landmarks,
            "matches": [result.match._asdict() for result in self.results],
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of the answer."""
        answer: dict[str, Any] = {
            "status": "ok",
            "query": {
                "id": self.query_id,
                "duration_ms": self.duration_ms,
                "landmarks": self.landmarks,
                "took_ms": self.took_ms,
            },
            "results": [result.to_dict() for result in self.results],
        }
        if self.explanation is not None:
            answer["explanation"] = self.explanation.to_dict()
        return answer


def new_query_id() -> str:
    """Return a new ULID: time in milliseconds and 80 random bits, in Crockford's base 32."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
