"""Real WebSocket clients, as many at once as wanted, each playing at the pace of a microphone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
import soxr  # type: ignore[import-untyped]
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bench.audio import RATE
from bench.live import CHUNK_SECONDS, STREAM_RATE, Server
from bench.scale.questions import Questions

SEED = 31
SOURCE_SECONDS = 20.0
STREAM_SECONDS = 10.0
"""A stream begins somewhere in the first half of its clip."""
KNOWN_SHARE = 0.75
SETTLE_SECONDS = 20.0
"""Streams run so long before they count: a server that is given many at once starts processes."""
_START = json.dumps({"type": "start", "sample_rate": STREAM_RATE, "format": "s16le", "channels": 1})
_CHUNK = 2 * round(CHUNK_SECONDS * STREAM_RATE)


@dataclass(frozen=True, slots=True)
class Ending:
    """How one stream ended.

    Attributes
    ----------
    kind : int
        Position of its clips among the questions.
    number : int
        Of the clip.
    begin : float
        Second of the clip at which the stream began.
    seconds : float
        Time from its start until the answer.
    result : dict, optional
        What was matched.
    error : str, optional
        Why there was no answer at all.
    """

    kind: int
    number: int
    begin: float
    seconds: float
    result: dict[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """What some time with so many streams at once came to.

    Attributes
    ----------
    endings : list of Ending
        Of streams that began when all others ran.
    audio_seconds : float
        Audio sent in that time, all streams together.
    server_cpu_seconds : float
        What the servers took for it, with the processes that they have started.
    late_seconds : float
        95th percentile of how late the clients sent a piece.
    """

    endings: list[Ending]
    audio_seconds: float
    server_cpu_seconds: float
    late_seconds: float


def play(
    servers: Sequence[Server], questions: Sequence[Questions], at_once: int, seconds: float
) -> Played:
    """Keep so many streams running, dealt out to the servers; count from when all of them run."""
    return asyncio.run(_Crowd(servers, questions).run(at_once, seconds))


class _Crowd:
    def __init__(self, servers: Sequence[Server], questions: Sequence[Questions]) -> None:
        self._servers = servers
        self._processes = [psutil.Process(server.pid) for server in servers]
        self._pcm = [[_pcm(one, number) for number in range(len(one.draws))] for one in questions]
        self._kinds = [
            [kind for kind, one in enumerate(questions) if one.known == known]
            for known in (False, True)
        ]
        self._rng = np.random.default_rng(SEED)
        self._counting = False
        self._over = False
        self._endings: list[Ending] = []
        self._sent = 0
        self._late: list[float] = []

    async def run(self, at_once: int, seconds: float) -> Played:
        listeners = [
            asyncio.create_task(self._listener(i / at_once, self._servers[i % len(self._servers)]))
            for i in range(at_once)
        ]
        await asyncio.sleep(SETTLE_SECONDS)
        before, self._counting = self._cpu_seconds(), True
        await asyncio.sleep(seconds)
        cpu = self._cpu_seconds() - before
        sent, late = self._sent * CHUNK_SECONDS, list(self._late)
        self._over = True  # the streams that run play on, each to its end
        await asyncio.gather(*listeners)
        return Played(self._endings, sent, cpu, float(np.percentile(late, 95)))

    def _cpu_seconds(self) -> float:
        everyone = [[server, *server.children(recursive=True)] for server in self._processes]
        times = [process.cpu_times() for family in everyone for process in family]
        return float(sum(each.user + each.system for each in times))

    async def _listener(self, phase: float, server: Server) -> None:
        """Play one clip after the other; listeners do not all send at the same moment."""
        await asyncio.sleep(phase)
        while not self._over:
            known = self._rng.random() < KNOWN_SHARE
            kind = int(self._rng.choice(self._kinds[known]))
            number = int(self._rng.integers(len(self._pcm[kind])))
            begin = float(self._rng.uniform(0, SOURCE_SECONDS - STREAM_SECONDS))
            counted = self._counting
            seconds, result, error = await self._stream(server, self._pcm[kind][number], begin)
            if counted:
                self._endings.append(Ending(kind, number, begin, seconds, result, error))

    async def _stream(
        self, server: Server, pcm: bytes, begin: float
    ) -> tuple[float, dict[str, Any] | None, str | None]:
        """Return the time of the last word, what was matched, and what went wrong."""
        first = 2 * round(begin * STREAM_RATE)
        pcm = pcm[first : first + 2 * round(STREAM_SECONDS * STREAM_RATE)]
        started = time.perf_counter()
        try:
            url = f"ws://{server.address}/v1/listen"
            async with connect(url, compression=None, open_timeout=30) as stream:
                await stream.send(_START)
                started = time.perf_counter()
                feeder = asyncio.create_task(self._feed(stream, pcm, started))
                try:
                    async for message in stream:
                        event = json.loads(message)
                        if event["type"] != "progress":
                            seconds = time.perf_counter() - started
                            error = event["error"]["code"] if event["type"] == "error" else None
                            return seconds, event.get("result"), error
                finally:
                    feeder.cancel()
        except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError) as failure:
            return time.perf_counter() - started, None, repr(failure)
        return time.perf_counter() - started, None, "closed without an answer"

    async def _feed(self, stream: ClientConnection, pcm: bytes, started: float) -> None:
        """Send each piece when a microphone would have it complete."""
        with contextlib.suppress(ConnectionClosed):  # answered in the meantime
            for number, first in enumerate(range(0, len(pcm), _CHUNK), 1):
                due = started + number * CHUNK_SECONDS
                await asyncio.sleep(due - time.perf_counter())
                late = time.perf_counter() - due
                await stream.send(pcm[first : first + _CHUNK])
                if self._counting and not self._over:
                    self._sent += 1
                    self._late.append(late)
            await stream.send('{"type":"stop"}')


def _pcm(questions: Questions, number: int) -> bytes:
    samples = soxr.resample(questions.heard(number), RATE, STREAM_RATE)
    pcm: bytes = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    return pcm
