"""How long a client may say nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")


class Silence:
    """A context in which no wait may last too long, with one timer for all: most end at once.

    ``asyncio.timeout`` around each of them would set up a timer for every message.

    Parameters
    ----------
    seconds : float
        A wait that lasts longer ends the context ...
    error : Exception
        ... with this.
    """

    def __init__(self, seconds: float, error: Exception) -> None:
        self._seconds = seconds
        self._error = error
        self._since: float | None = None  # when the wait began, by the loop's clock
        self._timeout = asyncio.timeout(None)

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(self._seconds, self._look)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        try:
            await self._timeout.__aexit__(kind, error, traceback)
        except TimeoutError:
            raise self._error from None

    async def wait(self, coming: Awaitable[T]) -> T:
        """Wait for what is to come."""
        self._since = self._loop.time()
        came = await coming
        self._since = None
        if self._timeout.when() is not None:  # it came at the last moment
            self._timeout.reschedule(None)
            self._look()
        return came

    def _look(self) -> None:
        now = self._loop.time()
        late = (now if self._since is None else self._since) + self._seconds
        if late <= now:
            self._timeout.reschedule(now)
        else:
            self._timer = self._loop.call_at(late, self._look)
