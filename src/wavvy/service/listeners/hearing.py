"""Streams that one process listens to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from wavvy.service.pcm import StreamStart

if TYPE_CHECKING:
    from wavvy.library import Wavvy
    from wavvy.listening import Event, ListenSession


class Question(NamedTuple):
    """What a stream may be, of which more has come.

    Attributes
    ----------
    stream : int
        Its number.
    sent : float
        When it was asked, by the monotonic clock, which all processes of a machine share.
    calm : float
        How calm its session is to be.
    last : bool
        Whether it ends.
    """

    stream: int
    sent: float
    calm: float
    last: bool


class Answer(NamedTuple):
    """What came of it.

    Attributes
    ----------
    waited : float
        Seconds until somebody had time for it.
    due_ms : int
        Milliseconds of audio until the stream's next event.
    events : sequence of Event
    """

    waited: float
    due_ms: int
    events: Sequence[Event]


class Hearing:
    """Streams by number; different ones may be asked about from several threads.

    Parameters
    ----------
    library : Wavvy
        Open.
    """

    def __init__(self, library: Wavvy) -> None:
        self._library = library
        self._streams: dict[int, tuple[StreamStart, ListenSession]] = {}

    def open(self, stream: int, start: StreamStart) -> None:
        """Listen to one stream more."""
        session = self._library.listen(start.sample_rate, start.channels)
        self._streams[stream] = start, session

    def answer(self, question: Question, sound: bytes | memoryview) -> Answer:
        """Hear what has come.

        Parameters
        ----------
        question : Question
            About which stream.
        sound : bytes or memoryview
            PCM as the stream's start announced it, whole frames, perhaps none; it is not kept.

        Raises
        ------
        WavvyError
            As `ListenSession` does.
        """
        waited = time.monotonic() - question.sent
        start, session = self._streams[question.stream]
        session.calm = question.calm
        events = session.push(start.decode(sound))
        if question.last:
            events += session.finish()
        return Answer(waited, session.due_ms, events)

    def close(self, stream: int) -> None:
        """Forget a stream."""
        self._streams.pop(stream, None)
