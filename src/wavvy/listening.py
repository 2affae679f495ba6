"""A live stream: what was heard, what it may be, and the answer as soon as it is sure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Track
from wavvy.dsp.arrays import F32
from wavvy.dsp.resample import PcmResampler
from wavvy.recognition import Result
from wavvy.recognizer import Match, Moment, Session


@dataclass(frozen=True, slots=True)
class Progress:
    """Still listening.

    Attributes
    ----------
    elapsed_ms : int
        Audio heard so far.
    landmarks : list of (int, int)
        Peaks found since the last event: time in milliseconds, frequency in Hz.
    best : tuple of (str, float), optional
        Title and score of the best guess.
    """

    elapsed_ms: int
    landmarks: list[tuple[int, int]]
    best: tuple[str, float] | None

    def to_dict(self) -> dict[str, Any]:
        """Return the WebSocket message."""
        best = None
        if self.best is not None:
            best = {"title": self.best[0], "score": round(self.best[1], 4)}
        landmarks = [list(peak) for peak in self.landmarks]
        return {
            "type": "progress",
            "elapsed_ms": self.elapsed_ms,
            "landmarks": landmarks,
            "best": best,
        }


@dataclass(frozen=True, slots=True)
class Matched:
    """The answer."""

    elapsed_ms: int
    result: Result

    def to_dict(self) -> dict[str, Any]:
        """Return the WebSocket message."""
        return {"type": "match", "elapsed_ms": self.elapsed_ms, "result": self.result.to_dict()}


@dataclass(frozen=True, slots=True)
class NoMatch:
    """The stream ended without an answer."""

    elapsed_ms: int

    def to_dict(self) -> dict[str, Any]:
        """Return the WebSocket message."""
        return {"type": "no_match", "elapsed_ms": self.elapsed_ms}


Event = Progress | Matched | NoMatch


class ListenSession:
    """One live stream; not for several threads.

    Parameters
    ----------
    session : Session
        Does the listening.
    resampler : PcmResampler
        From the stream's rate and channels to the session's.
    catalog : Catalog
        Names the tracks.
    """

    def __init__(self, session: Session, resampler: PcmResampler, catalog: Catalog) -> None:
        self._session = session
        self._resampler = resampler
        self._catalog = catalog
        self._answered = False

    @property
    def calm(self) -> float:
        """How many times as long as usual a question waits for the next; see `Session`."""
        return self._session.calm

    @calm.setter
    def calm(self, factor: float) -> None:
        self._session.calm = factor

    def push(self, samples: F32) -> list[Event]:
        """Take samples and return what they gave rise to.

        Parameters
        ----------
        samples : ndarray, shape (n,) or (n, channels), float32
            At the rate the session was opened with.

        Returns
        -------
        list of Event
            A match is the last event; samples after it are ignored.

        Raises
        ------
        InvalidAudio
            If the shape does not fit or a sample is not finite.
        """
        return self._hear(self._resampler.push(samples))

    def finish(self) -> list[Event]:
        """End the stream: return a match or ``NoMatch``, or nothing if it has been answered."""
        events = self._hear(self._resampler.flush())
        if not self._answered:
            self._answered = True
            moment = self._session.finish()
            tracks = self._tracks(moment.matches)
            events.append(_answer(moment, tracks) or NoMatch(moment.elapsed_ms))
        return events

    def _hear(self, mono: F32) -> list[Event]:
        events: list[Event] = []
        if self._answered:
            return events
        for moment in self._session.push(mono):
            # Naming every guess would take nearly as long as the search.
            contenders = [m for m in moment.matches if m.accepted] or moment.matches[:1]
            tracks = self._tracks(contenders)
            best = next(
                ((tracks[m.track_id].title, m.score) for m in _known(contenders, tracks)), None
            )
            events.append(Progress(moment.elapsed_ms, moment.peaks, best))
            answer = _answer(moment, tracks)
            if answer is not None:
                self._answered = True
                events.append(answer)
                break
        return events

    def _tracks(self, matches: Iterable[Match]) -> dict[int, Track]:
        return self._catalog.tracks_by_id([match.track_id for match in matches])


def _known(matches: Iterable[Match], tracks: dict[int, Track]) -> list[Match]:
    """Drop matches whose track was removed a moment ago."""
    return [match for match in matches if match.track_id in tracks]


def _answer(moment: Moment, tracks: dict[int, Track]) -> Matched | None:
    for match in _known(moment.matches, tracks):
        if match.accepted:
            return Matched(
                moment.elapsed_ms, Result(match, tracks[match.track_id], moment.elapsed_ms)
            )
    return None
