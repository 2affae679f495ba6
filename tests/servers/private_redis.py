"""A private Redis server for the tests, started from the installed program."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import redis

PASSWORD = "not-to-be-printed"
START_SECONDS = 120


class RedisProcess:
    """A server that listens on a free port of this machine alone; made by `running`."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, decode_responses=True)

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._program, "--port", str(self.port), "--bind", "127.0.0.1",
                    "--requirepass", PASSWORD, "--dir", str(self._folder), "--save", "",
                    # Outlives a kill; to sync would hold all answers up where the disk is busy.
                    "--appendonly", "yes", "--appendfsync", "no",
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        with self.client() as client:
            while True:
                with suppress(redis.ConnectionError):
                    client.ping()
                    return
                text = (self._folder / "log").read_text("utf-8", "replace")
                assert self._process.poll() is None, text
                assert time.monotonic() < deadline, text
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop at once, without a word of goodbye to those who are connected."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=START_SECONDS)

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Let it take no step during the block; what it is asked meanwhile, it does later."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def lose(self) -> None:
        """Forget all data; for while it is stopped."""
        shutil.rmtree(self._folder / "appendonlydir", ignore_errors=True)


@contextmanager
def running() -> Iterator[RedisProcess]:
    """Run a new server for as long as the block; skip where none is installed, but not in CI."""
    program = shutil.which("redis-server")
    if program is None:
        missing = "no Redis server is installed (Debian: apt-get install redis-server)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    folder = Path(tempfile.mkdtemp(prefix="wavvy-redis-"))
    server = RedisProcess(program, folder)
    try:
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
