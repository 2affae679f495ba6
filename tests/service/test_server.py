from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from wavvy.errors import StoreBusy
from wavvy.service.app import serve
from wavvy.service.errors import CannotListen
from wavvy.service.settings import Settings


def test_port_in_use_is_one_clear_line(server: Any, tmp_path: Path) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    with pytest.raises(CannotListen) as refused:
        serve(Settings(data_dir=tmp_path, port=port))
    assert f"port {port} of 127.0.0.1 is in use" in str(refused.value)
    assert "WAVVY_PORT" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_unknown_host_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CannotListen, match=r"cannot listen on no\.such\.host\.invalid, port 8000"):
        serve(Settings(data_dir=tmp_path, host="no.such.host.invalid"))


def test_second_server_on_the_same_library_is_refused(server: Any) -> None:
    with pytest.raises(StoreBusy, match="another server uses"):
        serve(Settings(data_dir=server.data_dir, port=0))
    assert server.client.get("/health/ready").json() == {"status": "ok"}


def test_starting_loads_nothing_that_only_the_demo_needs() -> None:
    code = "import sys, wavvy.service.app; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(run.stdout.split())
    assert "wavvy.service.app" in loaded
    assert not loaded & {"wavvy.demo", "scipy.signal"}


def test_health_and_stats(server: Any, track_ids: list[int]) -> None:
    assert server.client.get("/health/live").json() == {"status": "ok"}
    assert server.client.get("/health/ready").json() == {"status": "ok"}
    stats = server.client.get("/v1/stats").json()
    assert stats["status"] == "ok"
    assert stats["tracks"] >= len(track_ids)
    assert stats["duration_ms"] >= 3 * 24_000
    assert stats["fingerprint_bytes"] > 0
    assert set(stats["index"]) == {"segments", "postings", "tombstones", "bytes"}
    assert stats["streams"] == {"active": 0, "max": 32}


def test_pages_need_nothing_from_elsewhere(server: Any) -> None:
    for address in ("/", "/docs"):
        page = server.client.get(address)
        assert page.status_code == 200
        assert page.headers["Content-Type"].startswith("text/html")
        links = re.findall(r'(?:src|href)="([^"#][^"]*)"', page.text)
        assert links
        for link in links:
            if not link.startswith("data:"):
                assert not link.startswith(("http:", "https:", "//")), link
                assert server.client.get(link).status_code == 200, link


def test_log_can_be_json(strict_server: Any) -> None:
    strict_server.client.get("/health/live")
    # A request's line is written when its answer is on its way already.
    strict_server.wait_until(lambda: "GET /health/live" in strict_server.log.read_text("utf-8"))
    text = strict_server.log.read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    assert any("GET /health/live" in line["message"] for line in lines)


def test_what_an_earlier_process_left_is_cleared(strict_server: Any) -> None:
    job = strict_server.wait_for_job(1)
    assert job["state"] == "failed"
    assert job["subject"] == "interrupted.wav"
    assert job["error"]["code"] == "not_found"
    assert "the upload of job 1 is not there any more" in job["error"]["message"]
    assert "left-over" not in strict_server.uploads()


def test_only_named_origins_may_call(strict_server: Any) -> None:
    for origin, allowed in (("https://player.example", True), ("https://other.example", False)):
        answer = strict_server.client.get("/v1/stats", headers={"Origin": origin})
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed


@pytest.mark.skipif(os.name != "posix", reason="a process on Windows cannot be asked to end")
def test_asked_to_end_it_closes_streams_and_ends_well(start_server: Any, tmp_path: Path) -> None:
    server = start_server(tmp_path / "library")
    with connect(server.listen_url) as socket:
        socket.send('{"type":"start","sample_rate":16000,"format":"s16le"}')
        server.wait_until(lambda: server.active_streams() == 1)
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    assert server.process.wait(timeout=30) == 0
    assert "Traceback" not in server.log.read_text("utf-8")
