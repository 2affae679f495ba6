from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from wavvy.catalog.jobs import JobState
from wavvy.catalog.repository import Catalog
from wavvy.errors import NotFound

OpenCatalog = Callable[[], Catalog]


def test_life_of_a_job(catalog: Catalog) -> None:
    job = catalog.create_job("ingest", "söng.mp3")
    assert (job.kind, job.subject, job.state, job.progress) == ("ingest", "söng.mp3", "queued", 0.0)
    assert (job.message, job.result, job.error) == (None, None, None)
    assert datetime.now(UTC) - job.created_at < timedelta(minutes=1)
    running = catalog.update_job(job.id, state="running", progress=0.5, message="decoding")
    assert (running.state, running.progress, running.message) == ("running", 0.5, "decoding")
    assert running.updated_at >= job.updated_at
    done = catalog.update_job(job.id, state="done", progress=1.0, result={"id": 7, "x": ["é"]})
    assert done == catalog.job(job.id)
    assert (done.message, done.result, done.error) == ("decoding", {"id": 7, "x": ["é"]}, None)
    assert done.created_at == job.created_at


def test_error_is_kept(catalog: Catalog) -> None:
    job = catalog.create_job("ingest", "a.mp3")
    catalog.update_job(job.id, state="failed", error={"code": "no_audio", "message": "m"})
    assert catalog.job(job.id).error == {"code": "no_audio", "message": "m"}


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_an_ended_job_stays_as_it_is(catalog: Catalog, state: JobState) -> None:
    job = catalog.create_job("ingest", "a.mp3")
    ended = catalog.update_job(job.id, state=state)
    assert catalog.update_job(job.id, state="running", result={"late": True}) == ended
    assert catalog.job(job.id) == ended


@pytest.mark.parametrize("job_id", [1, 0, -1, 2**31, 2**70])
def test_unknown_job(catalog: Catalog, job_id: int) -> None:
    with pytest.raises(NotFound, match=f"no job {job_id}"):
        catalog.job(job_id)
    with pytest.raises(NotFound, match=f"no job {job_id}"):
        catalog.update_job(job_id, state="running")


def test_undecodable_name_as_subject(catalog: Catalog) -> None:
    assert catalog.create_job("ingest", "a\udce9\0.mp3").subject == "a\ufffd .mp3"


def test_jobs_left_unfinished_fail_at_the_next_start(open_catalog: OpenCatalog) -> None:
    with open_catalog() as catalog:
        queued, running, done = (catalog.create_job("ingest", name) for name in "abc")
        catalog.update_job(running.id, state="running")
        catalog.update_job(done.id, state="done")
    with open_catalog() as catalog:
        assert catalog.fail_running_jobs() == 2
        for job in (queued, running):
            failed = catalog.job(job.id)
            assert failed.state == "failed"
            assert failed.error is not None
            assert failed.error["code"] == "internal"
            assert "start it again" in failed.error["message"]
        assert catalog.job(done.id).state == "done"
        assert catalog.fail_running_jobs() == 0
