"""How much music ``WS /v1/listen`` has to hear, fed at real speed, before it answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr  # type: ignore[import-untyped]
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bench.audio import RATE, Samples
from bench.cache import cache_dir
from bench.clips import SEED, Clip
from bench.corpus import Corpus
from bench.judge import Verdict, judge_result
from bench.library import open_library
from bench.process import WAVVY
from bench.quality.cells import CELLS
from bench.quality.draws import draws
from bench.report import Report, Row, run

STREAM_RATE = 48_000
CHUNK_SECONDS = 0.1
CLIP_SECONDS = 15.0
AT_ONCE = 10
START_SECONDS = 60.0
CONDITIONS = {"clean": ("clean", 1.2), "snr5": ("5 dB noise", 2.5), "room5": ("room5", 4.0)}
"""Cells of the quality protocol, with what to call them and the target in seconds."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How one stream ended: after how much audio, and with what, if anything."""

    seconds: float
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Server:
    """A running ``wavvy serve``: its address, as host and port, and its process."""

    address: str
    pid: int


@contextlib.contextmanager
def server(data_dir: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run ``wavvy serve`` on a free port, with some environment variables if there are any.

    Its log stays in the cache folder if anything goes wrong meanwhile.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(WAVVY), "--data-dir", str(data_dir), "serve", "--port", str(port)]
    log_path = cache_dir() / f"server-{port}.log"
    with log_path.open("wb") as log:
        environment = {**os.environ, **(settings or {})}
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/health/ready", process, log_path)
        yield Server(f"127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)
    log_path.unlink()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"wavvy serve did not become ready, see {log}")


async def listen(address: str, clip: Clip, samples: Samples) -> Heard:
    """Play `samples` into one stream at real speed until it answers."""
    pcm = soxr.resample(samples, RATE, STREAM_RATE)
    pcm = (np.clip(pcm, -1, 1) * 32767).astype("<i2").tobytes()
    start = {"type": "start", "sample_rate": STREAM_RATE, "format": "s16le", "channels": 1}
    async with connect(f"ws://{address}/v1/listen", compression=None) as stream:
        await stream.send(json.dumps(start))
        begin = time.perf_counter()
        feeder = asyncio.create_task(_feed(stream, pcm, begin))
        try:
            async for message in stream:
                event = json.loads(message)
                seconds = min(time.perf_counter() - begin, CLIP_SECONDS)
                if event["type"] == "match":
                    heard = replace(clip, length=round(seconds * RATE))
                    verdict = await asyncio.to_thread(judge_result, heard, event["result"])
                    return Heard(seconds, verdict)
                if event["type"] == "no_match":
                    return Heard(seconds, None)
                if event["type"] == "error":
                    sys.exit(f"live: {event['error']}")
        finally:
            feeder.cancel()
    sys.exit(f"live: the stream of {clip.path.name} ended without an answer")


async def _feed(stream: ClientConnection, pcm: bytes, begin: float) -> None:
    """Send each chunk when a microphone would have it complete."""
    size = round(CHUNK_SECONDS * STREAM_RATE) * 2
    with contextlib.suppress(ConnectionClosed):  # answered in the meantime
        for number, offset in enumerate(range(0, len(pcm), size), 1):
            await asyncio.sleep(begin + number * CHUNK_SECONDS - time.perf_counter())
            await stream.send(pcm[offset : offset + size])
        await stream.send('{"type":"stop"}')


async def listen_to_all(
    address: str, clips: Sequence[Clip], heard: Sequence[Samples]
) -> list[Heard]:
    """Listen to all clips, `AT_ONCE` at a time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(clip: Clip, samples: Samples) -> Heard:
        async with slots:
            return await listen(address, clip, samples)

    return await asyncio.gather(*map(one, clips, heard))


def row(name: str, outcomes: Sequence[Heard], target: float) -> Row:
    """Sum up one condition; a stream without the right answer counts as endless."""
    verdicts = [heard.verdict for heard in outcomes]
    times = sorted(
        heard.seconds if heard.verdict and heard.verdict.right else math.inf for heard in outcomes
    )
    median = times[len(times) // 2]
    none = verdicts.count(None)
    wrong = [verdict for verdict in verdicts if verdict and not verdict.right]
    elsewhere = sum(verdict.same_track for verdict in wrong)
    return Row(
        f"`WS /v1/listen`, {name}: median audio until the right match",
        f"≤ {target} s",
        f"{median:.2f} s ({len(outcomes)} streams: {len(wrong) - elsewhere} wrong track, "
        f"{elsewhere} wrong place, {none} none)",
        median <= target,
    )


def measure(music: Corpus, quick: bool) -> Report:
    """Measure clean music, music in noise at 5 dB, and that in a room."""
    count = 10 if quick else 50
    drawn = draws(music.everything, count, CLIP_SECONDS, (SEED,), music.noise)
    clips = [one.clip for one in drawn]
    with open_library(music.everything) as library:
        data_dir = library.data_dir
    rows = []
    with server(data_dir) as running:
        address = running.address
        asyncio.run(listen(address, clips[0], clips[0].samples))  # loads the compiled kernels
        for cell, (name, target) in CONDITIONS.items():
            print(f"live: {cell}", file=sys.stderr)
            heard = [CELLS[cell](one).samples for one in drawn]
            rows.append(row(name, asyncio.run(listen_to_all(address, clips, heard)), target))
    return Report(rows)


if __name__ == "__main__":
    sys.exit(run({"live": measure}, __doc__.splitlines()[0]))
