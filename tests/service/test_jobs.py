from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wavvy.catalog.jobs import Job
from wavvy.catalog.repository import Catalog
from wavvy.errors import DiskFull
from wavvy.service.errors import Busy
from wavvy.service.jobs import InProcessJobs
from wavvy.service.uploads import Upload


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "library", params_digest="0") as catalog:
        yield catalog


@pytest.fixture
def upload(tmp_path: Path) -> Callable[[str], Upload]:
    def make(name: str) -> Upload:
        path = tmp_path / name
        path.write_bytes(b"sound")
        return Upload(path, name)

    return make


def library(catalog: Catalog, add: Callable[..., Any]) -> Any:
    return SimpleNamespace(catalog=catalog, add=add, sandbox=None)


def ended(catalog: Catalog, job: Job) -> Job:
    deadline = time.monotonic() + 20
    while (now := catalog.job(job.id)).state in ("queued", "running"):
        assert time.monotonic() < deadline, "the job did not end"
        time.sleep(0.01)
    return now


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (DiskFull("no space left"), "disk_full", "no space left"),
        (ZeroDivisionError("a bug"), "internal", "the server's log has the details"),
    ],
)
def test_error_while_adding_fails_the_job(
    catalog: Catalog,
    upload: Callable[[str], Upload],
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    code: str,
    message: str,
) -> None:
    def add(*_: object, **__: object) -> None:
        raise error

    jobs = InProcessJobs(library(catalog, add), limit=5)
    song = upload("song.wav")
    job = ended(catalog, jobs.submit("ingest", song))
    jobs.close()
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["code"] == code
    assert message in job.error["message"]
    assert not song.path.exists()
    assert ("a bug" in caplog.text) == (code == "internal")


def test_full_queue_refuses_and_a_stop_fails_what_waits(
    catalog: Catalog, upload: Callable[[str], Upload]
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def add(*_: object, **__: object) -> Any:
        begun.set()
        assert go_on.wait(20)
        return SimpleNamespace(error=None, to_dict=lambda: {"status": "added"})

    jobs = InProcessJobs(library(catalog, add), limit=2)
    running = jobs.submit("ingest", upload("running.wav"))
    waiting = jobs.submit("ingest", upload("waiting.wav"))
    refused = upload("refused.wav")
    with pytest.raises(Busy, match="2 jobs are waiting"):
        jobs.submit("ingest", refused)
    assert refused.path.exists()

    assert begun.wait(20)
    stopping = threading.Thread(target=jobs.close)
    stopping.start()
    time.sleep(0.05)
    go_on.set()
    stopping.join(20)
    assert catalog.job(running.id).state == "done"
    assert catalog.job(running.id).result == {"status": "added"}
    assert catalog.job(waiting.id).state == "failed"


def test_jobs_of_an_earlier_process_are_failed(catalog: Catalog) -> None:
    queued = catalog.create_job("ingest", "a.wav")
    InProcessJobs(library(catalog, lambda: None), limit=1).close()
    job = catalog.job(queued.id)
    assert job.state == "failed"
    assert job.error is not None
    assert "stopped" in job.error["message"]
