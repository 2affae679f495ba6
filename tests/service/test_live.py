"""How often a live stream is read while a server is busy."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from wavvy.service import live
from wavvy.service.calm import MOST, Calm
from wavvy.service.live import (
    AHEAD_MS,
    GATHERED_MS,
    LATE_MS,
    MAX_MESSAGE_BYTES,
    MOST_PAUSE_MS,
)
from wavvy.service.pcm import StreamStart


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
        (0.0, 1000, 1000),
        (0.8, 400, 400),
        (0.8, 4000, GATHERED_MS),
        (10.0, 100, LATE_MS * (MOST - 1)),
        (10.0, 1500, 1500),
        (10.0, 9000, GATHERED_MS),
    ],
)
def test_more_is_gathered_the_longer_audio_waits(
    wait_s: float, due_ms: int, wanted_ms: float
) -> None:
    session = cast(Any, SimpleNamespace(due_ms=due_ms))
    start = StreamStart(type="start", sample_rate=8000, format="s16le")
    assert conversation(wait_s)._wanted(session, start) == 16 * wanted_ms


def test_no_more_is_gathered_than_the_largest_message_holds() -> None:
    session = cast(Any, SimpleNamespace(due_ms=1000))
    start = StreamStart(type="start", sample_rate=192_000, format="f32le", channels=8)
    assert conversation(0.0)._wanted(session, start) == MAX_MESSAGE_BYTES


@pytest.mark.parametrize(
    ("wait_s", "missing_ms", "heard_ms", "passed_ms", "pauses"),
    [
        (0.0, 200, 1000, 1000, []),  # there is time
        (10.0, 200, 1000, 1000, [0.2]),
        (10.0, 200, 1000, 1150, [0.05]),  # some of it has come already
        (10.0, 200, 1000, 1500, [-0.3]),
        (10.0, 9000, 1000, 1000, [MOST_PAUSE_MS / 1000]),
        (10.0, 200, 1000, 1000 - AHEAD_MS, []),  # it comes as fast as it is taken
    ],
)
def test_a_busy_server_sleeps_until_what_is_missing_has_come(
    monkeypatch: pytest.MonkeyPatch,
    wait_s: float,
    missing_ms: float,
    heard_ms: int,
    passed_ms: int,
    pauses: list[float],
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    clock = SimpleNamespace(monotonic=lambda: 50.0 + passed_ms / 1000)
    monkeypatch.setattr(live, "time", clock)
    asyncio.run(conversation(wait_s)._let_come(missing_ms, heard_ms, began_s=50.0))
    assert slept == pytest.approx(pauses)
