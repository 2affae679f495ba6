"""Work that would hold the event loop up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from functools import partial
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Args = TypeVarTuple("Args")


class OffLoop:
    """The bounded threads that recognise.

    Parameters
    ----------
    threads : Executor
        They are the caller's to end.
    """

    def __init__(self, threads: Executor) -> None:
        self._threads = threads

    async def __call__(self, work: Callable[[*Args], T], *args: *Args) -> T:
        """Run recognition in one of them and return what ``work(*args)`` does."""
        context = copy_context()  # the log tells which request it is
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, partial(context.run, work, *args)
        )
