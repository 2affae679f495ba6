"""How often a live stream is read while a server is busy."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from wavvy.service import live
from wavvy.service.calm import MOST, Calm
from wavvy.service.live import AHEAD_MS, GATHERED_MS, LATE_MS, MOST_PAUSE_MS


def conversation(wait_s: float) -> live._Conversation:
    """Return one of a server where audio waits so long for a thread."""
    now = [0.0]
    calm = Calm(lambda: now[0])
    for _ in range(100):
        now[0] += 1.0
        calm.waited(wait_s)
    return live._Conversation(cast(Any, None), cast(Any, SimpleNamespace(calm=calm)))


@pytest.mark.parametrize(
    ("wait_s", "due_ms", "wanted_ms"),
    [
        (0.0, 100, 100),
        (0.0, 1000, GATHERED_MS),
        (0.8, 400, 400),
        (10.0, 100, LATE_MS * (MOST - 1)),
        (10.0, 1500, 1500),
        (10.0, 9000, GATHERED_MS * MOST),
    ],
)
def test_more_is_gathered_the_longer_audio_waits(
    wait_s: float, due_ms: int, wanted_ms: float
) -> None:
    session = cast(Any, SimpleNamespace(due_ms=due_ms))
    assert conversation(wait_s)._wanted_ms(session) == pytest.approx(wanted_ms)


@pytest.mark.parametrize(
    ("wait_s", "missing_ms", "ahead_ms", "pauses"),
    [
        (0.0, 200, 0.0, []),  # there is time
        (10.0, 200, 0.0, [0.2]),
        (10.0, 200, -150.0, [0.05]),  # some of it has come already
        (10.0, 200, -500.0, [-0.3]),
        (10.0, 9000, 0.0, [MOST_PAUSE_MS / 1000]),
        (10.0, 200, AHEAD_MS, []),  # it comes as fast as it is taken
    ],
)
def test_a_busy_server_sleeps_until_what_is_missing_has_come(
    monkeypatch: pytest.MonkeyPatch,
    wait_s: float,
    missing_ms: float,
    ahead_ms: float,
    pauses: list[float],
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    asyncio.run(conversation(wait_s)._let_come(missing_ms, ahead_ms))
    assert slept == pytest.approx(pauses)
