from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from wavvy.catalog import jobs
from wavvy.catalog.job import MOST_ATTEMPTS, Claim, Job
from wavvy.catalog.repository import Catalog
from wavvy.errors import InvalidRequest, NotFound

OpenCatalog = Callable[[], Catalog]

BROKEN = {"code": "internal", "message": "m"}


@pytest.fixture
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LEASE_S", 0.0)


def claimed(catalog: Catalog, job: Job | None = None) -> Claim:
    claim = catalog.jobs.claim((job or catalog.jobs.create("ingest", "a.mp3")).id)
    assert claim is not None
    return claim


def test_life_of_a_job(catalog: Catalog) -> None:
    job = catalog.jobs.create("ingest", "söng.mp3", {"upload": "x"}, priority=10)
    assert (job.kind, job.subject, job.state, job.progress) == ("ingest", "söng.mp3", "queued", 0)
    assert (job.arguments, job.priority, job.attempts) == ({"upload": "x"}, 10, 0)
    assert (job.message, job.result, job.error, job.ended) == (None, None, None, False)
    assert datetime.now(UTC) - job.created_at < timedelta(minutes=1)
    claim = claimed(catalog, job)
    assert (claim.job.state, claim.job.attempts) == ("running", 1)
    assert claim.job.updated_at >= job.updated_at
    now = catalog.jobs.renew(claim, progress=50, message="decoding", result={"so": "far"})
    assert now is not None
    assert (now.state, now.progress, now.message) == ("running", 50, "decoding")
    assert now.result == {"so": "far"}
    done = catalog.jobs.finish(claim, "done", result={"id": 7, "x": ["é"]})
    assert done == catalog.jobs.get(job.id)
    assert done is not None
    assert (done.message, done.result, done.error) == ("decoding", {"id": 7, "x": ["é"]}, None)
    assert (done.created_at, done.progress, done.ended) == (job.created_at, 100, True)


def test_a_job_is_claimed_once(catalog: Catalog) -> None:
    job = catalog.jobs.create("ingest", "a.mp3")
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: catalog.jobs.claim(job.id), range(8)))
    assert len([claim for claim in claims if claim]) == 1
    assert catalog.jobs.get(job.id).attempts == 1


def test_each_of_many_takes_another_one(catalog: Catalog) -> None:
    made = {catalog.jobs.create("ingest", f"{i}.mp3").id for i in range(12)}
    with ThreadPoolExecutor(6) as pool:
        claims = list(pool.map(lambda _: catalog.jobs.claim_next(), range(12)))
    taken = [claim.job.id for claim in claims if claim]
    assert len(taken) == len(set(taken))
    while claim := catalog.jobs.claim_next():  # those that were skipped while others chose
        taken.append(claim.job.id)
    assert set(taken) == made


def test_the_most_urgent_is_next_and_of_those_the_oldest(catalog: Catalog) -> None:
    bulk = catalog.jobs.create("import", "folder")
    urgent = [catalog.jobs.create("ingest", name, priority=10) for name in ("a", "b")]
    assert not catalog.jobs.urgent_waiting(10, 0)
    assert not catalog.jobs.urgent_waiting(0, 60)
    assert catalog.jobs.urgent_waiting(0, 0)
    order = [catalog.jobs.claim_next() for _ in range(4)]
    assert [claim and claim.job.id for claim in order] == [
        urgent[0].id,
        urgent[1].id,
        bulk.id,
        None,
    ]


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_an_ended_job_stays_as_it_is(catalog: Catalog, state: jobs.JobState) -> None:
    claim = claimed(catalog)
    ended = catalog.jobs.finish(claim, state, error=BROKEN)
    assert ended is not None
    assert catalog.jobs.renew(claim, progress=1, message="late") is None
    assert catalog.jobs.finish(claim, "done", result={"late": True}) is None
    assert catalog.jobs.hand_back(claim) is None
    assert catalog.jobs.claim(ended.id) is None
    assert catalog.jobs.cancel(ended.id) == ended
    assert catalog.jobs.get(ended.id) == ended


@pytest.mark.usefixtures("short_leases")
def test_who_comes_late_changes_nothing(catalog: Catalog) -> None:
    late = claimed(catalog)
    (again,) = catalog.jobs.recover()
    assert (again.id, again.state) == (late.job.id, "queued")
    claim = claimed(catalog, again)
    assert claim.job.attempts == 2
    assert catalog.jobs.renew(late, progress=99, message="late") is None
    assert catalog.jobs.finish(late, "failed", error=BROKEN) is None
    assert catalog.jobs.hand_back(late, error=BROKEN) is None
    done = catalog.jobs.finish(claim, "done", result={"id": 1})
    assert done is not None
    assert (done.state, done.progress, done.message, done.error) == ("done", 100, None, None)


def test_a_lease_is_kept_by_renewing_it(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = claimed(catalog)
    assert catalog.jobs.recover() == []
    monkeypatch.setattr(jobs, "LEASE_S", 0.0)
    catalog.jobs.renew(claim, progress=1, message=None)
    assert [job.state for job in catalog.jobs.recover()] == ["queued"]


@pytest.mark.usefixtures("short_leases")
def test_what_kills_every_worker_is_failed_in_the_end(catalog: Catalog) -> None:
    job = catalog.jobs.create("ingest", "a.mp3")
    for _ in range(MOST_ATTEMPTS):
        claimed(catalog, job)
        (job,) = catalog.jobs.recover()
    assert (job.state, job.attempts) == ("failed", MOST_ATTEMPTS)
    assert job.error is not None
    assert "died" in job.error["message"]


def test_at_the_start_nobody_can_be_at_work(catalog: Catalog) -> None:
    claim = claimed(catalog)
    assert [job.id for job in catalog.jobs.recover(all_running=True)] == [claim.job.id]
    assert claimed(catalog, claim.job).job.attempts == 2


def test_handed_back_at_a_stop_or_after_a_failure(catalog: Catalog) -> None:
    claim = claimed(catalog)
    back = catalog.jobs.hand_back(claim, result={"so": "far"})
    assert back is not None
    assert (back.state, back.attempts, back.result) == ("queued", 0, {"so": "far"})
    claim = claimed(catalog, back)
    back = catalog.jobs.hand_back(claim, error=BROKEN, after_s=60)
    assert back is not None
    assert (back.state, back.attempts, back.error) == ("queued", 1, BROKEN)
    assert catalog.jobs.claim_next() is None, "it is not due yet"


def test_cancelling(catalog: Catalog) -> None:
    waiting = catalog.jobs.create("ingest", "a.mp3")
    assert catalog.jobs.cancel(waiting.id).state == "cancelled"
    assert catalog.jobs.claim(waiting.id) is None
    claim = claimed(catalog)
    asked = catalog.jobs.cancel(claim.job.id)
    assert (asked.state, asked.cancelling) == ("running", True)
    told = catalog.jobs.renew(claim, progress=1, message=None)
    assert told is not None
    assert told.cancelling
    ended = catalog.jobs.finish(claim, "cancelled")
    assert ended is not None
    assert (ended.state, ended.cancelling) == ("cancelled", False)


def test_a_job_that_is_to_stop_does_not_go_back_into_the_queue(catalog: Catalog) -> None:
    claim = claimed(catalog)
    catalog.jobs.cancel(claim.job.id)
    back = catalog.jobs.hand_back(claim)
    assert back is not None
    assert back.state == "cancelled"
    claim = claimed(catalog)
    catalog.jobs.cancel(claim.job.id)
    assert [job.state for job in catalog.jobs.recover(all_running=True)] == ["cancelled"]


def test_a_failed_job_is_tried_again_as_if_it_were_new(catalog: Catalog) -> None:
    claim = claimed(catalog)
    with pytest.raises(InvalidRequest, match="is running: only failed jobs"):
        catalog.jobs.retry(claim.job.id)
    catalog.jobs.renew(claim, progress=40, message="decoding")
    catalog.jobs.finish(claim, "failed", error=BROKEN)
    again = catalog.jobs.retry(claim.job.id)
    assert (again.state, again.attempts, again.progress) == ("queued", 0, 0)
    assert (again.error, again.message) == (None, None)
    assert catalog.jobs.claim_next() is not None


def test_lists_and_counts(catalog: Catalog) -> None:
    made = [catalog.jobs.create("ingest", name) for name in "abcd"]
    catalog.jobs.cancel(made[1].id)
    assert [job.subject for job in catalog.jobs.listed()] == ["d", "c", "b", "a"]
    assert [job.subject for job in catalog.jobs.listed(limit=1, before_id=made[3].id)] == ["c"]
    assert [job.subject for job in catalog.jobs.listed(state="queued", limit=2)] == ["d", "c"]
    assert [job.subject for job in catalog.jobs.listed(state="cancelled")] == ["b"]
    assert (catalog.jobs.count(), catalog.jobs.count(["cancelled"])) == (3, 1)
    assert [job.id for job in catalog.jobs.ended_among([job.id for job in made])] == [made[1].id]
    assert catalog.jobs.ended_among([]) == []


def test_what_the_broker_is_to_be_told_of(catalog: Catalog) -> None:
    made = catalog.jobs.create("ingest", "a", priority=10)
    bulk = catalog.jobs.create("import", "b")
    assert catalog.jobs.to_send([], 0) == [], "whoever made them has told it"
    assert catalog.jobs.to_send([10, 0], 60) == []
    time.sleep(0.03)
    assert [job.id for job in catalog.jobs.to_send([10], 0.02)] == [made.id]
    assert [job.id for job in catalog.jobs.to_send([0], 0.02)] == [bulk.id]
    claim = claimed(catalog, made)
    time.sleep(0.03)
    assert [job.id for job in catalog.jobs.to_send([10], 0.02)] == []
    back = catalog.jobs.hand_back(claim)
    assert [job.id for job in catalog.jobs.to_send([], 60)] == [made.id]
    assert back is not None
    later = catalog.jobs.hand_back(claimed(catalog, made), error=BROKEN, after_s=60)
    assert later is not None
    assert catalog.jobs.to_send([], 0) == [], "it is not due yet"


def test_forgotten(catalog: Catalog) -> None:
    mistake = catalog.jobs.create("ingest", "a")
    catalog.jobs.forget(mistake.id)
    with pytest.raises(NotFound):
        catalog.jobs.get(mistake.id)
    claim = claimed(catalog)
    catalog.jobs.forget(claim.job.id)
    assert catalog.jobs.get(claim.job.id).state == "running"
    catalog.jobs.finish(claim, "done")
    assert catalog.jobs.forget_ended(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert catalog.jobs.forget_ended(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert catalog.jobs.listed() == []


def test_whose_uploads_are_kept(catalog: Catalog) -> None:
    for name, state in (("a", None), ("b", "failed"), ("c", "done")):
        job = catalog.jobs.create("ingest", name, {"upload": name})
        if state is not None:
            catalog.jobs.finish(claimed(catalog, job), state)  # type: ignore[arg-type]
    now = datetime.now(UTC)
    kept = catalog.jobs.arguments(failed_since=now - timedelta(hours=1))
    assert sorted(arguments["upload"] for arguments in kept) == ["a", "b"]
    kept = catalog.jobs.arguments(failed_since=now + timedelta(hours=1))
    assert [arguments["upload"] for arguments in kept] == ["a"]


@pytest.mark.parametrize("job_id", [1, 0, -1, 2**31, 2**70])
def test_unknown_job(catalog: Catalog, job_id: int) -> None:
    for ask in (catalog.jobs.get, catalog.jobs.cancel, catalog.jobs.retry):
        with pytest.raises(NotFound, match=f"no job {job_id}"):
            ask(job_id)


def test_undecodable_name_as_subject(catalog: Catalog) -> None:
    assert catalog.jobs.create("ingest", "a\udce9\0.mp3").subject == "a\ufffd .mp3"


def test_the_open_job_of_a_kind(catalog: Catalog) -> None:
    jobs = catalog.jobs
    assert jobs.open_of("dedupe") is None
    jobs.create("ingest", "a.mp3")
    first, second = (jobs.create("dedupe", "new tracks") for _ in range(2))
    assert jobs.open_of("dedupe") == first
    claim = jobs.claim(first.id)
    assert claim is not None
    assert jobs.open_of("dedupe") == claim.job
    jobs.cancel(first.id)  # it runs on until its next step, and does not what is asked for now
    assert jobs.open_of("dedupe") == second
    jobs.cancel(second.id)
    assert jobs.open_of("dedupe") is None
