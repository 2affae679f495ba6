"""One listening process, from the side of the server."""

from __future__ import annotations

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE
from collections import deque
from collections.abc import Sequence
from typing import Any, Self

from wavvy.service.errors import NotReady
from wavvy.service.listeners.child import SIZES
from wavvy.service.listeners.hearing import Answer, Question
from wavvy.service.pcm import StreamStart
from wavvy.service.settings import Settings

_END_S = 5.0


class ListeningProcess:
    """A running child; it answers in the order in which it is asked.

    Attributes
    ----------
    lives : bool
        Whether it can be asked.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.lives = True
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self._awaited: deque[asyncio.Future[Any]] = deque()
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
        """
        module = "wavvy.service.listeners.child"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", module, stdin=PIPE, stdout=PIPE
        )
        self = cls(process)
        try:
            await self._hear(settings)
        except BaseException:
            await self.end()
            raise
        return self

    def open(self, stream: int, start: StreamStart) -> None:
        """Let it know of a stream."""
        self._tell("open", stream, start)

    async def ask(self, question: Question, sound: Sequence[bytes]) -> Answer:
        """Have it hear what has come.

        Raises
        ------
        WavvyError
            As `Hearing.answer` does.
        NotReady
            If the process has ended.
        """
        answer = await self._hear(question, sound)
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
            self._process.kill()
            await self._process.wait()
        await self._reading

    def _tell(self, *message: object) -> None:
        if self.lives:
            self._say(message)

    def _say(self, message: object, sound: Sequence[bytes] = ()) -> None:
        data = pickle.dumps(message)
        sizes = SIZES.pack(len(data), sum(map(len, sound)))
        self._stdin.writelines((sizes, data, *sound))

    async def _hear(self, message: object, sound: Sequence[bytes] = ()) -> Any:
        if not self.lives:
            raise self._lost()
        awaited = asyncio.get_running_loop().create_future()
        self._awaited.append(awaited)
        self._say(message, sound)
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
            self.lives = False
            for awaited in self._awaited:
                if not awaited.done():
                    awaited.set_exception(self._lost())

    @staticmethod
    def _lost() -> NotReady:
        return NotReady("the process that listened has ended: start the stream again")
