"""Who listens to which stream."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from wavvy.manner import STREAM
from wavvy.service.calm import Calm
from wavvy.service.listeners.hearing import Answer, Hearing, Question
from wavvy.service.listeners.process import ListeningProcess
from wavvy.service.off_loop import OffLoop
from wavvy.service.pcm import StreamStart
from wavvy.service.settings import Settings

if TYPE_CHECKING:
    from wavvy.library import Wavvy
    from wavvy.listening import Event

log = logging.getLogger(__name__)

IDLE_S = 300.0
"""When there was no stream for so long, the processes are ended."""
_FEW = 2  # are started at first, then twice as many each time
_AGAIN_S = 30.0  # after which it is tried again to start those that could not be


class Listener(Protocol):
    """Whoever can be asked about streams."""

    def open(self, stream: int, start: StreamStart) -> None:
        """Know of a stream."""

    async def ask(self, question: Question, sound: Sequence[bytes]) -> Answer:
        """Hear what has come of one."""

    def close(self, stream: int) -> None:
        """Forget one."""


class Threads:
    """Those of the server itself."""

    def __init__(self, library: Wavvy, off_loop: OffLoop) -> None:
        self._hearing = Hearing(library)
        self._off_loop = off_loop

    def open(self, stream: int, start: StreamStart) -> None:
        """Know of a stream."""
        self._hearing.open(stream, start)

    async def ask(self, question: Question, sound: Sequence[bytes]) -> Answer:
        """Have one of them hear what has come."""
        return await self._off_loop(lambda: self._hearing.answer(question, b"".join(sound)))

    def close(self, stream: int) -> None:
        """Forget a stream."""
        self._hearing.close(stream)


class Stream:
    """One that somebody listens to.

    Attributes
    ----------
    due_ms : int
        Milliseconds of audio until the next event.
    """

    def __init__(self, number: int, listener: Listener, calm: Calm) -> None:
        self._number, self._listener, self._calm = number, listener, calm
        self.due_ms = round(1000 * STREAM.first)

    async def hear(self, sound: Sequence[bytes], *, last: bool = False) -> Sequence[Event]:
        """Return what comes of messages, and, if they are the last, of the end of the stream."""
        question = Question(self._number, time.monotonic(), self._calm.factor, last)
        answer = await self._listener.ask(question, sound)
        self._calm.waited(answer.waited)
        self.due_ms = answer.due_ms
        return answer.events


class Listeners:
    """Deals streams out: to threads, and to processes once audio has to wait for a thread.

    A few processes are started then, which take the streams that begin from there on, and more for
    as long as audio has to wait, up to one for each thread. For use on one event loop.

    Parameters
    ----------
    settings : Settings
        Of the server.
    library : Wavvy
        Open.
    calm : Calm
        Is told how long audio waits.
    off_loop : OffLoop
        The threads.
    """

    def __init__(self, settings: Settings, library: Wavvy, calm: Calm, off_loop: OffLoop) -> None:
        self._settings = settings
        self._calm = calm
        self._threads = Threads(library, off_loop)
        self._processes: list[ListeningProcess] = []
        self._streams: Counter[Listener] = Counter()
        self._numbers = itertools.count()
        self._changing: asyncio.Task[None] | None = None  # starts them, or ends them
        self._resting: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def listen(self, start: StreamStart) -> AsyncIterator[Stream]:
        """Listen to a stream for as long as the block lasts.

        Raises
        ------
        WavvyError
            As `ListenSession` does, here and in the block.
        NotReady
            If a process has ended that listened to it.
        """
        listener = self._least_busy()
        number = next(self._numbers)
        self._streams[listener] += 1
        try:
            listener.open(number, start)
            yield Stream(number, listener, self._calm)
        finally:
            listener.close(number)
            self._streams[listener] -= 1
            self._rest_later()

    async def close(self) -> None:
        """End the processes."""
        if self._resting is not None:
            self._resting.cancel()
        if self._changing is not None:
            self._changing.cancel()
            await asyncio.wait([self._changing])
        await self._end()

    def _least_busy(self) -> Listener:
        if self._resting is not None:
            self._resting.cancel()
        self._processes = [each for each in self._processes if each.lives]
        running = len(self._processes)
        more = min(self._settings.workers - running, max(_FEW, running))
        if more and self._calm.factor > 1 and (self._changing is None or self._changing.done()):
            self._changing = asyncio.create_task(self._start(more))
        return min(self._processes, key=self._streams.__getitem__, default=self._threads)

    async def _start(self, more: int) -> None:
        starts = (ListeningProcess.start(self._settings) for _ in range(more))
        failures = []
        for started in await asyncio.gather(*starts, return_exceptions=True):
            if isinstance(started, ListeningProcess):
                self._processes.append(started)
            else:
                failures.append(started)
        log.info("many streams: %d processes listen to those that begin", len(self._processes))
        if failures:
            log.warning("%d could not be started: %s", len(failures), failures[0])
            await asyncio.sleep(_AGAIN_S)

    def _rest_later(self) -> None:
        if self._processes and not self._streams.total():
            self._resting = asyncio.get_running_loop().call_later(IDLE_S, self._rest)

    def _rest(self) -> None:
        self._changing = asyncio.create_task(self._end())

    async def _end(self) -> None:
        processes, self._processes = self._processes, []
        await asyncio.gather(*(each.end() for each in processes))
        self._streams.clear()
