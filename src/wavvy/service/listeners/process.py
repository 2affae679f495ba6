"""One listening process, from the side of the server."""

from __future__ import annotations

import asyncio
import logging
import pickle
import sys
from asyncio.subprocess import PIPE
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any, Self

from wavvy.service.errors import NotReady
from wavvy.service.listeners.hearing import Answer, Question
from wavvy.service.listeners.messages import SIZES, packed
from wavvy.service.pcm import StreamStart
from wavvy.service.settings import Settings

log = logging.getLogger(__name__)

_VERSION = version("wavvy")  # that of the server, also after another one was installed
_START_S = 120.0  # until it must be ready; it computes for some three, on a machine that is busy
_ANSWER_S = 60.0  # until it must answer; a busy server lets nobody wait for more than a few
_END_S = 5.0  # until it must have ended by itself


class ListeningProcess:
    """A running child; it answers in the order in which it is asked.

    Parameters
    ----------
    process : asyncio.subprocess.Process
        With pipes for its standard input and output.

    Attributes
    ----------
    streams : int
        How many it listens to.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.streams = 0
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self._awaited: deque[asyncio.Future[Any]] = deque()
        self._is_read = True  # whether anybody hears its answers
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, settings: Settings) -> Self:
        """Start a process that listens with the library of a server.

        Raises
        ------
        OSError
            If the system has no room for it.
        NotReady
            If it ended at once; its log says why.
        TimeoutError
            If it takes too long.
        """
        module = "wavvy.service.listeners.child"
        # In a session of its own, Ctrl-C does not reach it: the server ends it.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", module, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        self = cls(process)
        try:
            async with asyncio.timeout(_START_S):
                await self._exchange((_VERSION, settings))
        except NotReady:
            await self.end()
            raise NotReady("it ended before it was ready: its log says why") from None
        except BaseException:
            await self.end()
            raise
        return self

    @property
    def lives(self) -> bool:
        """Whether it can be asked."""
        return self._is_read and not self._stdin.is_closing()

    def open(self, stream: int, start: StreamStart) -> None:
        """Let it know of a stream."""
        self._tell("open", stream, start)

    async def ask(self, question: Question, sound: Sequence[bytes]) -> Answer:
        """Have it hear what has come; see `Listener.ask`.

        Raises
        ------
        WavvyError
            As `Hearing.answer` does.
        NotReady
            If the process has ended, or has not answered for a minute.
        RuntimeError
            If it failed otherwise; its log says how.
        """
        try:
            async with asyncio.timeout(_ANSWER_S):
                answer = await self._exchange(question, sound)
        except TimeoutError:
            self._stdin.close()  # it counts as dead, and whoever notices ends it
            raise _lost() from None
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Answer)
        return answer

    def close(self, stream: int) -> None:
        """Let it forget a stream."""
        self._tell("close", stream)

    async def end(self) -> None:
        """End it, after what it was asked before."""
        self._stdin.close()
        try:
            async with asyncio.timeout(_END_S):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):  # it has just ended
                self._process.kill()
            await self._process.wait()
        await self._reading

    def _tell(self, *message: object) -> None:
        if self.lives:
            self._stdin.writelines(packed(message))

    async def _exchange(self, message: object, sound: Sequence[bytes] = ()) -> Any:
        if not self.lives:
            raise _lost()
        awaited = asyncio.get_running_loop().create_future()
        self._awaited.append(awaited)
        self._stdin.writelines(packed(message, sound))
        return await awaited

    async def _read(self) -> None:
        try:
            while True:
                size, _ = SIZES.unpack(await self._stdout.readexactly(SIZES.size))
                message = pickle.loads(await self._stdout.readexactly(size))
                awaited = self._awaited.popleft()
                if not awaited.done():  # else nobody waits for it any more
                    awaited.set_result(message)
        except asyncio.IncompleteReadError:
            pass  # it has ended
        except Exception:
            log.exception("a process that listens does not make sense")
        self._is_read = False
        self._stdin.close()
        for awaited in self._awaited:
            if not awaited.done():
                awaited.set_exception(_lost())


def _lost() -> NotReady:
    return NotReady("the process that listened has ended: start the stream again")
