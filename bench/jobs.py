"""Measure jobs: late events, uploads until they are found, the weight of a thousand followers.

A server, a worker and a Redis of its own: ``uv run python -m bench.jobs``; needs ``redis-server``.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import av
import numpy as np
import psutil
from websockets.asyncio.client import connect

from bench.redis_process import redis_url

FOLLOWERS = 1000
UPLOADS = 10
TRACK_SECONDS = 240
RATE = 44_100


def main() -> None:
    """Measure, and print one line for each."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wavvy-bench-")))
        settings = {
            "WAVVY_DATA_DIR": str(folder / "library"),
            "WAVVY_REDIS_URL": stack.enter_context(redis_url()),
            "WAVVY_PORT": "0",
        }
        server, text = stack.enter_context(_wavvy("serve", settings, folder))
        found = re.search(r"ready: http://(\S+)", text)
        assert found
        asyncio.run(_followers(found[1], server))
        stack.enter_context(_wavvy("worker", settings, folder))
        asyncio.run(_uploads(found[1]))


async def _followers(address: str, server: psutil.Process) -> None:
    """Weigh the server with many clients that follow a job nobody works on."""
    _post(address, "warm up.wav", b"no sound")
    before = server.memory_info().rss
    job_id = _post(address, "waits.wav", b"no sound")
    async with asyncio.TaskGroup() as opening:
        followers = [
            opening.create_task(_open(f"ws://{address}/v1/jobs/{job_id}/events"))
            for _ in range(FOLLOWERS)
        ]
    await asyncio.sleep(2)
    after = server.memory_info().rss
    print(
        f"{FOLLOWERS} followers: server {after / 1e6:.0f} MB, {before / 1e6:.0f} MB without, "
        f"{(after - before) / FOLLOWERS / 1e3:.0f} kB each"
    )
    for follower in followers:
        await follower.result().close()


async def _open(url: str):  # type: ignore[no-untyped-def]
    follower = await connect(url, compression=None, open_timeout=60)
    await follower.recv()
    return follower


async def _uploads(address: str) -> None:
    """Upload tracks one after the other; time the events, and the whole."""
    late, took = [], []
    for number in range(UPLOADS + 1):
        mp3 = await asyncio.to_thread(_mp3, number)
        began = time.time()
        job_id = await asyncio.to_thread(_post, address, f"track {number}.mp3", mp3)
        async with connect(f"ws://{address}/v1/jobs/{job_id}/events", compression=None) as socket:
            connected = 1000 * time.time()
            async for text in socket:
                now = 1000 * time.time()
                message = json.loads(text)
                told = int(message["id"].partition("-")[0])
                if number and told > connected:  # those before it were kept, not late
                    late.append(now - told)
        assert message["job"]["state"] == "done", message
        clip = _mp3(number, begin=60, seconds=6)
        answer = await asyncio.to_thread(_recognise, address, clip)
        ids = [result["id"] for result in answer["results"]]
        assert ids == [message["job"]["result"]["id"]], answer
        if number:  # the first one loads what the others find
            took.append((now / 1000) - began)
    print(f"events from worker to client: {_summary(late, 'ms')}")
    print(f"upload to findable, {TRACK_SECONDS} s of mp3: {_summary(took, 's')}")


def _summary(values: list[float], unit: str) -> str:
    p50, p95, most = np.percentile(values, [50, 95, 100])
    return f"p50 {p50:.2f}, p95 {p95:.2f}, most {most:.2f} {unit} of {len(values)}"


def _mp3(seed: int, begin: float = 0, seconds: float = TRACK_SECONDS) -> bytes:
    """Make random notes, other ones for each seed."""
    random = np.random.default_rng(seed)
    sound = np.zeros(RATE * (TRACK_SECONDS + 1), np.float32)
    note_time = np.arange(RATE // 2) / RATE
    for start in np.arange(0, TRACK_SECONDS, 0.125):
        pitch = 110 * 2 ** (random.integers(0, 48) / 12)
        note = sum(np.sin(2 * np.pi * pitch * k * note_time) / k for k in (1, 2, 3, 4))
        here = sound[round(start * RATE) :][: note_time.size]
        here += (0.08 * note * np.exp(-6 * note_time)).astype(np.float32)
    part = sound[round(begin * RATE) : round((begin + seconds) * RATE)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "track.mp3")
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libmp3lame", rate=RATE)
            stream.layout = "mono"
            frame = av.AudioFrame.from_ndarray(part[None, :], format="fltp", layout="mono")
            frame.sample_rate = RATE
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                container.mux(packet)
        return path.read_bytes()


def _post(address: str, name: str, content: bytes) -> int:
    return int(_send(f"http://{address}/v1/tracks", name, content)["job"]["id"])


def _recognise(address: str, content: bytes):  # type: ignore[no-untyped-def]
    return _send(f"http://{address}/v1/recognize", "clip.mp3", content)


def _send(url: str, name: str, content: bytes):  # type: ignore[no-untyped-def]
    head = f'--cut\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    request = urllib.request.Request(
        url,
        head.encode() + content + b"\r\n--cut--\r\n",
        {"Content-Type": "multipart/form-data; boundary=cut"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@contextmanager
def _wavvy(
    command: str, settings: dict[str, str], folder: Path
) -> Iterator[tuple[psutil.Process, str]]:
    log = folder / f"{command}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "wavvy.cli", command],
            env=os.environ | settings,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        while "ready" not in (text := log.read_text("utf-8")):
            assert process.poll() is None, text
            time.sleep(0.1)
        yield psutil.Process(process.pid), text
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
