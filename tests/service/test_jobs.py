from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wavvy.catalog import jobs as stored
from wavvy.catalog.job import Job, JobState
from wavvy.catalog.repository import Catalog
from wavvy.errors import CorruptMedia, DiskFull, InvalidRequest, StoreError
from wavvy.history.recorder import History
from wavvy.service import runner
from wavvy.service.cache import Cache
from wavvy.service.clips import Clips
from wavvy.service.errors import Busy, QueueUnavailable
from wavvy.service.in_process import InProcessQueue
from wavvy.service.jobs import Jobs
from wavvy.service.runner import Runner
from wavvy.service.work import KINDS
from wavvy.service.work.kind import BULK, URGENT, Kind, Task

Run = Callable[[Task], dict[str, Any]]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "library", params_digest="0") as catalog:
        yield catalog


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_RENEW_S", 0.02)
    monkeypatch.setattr(runner, "_FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr("wavvy.service.in_process._LOOK_EVERY_S", 0.02)


def a_runner(catalog: Catalog, uploads: Path, tell: Callable[[Job], None]) -> Runner:
    library: Any = SimpleNamespace(catalog=catalog)
    return Runner(library, Clips(library, History(catalog.history, 0), Cache()), uploads, tell)


class Office:
    """Jobs of kinds that a test makes up, worked on in this process."""

    def __init__(self, catalog: Catalog, uploads: Path, limit: int = 10) -> None:
        self.told: list[Job] = []
        self.store = catalog.jobs
        self.uploads = uploads
        self.queue = InProcessQueue(
            self.store, a_runner(catalog, uploads, self.told.append), self.told.append
        )
        self.jobs = Jobs(self.store, self.queue, uploads, limit, self.told.append)

    def submit(self, kind: str, upload: str | None = None) -> Job:
        arguments = {}
        if upload is not None:
            (self.uploads / upload).write_bytes(b"sound")
            arguments = {"upload": upload, "name": upload}
        return self.jobs.submit(kind, upload or kind, arguments)

    def wait(self, job: Job, *states: JobState) -> Job:
        deadline = time.monotonic() + 20
        while (now := self.store.get(job.id)).state not in (states or ("done", "failed")):
            assert time.monotonic() < deadline, now
            time.sleep(0.005)
        return now

    def wait_for_empty_folder(self) -> None:
        deadline = time.monotonic() + 20
        while left := list(self.uploads.iterdir()):
            assert time.monotonic() < deadline, left
            time.sleep(0.005)


@pytest.fixture
def office(catalog: Catalog, uploads: Path) -> Iterator[Office]:
    office = Office(catalog, uploads)
    yield office
    office.jobs.close()


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Run], None]:
    def make(name: str, run: Run, priority: int = URGENT) -> None:
        monkeypatch.setitem(KINDS, name, Kind(name, run, priority))

    return make


def endless(begun: threading.Event) -> Run:
    def run(task: Task) -> dict[str, Any]:
        for step in range(2000):
            task.partial = {"steps": step}
            task.report(min(step, 99), f"step {step}")
            begun.set()
            time.sleep(0.01)
        raise AssertionError("nobody stopped it")

    return run


def test_a_job_is_done_and_all_is_told(office: Office, kind: Any) -> None:
    def work(task: Task) -> dict[str, Any]:
        assert task.upload.read_bytes() == b"sound"
        for percent in (10, 90):
            task.report(percent, "working")
            time.sleep(0.11)
        return {"status": "added"}

    kind("work", work)
    job = office.wait(office.submit("work", "song.wav"))
    office.jobs.close()
    assert (job.state, job.progress, job.result) == ("done", 100, {"status": "added"})
    assert [told.state for told in office.told] == ["queued", *["running"] * 3, "done"]
    assert [told.progress for told in office.told] == [0, 0, 10, 90, 100]
    office.wait_for_empty_folder()


def test_that_a_job_is_queued_is_told_before_that_it_runs(
    catalog: Catalog, uploads: Path, kind: Any
) -> None:
    mended = threading.Event()
    told: list[str] = []

    def work(_: Task) -> dict[str, Any]:
        if not mended.is_set():
            raise CorruptMedia("the song is damaged")
        return {}

    def tell(job: Job) -> None:
        if job.state == "queued":
            time.sleep(0.1)  # the queue looks often meanwhile
        told.append(job.state)

    kind("work", work)
    store = catalog.jobs
    queue = InProcessQueue(store, a_runner(catalog, uploads, tell), tell)
    jobs = Jobs(store, queue, uploads, 10, tell)

    def wait(count: int) -> None:
        deadline = time.monotonic() + 20
        while len(told) < count:
            assert time.monotonic() < deadline, told
            time.sleep(0.005)

    job = jobs.submit("work", "song", {})
    wait(3)
    mended.set()
    jobs.retry(job.id)
    wait(6)
    jobs.close()
    assert told == ["queued", "running", "failed", "queued", "running", "done"]


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (DiskFull("no space left"), "disk_full", "no space left"),
        (ZeroDivisionError("a bug"), "internal", "the server's log has the details"),
    ],
)
def test_what_may_pass_is_tried_again_then_left_to_a_person(
    office: Office,
    kind: Any,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    code: str,
    message: str,
) -> None:
    mended = threading.Event()

    def work(task: Task) -> dict[str, Any]:
        if not mended.is_set():
            raise error
        return {"ok": task.upload.name}

    kind("work", work)
    job = office.wait(office.submit("work", "song.wav"))
    assert (job.state, job.attempts) == ("failed", stored.MOST_ATTEMPTS)
    assert job.error is not None
    assert job.error["code"] == code
    assert message in job.error["message"]
    assert ("a bug" in caplog.text) == (code == "internal")
    assert (office.uploads / "song.wav").exists(), "it can be tried again"

    mended.set()
    assert office.jobs.retry(job.id).state == "queued"
    job = office.wait(job)
    assert (job.state, job.attempts, job.error) == ("done", 1, None)
    office.wait_for_empty_folder()


def test_a_bad_file_is_not_tried_again(office: Office, kind: Any) -> None:
    def work(_: Task) -> dict[str, Any]:
        raise CorruptMedia("song.wav is damaged")

    kind("work", work)
    job = office.wait(office.submit("work", "song.wav"))
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.error == {
        "code": "corrupt_media",
        "message": "song.wav is damaged",
        "retry_after_ms": None,
    }
    office.wait_for_empty_folder()
    with pytest.raises(InvalidRequest, match="is not kept any more: send the file again"):
        office.jobs.retry(job.id)


def test_too_many_jobs_are_refused(catalog: Catalog, uploads: Path, kind: Any) -> None:
    begun = threading.Event()
    kind("endless", endless(begun))
    office = Office(catalog, uploads, limit=2)
    for _ in range(2):
        office.submit("endless")
    with pytest.raises(Busy, match="2 jobs are waiting"):
        office.submit("endless")
    office.jobs.close()


def test_what_nobody_can_be_told_of_is_not_taken_in(catalog: Catalog, uploads: Path) -> None:
    class Away:
        taking_in = nullcontext()

        def check(self) -> None:
            """It breaks a moment later."""

        def put(self, job: Job) -> None:  # noqa: ARG002
            raise QueueUnavailable("Redis does not answer")

        def close(self) -> None: ...

    jobs = Jobs(catalog.jobs, Away(), uploads, 10, lambda _: None)
    with pytest.raises(QueueUnavailable):
        jobs.submit("rebuild", "the index", {})
    assert catalog.jobs.listed() == []


def test_cancelling_a_running_job(office: Office, kind: Any) -> None:
    begun = threading.Event()
    kind("endless", endless(begun))
    job = office.submit("endless", "song.wav")
    assert begun.wait(20)
    assert office.jobs.cancel(job.id).state == "running"
    job = office.wait(job, "cancelled")
    assert job.result is not None, "what was done by then is told"
    office.wait_for_empty_folder()


def test_cancelling_a_waiting_job(office: Office, kind: Any) -> None:
    begun = threading.Event()
    kind("endless", endless(begun))
    office.submit("endless")
    waiting = office.submit("endless", "song.wav")
    assert office.jobs.cancel(waiting.id).state == "cancelled"
    office.wait_for_empty_folder()
    assert [told.state for told in office.told if told.id == waiting.id][-1] == "cancelled"


def test_the_urgent_goes_first_and_the_other_goes_on_after_it(
    office: Office, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_YIELD_AFTER_S", 0.04)
    monkeypatch.setattr(runner, "_URGENT_WAITS_S", 0.0)
    begun = threading.Event()
    seen: list[Any] = []

    def bulk(task: Task) -> dict[str, Any]:
        seen.append(task.partial)
        if len(seen) == 2:
            return {"again": True}
        return endless(begun)(task)

    kind("bulk", bulk, BULK)
    kind("urgent", lambda _: {"done": seen.copy()})
    job = office.submit("bulk")
    assert begun.wait(20)
    urgent = office.wait(office.submit("urgent"))
    assert urgent.result == {"done": [None]}
    job = office.wait(job)
    assert (job.state, job.result, job.attempts) == ("done", {"again": True}, 1)
    assert seen[1]["steps"] >= 0, "it begins where it was"


def test_what_would_begin_anew_makes_no_way(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_YIELD_AFTER_S", 0.04)
    monkeypatch.setattr(runner, "_URGENT_WAITS_S", 0.0)
    begun, go_on = threading.Event(), threading.Event()

    def work(task: Task) -> dict[str, Any]:
        begun.set()
        assert go_on.wait(20)
        task.report(50, "half of it")
        return {}

    monkeypatch.setitem(KINDS, "rebuild", replace(KINDS["rebuild"], run=work))
    monkeypatch.setitem(KINDS, "urgent", Kind("urgent", lambda _: {}, URGENT))
    job = office.submit("rebuild")
    assert begun.wait(20)
    urgent = office.submit("urgent")
    time.sleep(10 * runner._RENEW_S)
    go_on.set()
    assert office.wait(job).state == office.wait(urgent).state == "done"
    assert [told.state for told in office.told if told.id == job.id].count("queued") == 1


def test_a_stop_hands_back_what_is_not_finished(catalog: Catalog, uploads: Path, kind: Any) -> None:
    begun = threading.Event()
    kind("endless", endless(begun))
    office = Office(catalog, uploads)
    running = office.submit("endless", "running.wav")
    waiting = office.submit("endless", "waiting.wav")
    assert begun.wait(20)
    office.jobs.close()
    for job in (running, waiting):
        now = catalog.jobs.get(job.id)
        assert (now.state, now.attempts) == ("queued", 0)
    kind("endless", lambda task: {"upload": task.upload.name})
    office = Office(catalog, uploads)  # the next process
    assert office.wait(running).result == {"upload": "running.wav"}
    assert office.wait(waiting).result == {"upload": "waiting.wav"}
    office.jobs.close()
    assert not list(uploads.iterdir())


def test_who_does_not_heed_a_stop_counts_for_nothing(
    catalog: Catalog, uploads: Path, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavvy.service.in_process._PATIENCE_S", 0.05)
    begun, go_on = threading.Event(), threading.Event()

    def deaf(task: Task) -> dict[str, Any]:
        begun.set()
        assert go_on.wait(20)
        return {"late": True}

    kind("deaf", deaf)
    office = Office(catalog, uploads)
    job = office.submit("deaf", "song.wav")
    assert begun.wait(20)
    office.jobs.close()
    go_on.set()
    office.queue._thread.join(20)
    now = catalog.jobs.get(job.id)
    assert (now.state, now.result) == ("queued", None)
    assert (uploads / "song.wav").exists()


def test_a_worker_that_lost_its_job_to_another_leaves_it_alone(
    catalog: Catalog, uploads: Path, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()
    kind("endless", endless(begun))
    job = catalog.jobs.create("endless", "x", {"upload": "song.wav"})
    (uploads / "song.wav").write_bytes(b"sound")
    claim = catalog.jobs.claim(job.id)
    assert claim is not None
    slow = threading.Thread(target=a_runner(catalog, uploads, lambda _: None).run, args=(claim,))
    slow.start()
    assert begun.wait(20)
    catalog.jobs.recover(all_running=True)
    other = catalog.jobs.claim(job.id)
    assert other is not None
    slow.join(20)
    assert not slow.is_alive()
    assert catalog.jobs.get(job.id).attempts == 2
    assert (uploads / "song.wav").exists()
    assert catalog.jobs.finish(other, "done") is not None


def test_the_catalogue_is_away_for_a_while(
    office: Office, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind("work", lambda _: {"fine": True})
    really, failures = office.store.claim_next, iter([StoreError("gone")] * 3)

    def claim_next() -> Any:
        for failure in failures:
            raise failure
        return really()

    monkeypatch.setattr(office.store, "claim_next", claim_next)
    assert office.wait(office.submit("work")).result == {"fine": True}
