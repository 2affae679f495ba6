"""``wavvy serve``: starts, answers, stops; says what to do with an empty library."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from filelock import FileLock

Wavvy = Any


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_it_is_stopped(wavvy: Wavvy, tmp_path: Path, stop: signal.Signals) -> None:
    arguments = ("--data-dir", tmp_path, "serve", "--port", "0")
    with wavvy.start(*arguments, WAVVY_PORT="1", WAVVY_HOST="127.0.0.1") as process:
        said = ""
        while "http://" not in said:
            line = process.stderr.readline().decode()
            assert line, said
            said += line
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+", said)
        assert "wavvy demo" in said
        assert "wavvy add" in said
        assert httpx2.get(f"{url}/health/live", timeout=60).status_code == 200
        process.send_signal(stop)
        rest = wavvy.finish(process)
    assert rest.code == 0
    assert rest.errors == []
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/health/live", timeout=60)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_can_be_stopped_while_it_makes_the_index_anew(
    wavvy: Wavvy, tmp_path: Path, stop: signal.Signals
) -> None:
    index = tmp_path / "index"
    index.mkdir()
    with (
        FileLock(index / "merge.lock"),  # as if that took for ever
        wavvy.start("--data-dir", tmp_path, "serve", "--port", "0") as process,
    ):
        end = time.monotonic() + 60
        while not (tmp_path / "catalog.sqlite3").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(1.0)
        process.send_signal(stop)
        done = wavvy.finish(process)
    assert done.code == -stop
    assert "Traceback" not in done.err


def test_a_port_that_is_taken_is_one_line(wavvy: Wavvy, library: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = wavvy("--data-dir", library, "serve", "--port", port)
    assert (done.code, done.out) == (1, "")
    assert len(done.errors) == len(done.err.splitlines()) == 1
    assert port in done.err
    assert "--port" in done.err


def test_a_setting_that_makes_no_sense_is_wrong_use(wavvy: Wavvy, tmp_path: Path) -> None:
    done = wavvy("--data-dir", tmp_path / "data", "serve", WAVVY_PORT="eighty")
    assert (done.code, done.out) == (2, "")
    assert len(done.errors) == len(done.err.splitlines()) == 1
    assert "WAVVY_PORT" in done.err
    assert not (tmp_path / "data").exists()
