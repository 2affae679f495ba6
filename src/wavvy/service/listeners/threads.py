"""The threads of a server that listen to streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wavvy.service.listeners.hearing import Answer, Hearing, Question
from wavvy.service.off_loop import OffLoop
from wavvy.service.pcm import StreamStart

if TYPE_CHECKING:
    from wavvy.library import Wavvy


class Threads:
    """Those of the server itself, which listen as long as there are no processes.

    Parameters
    ----------
    library : Wavvy
        Open.
    off_loop : OffLoop
        Runs them.

    Attributes
    ----------
    streams : int
        How many they listen to.
    """

    def __init__(self, library: Wavvy, off_loop: OffLoop) -> None:
        self.streams = 0
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
