"""A live stream: what was heard, what it may be, and the answer as soon as it is sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from wavvy.catalog.repository import Catalog
from wavvy.dsp.arrays import F32
from wavvy.dsp.resample import PcmResampler
from wavvy.match import Match
from wavvy.recognition import Result
from wavvy.recognizer import Moment, Session

LEAST_GUESS = 0.05
"""Score below which the best guess is not worth to be shown."""


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
        Title and score of the best guess, if there is one.
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
        self._titles: dict[int, str] = {}

    @property
    def calm(self) -> float:
        """How many times as long as usual a question waits for the next; see `Session`."""
        return self._session.calm

    @calm.setter
    def calm(self, factor: float) -> None:
        self._session.calm = factor

    @property
    def due_ms(self) -> int:
        """Milliseconds of audio until the next event, if any: before, a push returns none."""
        return self._session.due_ms

    def push(self, samples: NDArray[Any]) -> list[Event]:
        """Take samples and return what they gave rise to.

        Parameters
        ----------
        samples : ndarray, shape (n,) or (n, channels)
            At the rate the session was opened with; of a type that `PcmResampler` takes.

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
            events.append(self._answer(moment) or NoMatch(moment.elapsed_ms))
        return events

    def _hear(self, mono: F32) -> list[Event]:
        events: list[Event] = []
        if self._answered:
            return events
        for moment in self._session.push(mono):
            answer = self._answer(moment)
            if answer is None:
                guess = self._guess(moment.matches[:1])
                events.append(Progress(moment.elapsed_ms, moment.peaks, guess))
                continue
            self._answered = True
            best = answer.result.track.title, answer.result.match.score
            return [*events, Progress(moment.elapsed_ms, moment.peaks, best), answer]
        return events

    def _answer(self, moment: Moment) -> Matched | None:
        accepted = [match for match in moment.matches if match.accepted]
        if not accepted:
            return None
        tracks = self._catalog.tracks_by_id([match.track_id for match in accepted])
        for match in accepted:
            if match.track_id in tracks:  # it was not removed a moment ago
                result = Result(match, tracks[match.track_id], moment.elapsed_ms)
                return Matched(moment.elapsed_ms, result)
        return None

    def _guess(self, leaders: list[Match]) -> tuple[str, float] | None:
        """Name the best guess, if it is worth a look; the same one again and again, mostly."""
        for match in leaders:
            if match.score < LEAST_GUESS:
                continue
            if match.track_id not in self._titles:
                found = self._catalog.tracks_by_id([match.track_id])
                self._titles |= {track_id: track.title for track_id, track in found.items()}
            if match.track_id in self._titles:
                return self._titles[match.track_id], match.score
        return None
