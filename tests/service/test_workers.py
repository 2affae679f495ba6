"""Two servers and two workers share a library, a PostgreSQL and a Redis; any may be killed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from private_postgresql import PostgreSQL
from private_redis import PASSWORD, RedisProcess
from private_redis import running as running_redis

import wavvy
from wavvy.catalog.jobs import JobStore
from wavvy.catalog.repository import Catalog
from wavvy.dsp.params import DEFAULT
from wavvy.errors import InvalidRequest, StoreBusy
from wavvy.service.app import serve
from wavvy.service.settings import Settings
from wavvy.service.worker import work

Sounds = Any
Server = Any

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the servers are started on POSIX only")


class Worker:
    """A worker process."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "wavvy.cli", "worker", "--jobs", "1"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> Worker:
        deadline = time.monotonic() + 300
        while "worker is ready" not in self.text():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.05)
        return self

    def text(self) -> str:
        return self.log.read_text("utf-8")

    def has_begun(self, job_id: int) -> bool:
        return f"job {job_id} (" in self.text()


class Cluster:
    """Servers and workers of one library."""

    def __init__(
        self, folder: Path, database_url: str, redis: RedisProcess, start_server: Any
    ) -> None:
        self.folder = folder
        self.data_dir = folder / "library"
        self.redis = redis
        self.settings = {"database_url": database_url, "redis_url": redis.url}
        self._start_server = start_server
        self._catalog = Catalog.open(
            self.data_dir, params_digest=DEFAULT.digest(), url=database_url
        )
        self._numbers = count()
        self.servers: list[Server] = []
        self.workers: list[Worker] = []
        with ThreadPoolExecutor() as pool:
            servers = [pool.submit(self.start_server) for _ in range(2)]
            workers = [pool.submit(self.start_worker) for _ in range(2)]
            self.one, self.other = (server.result() for server in servers)
            self.workers = [worker.result() for worker in workers]

    @property
    def jobs(self) -> JobStore:
        return self._catalog.jobs

    def start_server(self) -> Server:
        server = self._start_server(
            self.data_dir, log_name=f"server {next(self._numbers)}.log", **self.settings
        )
        self.servers.append(server)
        return server

    def start_worker(self) -> Worker:
        environment = {
            **os.environ,
            "WAVVY_DATA_DIR": str(self.data_dir),
            **{f"WAVVY_{name.upper()}": value for name, value in self.settings.items()},
        }
        log = self.folder / f"worker {next(self._numbers)}.log"
        return Worker(log, environment).wait_until_ready()

    def upload(self, name: str, content: bytes, server: Server = None) -> int:
        deadline = time.monotonic() + 60
        while True:
            answer = (server or self.one).client.post("/v1/tracks", files={"file": (name, content)})
            # A Redis that was late once may be asked again soon.
            if answer.status_code != 503 or time.monotonic() > deadline:
                break
            time.sleep(float(answer.headers["Retry-After"]))
        assert answer.status_code == 202, answer.text
        return int(answer.json()["job"]["id"])

    def wait(self, job_id: int, seconds: float = 150) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            job: dict[str, Any] = self.other.client.get(f"/v1/jobs/{job_id}").json()["job"]
            if job["state"] in ("done", "failed", "cancelled"):
                return job
            assert time.monotonic() < deadline, job
            time.sleep(0.05)

    def who_works_on(self, job_id: int) -> Worker:
        deadline = time.monotonic() + 120
        while True:
            for worker in self.workers:
                if worker.has_begun(job_id):
                    return worker
            assert time.monotonic() < deadline, "nobody began"
            time.sleep(0.005)

    def titles(self, query: str) -> list[str]:
        page = self.one.client.get("/v1/tracks", params={"q": query}).json()
        return [track["title"] for track in page["tracks"]]

    def close(self) -> None:
        self._catalog.close()
        running = [one.process for one in (*self.servers, *self.workers)]
        for process in running:
            process.kill()
        for process in running:
            process.wait()


@pytest.fixture(scope="module")
def own_redis() -> Iterator[RedisProcess]:
    with running_redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def cluster(
    postgresql: PostgreSQL,
    own_redis: RedisProcess,
    start_server: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cluster]:
    name = postgresql.create()
    folder = tmp_path_factory.mktemp("cluster")
    cluster = Cluster(folder, postgresql.url(name), own_redis, start_server)
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def known(cluster: Cluster, sounds: Sounds) -> dict[str, Any]:
    """A clip of a track that the library holds, as a form."""
    melody = sounds.melody(70)
    job = cluster.wait(cluster.upload("Tester - Known.wav", sounds.wav(melody)))
    assert job["state"] == "done"
    return {"file": ("clip.wav", sounds.wav(sounds.excerpt(melody, 5, 6)))}


@pytest.fixture(scope="module")
def music(cluster: Cluster, sounds: Sounds) -> Path:
    """A folder that takes longer to add than any test waits: one track under many names."""
    folder = cluster.folder / "music"
    folder.mkdir()
    (folder / "0.wav").write_bytes(sounds.wav(sounds.melody(71)))
    for number in range(1, 20_000):
        (folder / f"{number}.wav").symlink_to(folder / "0.wav")
    return folder


def test_what_one_takes_in_all_can_follow_and_find(
    cluster: Cluster, sounds: Sounds, known: dict[str, Any]
) -> None:
    job_id = cluster.upload("Tester - Shared.wav", sounds.wav(sounds.melody(72)))
    messages = cluster.other.follow(job_id)
    assert messages[-1]["job"]["state"] == "done"
    ids = [message["id"] for message in messages]
    assert ids == sorted(set(ids))
    for server in (cluster.one, cluster.other):
        assert server.follow(job_id, ids[0]) == messages[1:]
        (result,) = server.client.post("/v1/recognize", files=known).json()["results"]
        assert result["title"] == "Known"
    assert cluster.titles("shared") == ["Shared"]


def test_who_works_is_told_by_every_server(cluster: Cluster, music: Path) -> None:
    names = {f"{socket.gethostname()}:{worker.process.pid}" for worker in cluster.workers}

    def states(server: Server) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for worker in server.client.get("/v1/queue").json()["workers"]:
            assert (worker["kind"], worker["at_once"]) == ("worker", 1)
            found.setdefault(worker["state"], []).append(worker["name"])
        return found

    for server in (cluster.one, cluster.other):
        server.wait_until(lambda server=server: set(states(server).get("idle", ())) == names)
    job = cluster.jobs.create("import", "music", {"folder": str(music)})
    busy = cluster.who_works_on(job.id)
    queue: dict[str, Any] = {}

    def is_told() -> bool:
        queue.update(cluster.one.client.get("/v1/queue").json())
        return any(worker["state"] == "busy" for worker in queue["workers"])

    cluster.one.wait_until(is_told)
    (worker,) = (worker for worker in queue["workers"] if worker["state"] == "busy")
    assert (worker["name"].split(":")[1], worker["jobs"]) == (str(busy.process.pid), [job.id])
    assert (queue["jobs"]["running"], queue["waiting_since"], queue["trouble"]) == (1, None, None)
    cluster.one.client.delete(f"/v1/jobs/{job.id}")
    assert cluster.wait(job.id)["state"] == "cancelled"


@pytest.mark.usefixtures("known")
def test_a_clip_sent_again_to_another_server_is_in_the_cache(
    cluster: Cluster, sounds: Sounds
) -> None:
    def hits() -> int:
        return int(cluster.other.client.get("/v1/stats").json()["cache"]["hits"])

    melody = sounds.melody(70)
    for number in range(12):
        clip = {"file": ("clip.wav", sounds.wav(sounds.excerpt(melody, 4 + number, 6)))}
        before = hits()
        for server in (cluster.one, cluster.other):
            assert server.client.post("/v1/recognize", files=clip).json()["results"]
        if hits() > before:
            return
        time.sleep(1.5)  # a Redis that was late is not asked for a second
    pytest.fail("no clip was in the cache")


def test_uploads_go_before_folders_and_folders_go_on(
    cluster: Cluster, sounds: Sounds, music: Path
) -> None:
    folders = [cluster.jobs.create("import", "music", {"folder": str(music)}) for _ in range(2)]
    for folder in folders:
        cluster.who_works_on(folder.id)
    job_id = cluster.upload("Tester - Urgent.wav", sounds.wav(sounds.melody(73)))
    assert cluster.wait(job_id)["state"] == "done"
    states = [cluster.jobs.get(folder.id) for folder in folders]
    assert {job.state for job in states} <= {"queued", "running"}
    assert all(job.attempts <= 1 for job in states)
    # Asked of either server, both are cancelled, wherever they are.
    for server, folder in zip((cluster.one, cluster.other), folders, strict=True):
        assert server.client.delete(f"/v1/jobs/{folder.id}").status_code == 200
        assert cluster.wait(folder.id)["state"] == "cancelled"


def test_a_worker_is_killed_and_another_does_its_job(cluster: Cluster, sounds: Sounds) -> None:
    job_id = cluster.upload("Tester - Twice.wav", sounds.wav(sounds.melody(74, 900)))
    victim = cluster.who_works_on(job_id)
    victim.process.kill()
    others = [worker for worker in cluster.workers if worker is not victim]
    # In seconds: left to itself the queue would wait for an hour.
    cluster.one.wait_until(lambda: any(other.has_begun(job_id) for other in others), seconds=60)
    job = cluster.wait(job_id)
    assert (job["state"], job["attempts"]) == ("done", 2)
    assert cluster.titles("twice") == ["Twice"]
    victim.process.wait()
    cluster.workers.remove(victim)
    cluster.workers.append(cluster.start_worker())


def test_a_worker_that_is_asked_to_end_hands_its_job_back(cluster: Cluster, music: Path) -> None:
    job = cluster.jobs.create("import", "music", {"folder": str(music)})
    leaving = cluster.who_works_on(job.id)
    leaving.process.send_signal(signal.SIGTERM)
    assert leaving.process.wait(60) == 0
    assert "Traceback" not in leaving.text()
    cluster.workers.remove(leaving)
    cluster.who_works_on(job.id)
    assert cluster.jobs.get(job.id).attempts == 1, "handing back is no failure"
    cluster.one.client.delete(f"/v1/jobs/{job.id}")
    assert cluster.wait(job.id)["state"] == "cancelled"
    cluster.workers.append(cluster.start_worker())


@pytest.mark.parametrize("loses_data", [False, True])
def test_redis_is_restarted(
    cluster: Cluster, sounds: Sounds, known: dict[str, Any], loses_data: bool
) -> None:
    cluster.redis.stop()
    try:
        answer = cluster.one.client.post("/v1/tracks", files=known)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.json()["error"]["code"] == "queue_unavailable"
        assert PASSWORD not in answer.text
        ready = cluster.one.client.get("/health/ready")
        assert ready.status_code == 503
        assert "Redis does not answer" in ready.json()["error"]["message"]
        queue = cluster.one.client.get("/v1/queue").json()
        assert queue["workers"] == []
        assert "Redis does not answer" in queue["trouble"]
        assert queue["jobs"]["done"] > 0
        (result,) = cluster.one.client.post("/v1/recognize", files=known).json()["results"]
        assert result["title"] == "Known"
        # As if it had been queued, and the queue was then lost.
        lost = cluster.jobs.create("rebuild", "the index")
        if loses_data:
            cluster.redis.lose()
    finally:
        cluster.redis.start()
    began = time.monotonic()
    name = f"Tester - After {loses_data}.wav"
    content = sounds.wav(sounds.melody(75 + loses_data))
    while True:
        answer = cluster.one.client.post("/v1/tracks", files={"file": (name, content)})
        if answer.status_code == 202:
            break
        assert time.monotonic() - began < 60, answer.text
        time.sleep(0.1)
    job = cluster.other.follow(answer.json()["job"]["id"])[-1]["job"]
    assert job["state"] == "done"
    assert cluster.wait(lost.id)["state"] == "done"
    cluster.one.wait_until(lambda: cluster.one.client.get("/health/ready").status_code == 200)


def test_postgresql_is_restarted(
    cluster: Cluster, sounds: Sounds, postgresql: PostgreSQL, known: dict[str, Any]
) -> None:
    job_id = cluster.upload("Tester - Through.wav", sounds.wav(sounds.melody(77, 600)))
    cluster.who_works_on(job_id)
    postgresql.stop()
    try:
        answer = cluster.one.client.post("/v1/tracks", files=known)
        assert answer.json()["error"]["code"] == "store_unavailable"
    finally:
        postgresql.start()
    cluster.one.wait_until(lambda: cluster.one.client.get("/health/ready").status_code == 200)
    assert cluster.wait(job_id)["state"] == "done"
    assert cluster.titles("through") == ["Through"]


def test_a_server_is_killed_while_it_takes_a_file_in(cluster: Cluster, sounds: Sounds) -> None:
    victim = cluster.start_server()
    content = sounds.wav(sounds.melody(78))
    head = (
        "POST /v1/tracks HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: multipart/form-data; boundary=cut\r\n"
        f"Content-Length: {len(content) + 1000}\r\n\r\n"
        '--cut\r\nContent-Disposition: form-data; name="file"; filename="Half.wav"\r\n\r\n'
    )
    newest = cluster.jobs.listed(limit=1)[0].id
    port = int(victim.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(head.encode() + content[: len(content) // 2])
        victim.wait_until(lambda: bool(victim.uploads()))
        victim.process.kill()
        victim.process.wait()
    assert cluster.titles("half") == []
    assert cluster.jobs.listed(limit=1)[0].id == newest
    job = cluster.wait(cluster.upload("Tester - Half.wav", content))
    assert job["result"]["status"] == "added"


def test_nothing_went_wrong_meanwhile(cluster: Cluster) -> None:
    for worker in cluster.workers:
        assert "Traceback" not in worker.text()
        assert PASSWORD not in worker.text()
    for log in cluster.folder.glob("server *.log"):
        text = log.read_text("utf-8")
        assert "Traceback" not in text, re.findall(r"Traceback.*", text, re.S)[0][:3000]
        assert PASSWORD not in text
    with cluster.redis.client() as redis:
        kept = list(redis.scan_iter("*:events:*"))
        assert kept
        assert all(redis.ttl(key) > 0 for key in kept)
    with wavvy.open(cluster.data_dir, cluster.settings["database_url"]) as library:
        assert library.verify_index() == []
    assert json.loads(cluster.one.client.get("/health/live").text) == {"status": "ok"}


def test_a_server_by_itself_does_not_join(cluster: Cluster) -> None:
    with pytest.raises(StoreBusy, match="let all of them work together with WAVVY_REDIS_URL"):
        serve(Settings(data_dir=cluster.data_dir, port=0))


def test_a_worker_without_redis_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="set WAVVY_REDIS_URL"):
        work(Settings(data_dir=tmp_path), 1)
