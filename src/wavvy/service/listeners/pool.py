"""Who listens to which stream."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from wavvy.service.calm import Calm
from wavvy.service.listeners.process import ListeningProcess
from wavvy.service.listeners.stream import Listener, Stream
from wavvy.service.listeners.threads import Threads
from wavvy.service.off_loop import OffLoop
from wavvy.service.pcm import StreamStart
from wavvy.service.settings import Settings

if TYPE_CHECKING:
    from wavvy.library import Wavvy

log = logging.getLogger(__name__)

IDLE_S = 300.0
"""When there was no stream for so long, the processes are ended."""
_FEW = 2  # processes are started at first, then as many as there are
_FORGOTTEN_S = 1.0  # without a stream, after which what burden there was is forgotten
_AGAIN_S = 30.0  # after which it is tried again, where one could not be started or has ended


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
        self._streams = 0  # of all
        self._numbers = itertools.count()
        self._quiet_since = 0.0  # by the monotonic clock, as the next
        self._start_from = 0.0
        self._starting: asyncio.Task[None] | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._ends: set[asyncio.Task[None]] = set()

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
        if not self._streams and time.monotonic() - self._quiet_since > _FORGOTTEN_S:
            self._calm.rest()
        self._let_go_of_lost()
        self._start_if_due()
        listener: Listener = min(
            self._processes, key=lambda each: each.streams, default=self._threads
        )
        number = next(self._numbers)
        self._streams += 1
        listener.streams += 1
        try:
            listener.open(number, start)
            yield Stream(number, listener, self._calm)
        finally:
            self._streams -= 1
            listener.streams -= 1
            listener.close(number)
            self._quiet_since = time.monotonic()
            self._rest_later()

    async def close(self) -> None:
        """End the processes."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        self._end(self._processes)
        if self._ends:
            await asyncio.wait(self._ends)

    def _let_go_of_lost(self) -> None:
        lost = [each for each in self._processes if not each.lives]
        if lost:
            log.warning("a process that listened to streams has ended, and they with it")
            self._start_from = time.monotonic() + _AGAIN_S
            self._end(lost)

    def _start_if_due(self) -> None:
        running = len(self._processes)
        more = min(self._settings.workers - running, max(_FEW, running))
        is_due = self._calm.factor > 1 and time.monotonic() >= self._start_from
        if more and is_due and (self._starting is None or self._starting.done()):
            self._starting = asyncio.create_task(self._start(more))

    async def _start(self, more: int) -> None:
        async def start_one() -> None:
            process = await ListeningProcess.start(self._settings)
            self._processes.append(process)  # the list may be another one by now

        starts = (start_one() for _ in range(more))
        failures = [each for each in await asyncio.gather(*starts, return_exceptions=True) if each]
        if failures:
            log.warning("no process could be started to listen to streams: %r", failures[0])
            self._start_from = time.monotonic() + _AGAIN_S
        if self._processes:
            log.info("many streams: %d processes listen to new ones", len(self._processes))
        self._rest_later()

    def _rest_later(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
        self._resting = asyncio.get_running_loop().call_later(IDLE_S, self._rest)

    def _rest(self) -> None:
        if not self._streams:
            self._end(self._processes)

    def _end(self, processes: Sequence[ListeningProcess]) -> None:
        self._processes = [each for each in self._processes if each not in processes]
        for process in processes:
            end = asyncio.create_task(process.end())
            self._ends.add(end)
            end.add_done_callback(self._ends.discard)
