"""A real server process, and sounds for it to recognise."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from numpy.typing import NDArray
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import wavvy

RATE = 16000
TRACK_SECONDS = 25

Samples = NDArray[np.float32]


class Sounds:
    """Deterministic sounds, mono at ``rate``."""

    rate = RATE

    @staticmethod
    def noise(seed: int, seconds: float) -> Samples:
        random = np.random.default_rng(seed)
        return (0.2 * random.standard_normal(int(seconds * RATE))).astype(np.float32)

    @staticmethod
    def melody(seed: int, seconds: float = TRACK_SECONDS) -> Samples:
        """Compose two voices of decaying tones: like music, and different for every seed."""
        random = np.random.default_rng(seed)
        tuning = 440 * 2 ** random.uniform(-1 / 24, 1 / 24)
        sound = np.zeros(int(seconds * RATE))
        for low, high in ((45, 64), (64, 88)):
            at = 0
            while at < len(sound):
                length = int(random.uniform(0.13, 0.4) * RATE)
                time_s = np.arange(min(length * 2, len(sound) - at)) / RATE
                pitch = tuning * 2 ** ((random.integers(low, high) - 69) / 12)
                for harmonic in range(1, 6):
                    level = random.uniform(0.3, 1) / harmonic
                    tone = np.sin(2 * np.pi * pitch * harmonic * time_s)
                    sound[at : at + len(time_s)] += level * tone * np.exp(-5 * time_s)
                at += length
        return (0.5 * sound / np.abs(sound).max()).astype(np.float32)

    @staticmethod
    def excerpt(sound: Samples, start: float, seconds: float) -> Samples:
        return sound[int(start * RATE) : int((start + seconds) * RATE)]

    @staticmethod
    def pcm16(sound: Samples) -> bytes:
        return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()

    @classmethod
    def wav(cls, sound: Samples) -> bytes:
        """Return a mono WAV file."""
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(RATE)
            writer.writeframes(cls.pcm16(sound))
        return file.getvalue()


@dataclass(frozen=True)
class Server:
    """A running server process."""

    url: str
    data_dir: Path
    log: Path
    process: subprocess.Popen[bytes]
    client: httpx2.Client

    @property
    def listen_url(self) -> str:
        return self.url.replace("http://", "ws://") + "/v1/listen"

    def uploads(self) -> list[str]:
        return [path.name for path in (self.data_dir / "uploads").iterdir()]

    def active_streams(self) -> int:
        return int(self.client.get("/v1/stats").json()["streams"]["active"])

    def wait_for_job(self, job_id: int) -> dict[str, Any]:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.client.get(f"/v1/jobs/{job_id}").json()["job"]
            if job["state"] in ("done", "failed", "cancelled"):
                return job
            time.sleep(0.05)
        raise TimeoutError(f"job {job_id} did not end")

    def add(self, name: str, content: bytes) -> int:
        answer = self.client.post("/v1/tracks", files={"file": (name, content)})
        assert answer.status_code == 202, answer.text
        job = self.wait_for_job(answer.json()["job"]["id"])
        assert job["state"] == "done", job
        return int(job["result"]["id"])

    def follow(self, job_id: int, last: str | None = None) -> list[dict[str, Any]]:
        """Follow a job by WebSocket to its end; return all messages but signs of life."""
        address = self.url.replace("http://", "ws://") + f"/v1/jobs/{job_id}/events"
        query = f"?last_event_id={last}" if last else ""
        with connect(address + query, compression=None) as socket:
            messages = [json.loads(text) for text in socket]
        return [message for message in messages if message["type"] != "alive"]

    def converse(
        self, *messages: str | bytes | dict[str, Any], key: str = ""
    ) -> tuple[list[Any], int]:
        """Send messages to ``/v1/listen``; return all answers and the close code."""
        with connect(f"{self.listen_url}?key={key}", compression=None) as socket:
            with suppress(ConnectionClosed):  # the server may have heard enough
                for message in messages:
                    socket.send(json.dumps(message) if isinstance(message, dict) else message)
            answers = []
            with suppress(ConnectionClosed):
                while True:
                    answers.append(json.loads(socket.recv(timeout=60)))
        assert socket.protocol.close_rcvd is not None, "closed without a close frame"
        return answers, socket.protocol.close_rcvd.code

    def wait_until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true"
            time.sleep(0.02)


StartServer = Callable[..., Server]


@pytest.fixture(scope="session")
def start_server() -> Iterator[StartServer]:
    """Start server processes; all are stopped at the end of the session."""
    processes: list[subprocess.Popen[bytes]] = []
    clients: list[httpx2.Client] = []

    def start(
        data_dir: Path,
        *,
        log_name: str | None = None,
        program: tuple[str, ...] = ("-m", "wavvy.cli", "serve"),
        **settings: object,
    ) -> Server:
        log = data_dir.with_name(log_name or data_dir.name + ".log")
        environment = {
            **os.environ,
            "WAVVY_DATA_DIR": str(data_dir),
            "WAVVY_PORT": "0",
            **{f"WAVVY_{name.upper()}": str(value) for name, value in settings.items()},
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *program],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        processes.append(process)
        deadline = time.monotonic() + 300
        while not (ready := re.search(r"ready: (http://\S+)", log.read_text("utf-8"))):
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, "the server did not get ready"
            time.sleep(0.05)
        client = httpx2.Client(base_url=ready[1], timeout=60)
        clients.append(client)
        return Server(ready[1], data_dir, log, process, client)

    yield start
    for client in clients:
        client.close()
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture(scope="session")
def servers(
    start_server: StartServer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Server, Server]:
    """The servers of the two fixtures below, started side by side."""
    strict_dir = tmp_path_factory.mktemp("strict")
    with wavvy.open(strict_dir) as library:
        # What it worked on has gone.
        lost = {"upload": "lost", "name": "interrupted.wav"}
        job = library.catalog.jobs.create("ingest", "interrupted.wav", lost)
        library.catalog.jobs.claim(job.id)
    (strict_dir / "uploads").mkdir()
    (strict_dir / "uploads" / "left-over").write_bytes(b"half a song")
    with ThreadPoolExecutor() as pool:
        default = pool.submit(start_server, tmp_path_factory.mktemp("säge fish"))
        strict = pool.submit(
            start_server,
            strict_dir,
            max_upload_mb=1,
            max_clip_seconds=2,
            max_streams=2,
            max_requests=2,
            stream_idle_seconds=1,
            log_format="json",
            cors_origins="https://player.example",
        )
        return default.result(), strict.result()


@pytest.fixture(scope="session")
def server(servers: tuple[Server, Server]) -> Server:
    """A server with default settings and the tracks of `track_ids`, in a folder hard to spell."""
    return servers[0]


@pytest.fixture(scope="session")
def strict_server(servers: tuple[Server, Server]) -> Server:
    """A server with tight limits, an empty library, and what a killed server left behind."""
    return servers[1]


@pytest.fixture(scope="session")
def track_ids(server: Server, sounds: Sounds) -> list[int]:
    """Ids of the three melodies 0, 1, 2 in the library of `server`."""
    return [
        server.add(f"Tester - Melody {seed}.wav", sounds.wav(sounds.melody(seed)))
        for seed in range(3)
    ]


@pytest.fixture(scope="session")
def sounds() -> Sounds:
    return Sounds()
