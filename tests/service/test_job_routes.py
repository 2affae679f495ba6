"""Jobs as clients see them, of a real server."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import wavvy

Sounds = Any
Server = Any


def upload(server: Server, name: str, content: bytes) -> dict[str, Any]:
    answer = server.client.post("/v1/tracks", files={"file": (name, content)})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()["job"]
    assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
    return job


def recognise(server: Server, content: bytes, **options: str) -> dict[str, Any]:
    answer = server.client.post(
        "/v1/recognize", params={"async": "true", **options}, files={"file": ("c.wav", content)}
    )
    assert answer.status_code == 202, answer.text
    return dict(answer.json()["job"])


def sent_events(
    server: Server, job_id: int, last: str = "", connected: threading.Event | None = None
) -> list[dict[str, str]]:
    """Return the server-sent events of a job, as field by name."""
    headers = {"Last-Event-ID": last} if last else {}
    with server.client.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as answer:
        assert answer.status_code in (200, 204)
        if connected is not None:
            connected.set()
        text = answer.read().decode()
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]


def test_an_upload_is_followed_to_its_end(server: Server, sounds: Sounds) -> None:
    job = upload(server, "Tester - Followed.wav", sounds.wav(sounds.melody(50)))
    messages = server.follow(job["id"])
    assert [message["type"] for message in messages] == ["job"] * len(messages)
    states = [message["job"]["state"] for message in messages]
    assert states[-1] == "done"
    assert [s for i, s in enumerate(states) if states[i - 1 : i] != [s]][-2:] == ["running", "done"]
    last = messages[-1]["job"]
    assert (last["progress"], last["result"]["title"]) == (100, "Followed")
    assert last == server.client.get(f"/v1/jobs/{job['id']}").json()["job"]
    ids = [message["id"] for message in messages]
    assert ids == sorted(set(ids))

    # Cut off and back again, by either way.
    assert server.follow(job["id"], ids[0]) == messages[1:]
    assert server.follow(job["id"], ids[-1]) == []
    told = sent_events(server, job["id"])
    assert [event["id"] for event in told] == ids
    assert [json.loads(event["data"]) for event in told] == messages
    assert [event["id"] for event in sent_events(server, job["id"], ids[0])] == ids[1:]
    assert sent_events(server, job["id"], ids[-1]) == []
    seen = server.client.get(f"/v1/jobs/{job['id']}/events?last_event_id={ids[-1]}")
    assert seen.status_code == 204, "a browser does not connect again"


def test_a_clip_is_recognised_in_the_background(
    server: Server, sounds: Sounds, track_ids: list[int]
) -> None:
    clip = sounds.wav(sounds.excerpt(sounds.melody(1), 5, 6))
    job = recognise(server, clip, explain="true")
    assert job["kind"] == "recognize"
    answer = server.follow(job["id"])[-1]["job"]["result"]
    assert [result["id"] for result in answer["results"]] == [track_ids[1]]
    assert answer["explanation"]["reason"] == "matched"
    direct = server.client.post("/v1/recognize?explain=true", files={"file": ("c.wav", clip)})
    assert answer.keys() == direct.json().keys()
    assert answer["results"] == direct.json()["results"]
    assert server.client.get(f"/v1/jobs/{job['id']}").json()["job"]["result"] == answer
    plain = server.follow(recognise(server, clip)["id"])[-1]["job"]["result"]
    assert plain.keys() == {"status", "query", "results"}
    bad = server.follow(recognise(server, b"no sound at all")["id"])[-1]["job"]
    assert (bad["state"], bad["error"]["code"]) == ("failed", "unsupported_media")
    server.wait_until(lambda: not server.uploads())


def test_the_index_is_made_anew(server: Server, track_ids: list[int]) -> None:
    answer = server.client.post("/v1/index/rebuild")
    assert answer.status_code == 202
    job = server.follow(answer.json()["job"]["id"])[-1]["job"]
    assert (job["kind"], job["state"]) == ("rebuild", "done")
    assert job["result"]["tracks"] >= len(track_ids)


def test_jobs_are_listed(server: Server, sounds: Sounds) -> None:
    made = [upload(server, f"no sound {i}.wav", b"no sound")["id"] for i in range(3)]
    for job_id in made:
        assert server.wait_for_job(job_id)["state"] == "failed"
    page = server.client.get("/v1/jobs?limit=2").json()
    assert [job["id"] for job in page["jobs"]] == made[:0:-1]
    assert page["next"] == made[1]
    page = server.client.get(f"/v1/jobs?limit=1&state=failed&before={page['next']}").json()
    assert [job["id"] for job in page["jobs"]] == made[:1]
    assert server.client.get("/v1/jobs?state=ended").status_code == 422


def test_what_makes_no_sense(server: Server, sounds: Sounds) -> None:
    for method, path in (
        ("GET", "/v1/jobs/999999"),
        ("DELETE", "/v1/jobs/999999"),
        ("POST", "/v1/jobs/999999/retry"),
        ("GET", "/v1/jobs/999999/events"),
    ):
        answer = server.client.request(method, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    done = upload(server, "again.wav", sounds.wav(sounds.melody(51)))["id"]
    server.wait_for_job(done)
    refused = server.client.post(f"/v1/jobs/{done}/retry")
    assert refused.status_code == 422
    assert "only failed jobs" in refused.json()["error"]["message"]
    assert server.client.delete(f"/v1/jobs/{done}").json()["job"]["state"] == "done"
    wrong = server.client.get(f"/v1/jobs/{done}/events?last_event_id=yesterday")
    assert wrong.json()["error"]["code"] == "invalid_request"
    for path, code in (("999999", 1008), ("x", 1008), (f"{done}/events?last_event_id=x", 1008)):
        path = path if "events" in path else f"{path}/events"
        with connect(server.url.replace("http", "ws") + f"/v1/jobs/{path}") as socket:
            assert json.loads(socket.recv(timeout=20))["type"] == "error"
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=20)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code


def busy_server(
    start_server: Callable[..., Server], sounds: Sounds, folder: Path
) -> tuple[Server, int]:
    """Return a server whose jobs stand in line behind one that runs for long, and its id."""
    music = folder.with_name("music")
    music.mkdir()
    (music / "0.wav").write_bytes(sounds.wav(sounds.melody(59)))
    for number in range(1, 500):
        (music / f"{number}.wav").symlink_to(music / "0.wav")
    server = start_server(folder)
    with wavvy.open(folder) as library:
        job = library.catalog.jobs.create("import", "music", {"folder": str(music)})
    server.wait_until(
        lambda: server.client.get(f"/v1/jobs/{job.id}").json()["job"]["result"], seconds=60
    )
    return server, job.id


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_killed_and_started_again_it_goes_on(
    start_server: Callable[..., Server], sounds: Sounds, tmp_path: Path
) -> None:
    server, running = busy_server(start_server, sounds, tmp_path / "library")
    jobs = [
        upload(server, f"Tester - Song {seed}.wav", sounds.wav(sounds.melody(60 + seed, 5)))["id"]
        for seed in range(3)
    ]
    server.process.kill()
    server.process.wait()
    server = start_server(tmp_path / "library")
    for job_id in jobs:
        job = server.wait_for_job(job_id)
        assert (job["state"], job["result"]["status"]) == ("done", "added")
    assert server.client.get("/v1/tracks?q=song").json()["total"] == 3
    assert server.client.get(f"/v1/jobs/{running}").json()["job"]["state"] in ("queued", "running")
    assert server.client.delete(f"/v1/jobs/{running}").status_code == 200
    assert server.wait_for_job(running)["state"] == "cancelled"
    server.wait_until(lambda: not server.uploads())


@pytest.mark.skipif(os.name != "posix", reason="a process on Windows cannot be asked to end")
def test_a_stop_is_told_to_followers_and_hands_jobs_back(
    start_server: Callable[..., Server], sounds: Sounds, tmp_path: Path
) -> None:
    server, running = busy_server(start_server, sounds, tmp_path / "library")
    told: list[dict[str, str]] = []
    connected = threading.Event()
    listening = threading.Thread(
        target=lambda: told.extend(sent_events(server, running, connected=connected))
    )
    listening.start()
    assert connected.wait(60)
    with connect(server.url.replace("http", "ws") + f"/v1/jobs/{running}/events") as socket:
        message = json.loads(socket.recv(timeout=20))
        server.process.send_signal(signal.SIGTERM)
        while message["type"] == "job":
            message = json.loads(socket.recv(timeout=20))
        assert (message["type"], message["error"]["code"]) == ("error", "stopping")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert server.process.wait(timeout=30) == 0
    listening.join(20)
    assert told[-1]["event"] == "error"
    with wavvy.open(tmp_path / "library") as library:
        job = library.catalog.jobs.get(running)
    assert (job.state, job.attempts) == ("queued", 0)
    assert job.result is not None
    assert (job.result["added"], job.result["failed"]) == (1, 0)
    assert job.result["known"] > 0
    assert "Traceback" not in server.log.read_text("utf-8")


def test_the_queue_is_counted_and_its_worker_seen(server: Server, sounds: Sounds) -> None:
    before = server.client.get("/v1/queue").json()
    jobs = [
        upload(server, f"Tester - Queue {number}.wav", sounds.wav(sounds.melody(90 + number, 120)))
        for number in range(3)
    ]

    def is_busy() -> bool:
        (worker,) = server.client.get("/v1/queue").json()["workers"]
        return bool(worker["state"] == "busy" and worker["jobs"][0] in [j["id"] for j in jobs])

    server.wait_until(is_busy)
    for job in jobs:
        assert server.wait_for_job(job["id"])["state"] == "done"
    queue = server.client.get("/v1/queue").json()
    (worker,) = queue["workers"]
    assert (worker["kind"], worker["at_once"]) == ("server", 1)
    assert worker["name"].endswith(f":{server.process.pid}")
    assert queue["jobs"]["done"] == before["jobs"]["done"] + 3
    assert (queue["waiting_since"], queue["trouble"]) == (None, None)


def test_how_quickly_answers_come_is_told(server: Server, sounds: Sounds) -> None:
    job = upload(server, "Tester - Quick.wav", sounds.wav(sounds.melody(773)))
    assert server.wait_for_job(job["id"])["state"] == "done"
    before = server.client.get("/v1/stats").json()["latency"]["count"]
    clip = {"file": ("c.wav", sounds.wav(sounds.excerpt(sounds.melody(773), 5, 5)))}
    assert server.client.post("/v1/recognize", files=clip).json()["results"]
    stats = server.client.get("/v1/stats").json()
    assert stats["latency"]["count"] == before + 1
    assert 0 <= stats["latency"]["p50_ms"] <= stats["latency"]["p95_ms"] < 60_000
