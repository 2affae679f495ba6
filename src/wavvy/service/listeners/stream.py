"""A live stream, and what it asks of whoever listens to it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from wavvy.manner import STREAM
from wavvy.service.calm import Calm
from wavvy.service.listeners.hearing import Answer, Question
from wavvy.service.pcm import StreamStart

if TYPE_CHECKING:
    from wavvy.listening import Event


class Listener(Protocol):
    """Whoever can be asked about streams.

    Attributes
    ----------
    streams : int
        How many it listens to.
    """

    streams: int

    def open(self, stream: int, start: StreamStart) -> None:
        """Know of a stream, by its number."""

    async def ask(self, question: Question, sound: Sequence[bytes]) -> Answer:
        """Hear what has come of one: PCM as its start announced it, in pieces of whole frames.

        Raises
        ------
        WavvyError
            As `Hearing.answer` does.
        NotReady
            If nobody is there any more.
        """

    def close(self, stream: int) -> None:
        """Forget one."""


class Stream:
    """One stream, from the side of its conversation.

    Parameters
    ----------
    number : int
        By which its listener knows it.
    listener : Listener
        Listens to it.
    calm : Calm
        Is told how long its audio waits, and tells how calm to be.

    Attributes
    ----------
    due_ms : int
        Milliseconds of audio until the next event.
    """

    def __init__(self, number: int, listener: Listener, calm: Calm) -> None:
        self._number, self._listener, self._calm = number, listener, calm
        self.due_ms = round(1000 * STREAM.first)

    async def hear(self, sound: Sequence[bytes], *, last: bool = False) -> Sequence[Event]:
        """Return what comes of more audio, and, if it is the last, of the end of the stream.

        Parameters
        ----------
        sound : sequence of bytes
            PCM as the stream's start announced it, whole frames; it may be empty.
        last : bool, default False
            Whether nothing follows.

        Raises
        ------
        WavvyError
            As `Listener.ask` does.
        """
        question = Question(self._number, time.monotonic(), self._calm.factor, last)
        answer = await self._listener.ask(question, sound)
        self._calm.waited(answer.waited)
        self.due_ms = answer.due_ms
        return answer.events
