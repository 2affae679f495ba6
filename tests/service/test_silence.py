"""How long a client may say nothing."""

from __future__ import annotations

import asyncio
import time

import pytest

from wavvy.service.silence import Silence

LONG, SHORT = 0.2, 0.02


class Over(Exception):
    pass


async def waited(*pauses: float, between: float = 0.0) -> float:
    """Wait so often and so long, with something else to do in between; return how long it took."""
    began = asyncio.get_running_loop().time()
    try:
        async with Silence(LONG, Over()) as silence:
            for pause in pauses:
                assert await silence.wait(asyncio.sleep(pause, "came")) == "came"
                await asyncio.sleep(between)
    except Over:
        pass
    return asyncio.get_running_loop().time() - began


def test_many_short_waits_may_last_longer_than_one() -> None:
    assert asyncio.run(waited(*[SHORT] * 20)) >= 20 * SHORT


def test_what_is_done_between_is_no_wait() -> None:
    assert asyncio.run(waited(SHORT, SHORT, between=1.5 * LONG)) >= 3 * LONG


@pytest.mark.parametrize("before", [0, 1, 7, 13])
def test_a_wait_that_is_too_long_ends_when_it_has_lasted_so_long(before: int) -> None:
    """Whenever it begins."""
    lasted = asyncio.run(waited(*[SHORT] * before, 60.0))
    assert before * SHORT + LONG <= lasted + 0.01 < 30


def test_what_comes_in_the_last_moment_has_come() -> None:
    """Both are due while the loop is busy; what came is dealt with first, and is all that did."""

    done: list[str] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        coming = loop.create_future()
        async with Silence(LONG, Over()) as silence:
            loop.call_later(LONG / 2, coming.set_result, "came")
            loop.call_soon(time.sleep, 2 * LONG)
            assert await silence.wait(coming) == "came"
            await asyncio.sleep(SHORT)
            done.append("went on")
            await silence.wait(asyncio.sleep(60.0))

    with pytest.raises(Over):
        asyncio.run(scenario())
    assert done == ["went on"]


def test_other_errors_pass_and_a_timeout_of_another_kind_too() -> None:
    async def failing(error: Exception) -> None:
        async with Silence(LONG, Over()):
            raise error

    for error in (ValueError(), TimeoutError()):
        with pytest.raises(type(error)):
            asyncio.run(failing(error))


def test_whoever_is_cancelled_stays_so() -> None:
    async def scenario() -> None:
        task = asyncio.create_task(waited(60.0))
        await asyncio.sleep(SHORT)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
