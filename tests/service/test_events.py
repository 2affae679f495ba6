from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from private_redis import RedisProcess

from wavvy.catalog.job import Job
from wavvy.catalog.jobs import JobStore
from wavvy.catalog.repository import Catalog
from wavvy.errors import InvalidRequest, NotFound
from wavvy.service import events, following
from wavvy.service import redis_server as connections
from wavvy.service.errors import ServerStops
from wavvy.service.events import Event, EventLog, Hub, MemoryLog, parse_id
from wavvy.service.following import follow, watch
from wavvy.service.redis_server import RedisServer
from wavvy.service.streams import RedisLog

ERROR = {"code": "internal", "message": "m", "retry_after_ms": None}


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return Catalog.open(tmp_path, params_digest="0").jobs


Run = Callable[[Callable[["Follow"], Awaitable[None]]], None]


class Follow:
    """Follows a job on an event loop of its own, and notes what it gets."""

    def __init__(self, store: JobStore, log: EventLog, hub: Hub) -> None:
        self.store, self.log, self.hub = store, log, hub

    async def collect(self, job_id: int, last: events.EventId | None = None) -> list[Event | None]:
        found = follow(job_id, last, store=self.store, log=self.log, hub=self.hub)
        async with asyncio.timeout(20):
            return [event async for event in found]


NewLog = Callable[[Callable[[Event], None]], EventLog]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine Redis may be late; it is to be asked all the same."""
    monkeypatch.setattr(connections, "PATIENCE_S", 30.0)


@pytest.fixture(params=["memory", "redis"])
def new_log(request: pytest.FixtureRequest, patient: None) -> Iterator[NewLog]:
    if request.param == "memory":
        yield MemoryLog
        return
    redis: RedisProcess = request.getfixturevalue("redis_server")
    server = RedisServer(redis.url, f"events-{request.node.name}")
    logs: list[RedisLog] = []

    def new(deliver: Callable[[Event], None]) -> RedisLog:
        logs.append(RedisLog(server, deliver))
        return logs[-1]

    yield new
    for log in logs:
        log.close()
    server.close()


@pytest.fixture
def run(store: JobStore, new_log: NewLog) -> Callable[[Callable[[Follow], Awaitable[None]]], None]:
    def on_a_loop(scenario: Callable[[Follow], Awaitable[None]]) -> None:
        async def main() -> None:
            hub = Hub()
            await scenario(Follow(store, new_log(hub.deliver), hub))

        asyncio.run(main())

    return on_a_loop


def ended(store: JobStore, job: Job) -> Job:
    claim = store.claim(job.id)
    assert claim is not None
    done = store.finish(claim, "done", result={"tracks": 1})
    assert done is not None
    return done


def progresses(found: list[Event | None]) -> list[int]:
    import json

    return [json.loads(event.text)["progress"] for event in found if event]


def test_what_was_and_what_comes(store: JobStore, run: Run) -> None:
    job = store.create("rebuild", "x")

    async def scenario(at: Follow) -> None:
        at.log.tell(job)
        at.log.tell(replace(job, state="running", progress=10))
        following_it = asyncio.create_task(at.collect(job.id))
        while not at.hub.followed:
            await asyncio.sleep(0.001)
        await asyncio.to_thread(at.log.tell, replace(job, state="running", progress=20))
        await asyncio.to_thread(at.log.tell, ended(store, job))
        found = await following_it
        assert progresses(found) == [0, 10, 20, 100]
        assert [event and event.ended for event in found] == [False, False, False, True]
        ids = [event.id for event in found if event]
        assert ids == sorted(set(ids))
        assert progresses(await at.collect(job.id, ids[1])) == [20, 100]
        assert progresses(await at.collect(job.id, ids[3])) == []
        assert at.hub.followed == []

    run(scenario)


def test_nothing_is_kept_of_it(store: JobStore, run: Run) -> None:
    job = store.create("rebuild", "x")

    async def scenario(at: Follow) -> None:
        done = ended(store, job)
        found = await at.collect(job.id)
        assert progresses(found) == [100]
        assert found[0] is not None
        assert await at.collect(job.id, found[0].id) == []
        assert progresses(await at.collect(job.id, (found[0].id[0] - 1, 0))) == [100]
        # The process that finished it died before it could say so.
        at.log.tell(replace(done, state="running", progress=30))
        assert progresses(await at.collect(job.id)) == [30, 100]

    run(scenario)


def test_no_event_comes_of_its_end(
    store: JobStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(following, "KEEP_ALIVE_S", 0.05)
    job = store.create("rebuild", "x")

    async def scenario(at: Follow) -> None:
        watching = asyncio.create_task(watch(store, at.hub))
        found: list[Event | None] = []
        alive = asyncio.Event()

        async def collect() -> None:
            async for event in follow(job.id, None, store=store, log=at.log, hub=at.hub):
                found.append(event)
                if event is None:
                    alive.set()

        async with asyncio.timeout(20):
            following_it = asyncio.create_task(collect())
            await alive.wait()
            await asyncio.to_thread(ended, store, job)
            await following_it
        watching.cancel()
        assert progresses(found) == [0, 100]

    run(scenario)


def test_a_job_that_is_tried_again_is_followed_on(store: JobStore, run: Run) -> None:
    job = store.create("rebuild", "x")

    async def scenario(at: Follow) -> None:
        claim = store.claim(job.id)
        assert claim is not None
        failed = store.finish(claim, "failed", error=ERROR)
        assert failed is not None
        at.log.tell(failed)
        at.log.tell(store.retry(job.id))
        following_it = asyncio.create_task(at.collect(job.id))
        while not at.hub.followed:
            await asyncio.sleep(0.001)
        await asyncio.to_thread(at.log.tell, ended(store, job))
        assert [event and event.ended for event in await following_it] == [True, False, True]

    run(scenario)


def test_the_process_ends(store: JobStore, run: Run) -> None:
    job = store.create("rebuild", "x")

    async def scenario(at: Follow) -> None:
        following_it = asyncio.create_task(at.collect(job.id))
        await asyncio.sleep(0.01)
        at.hub.close()
        with pytest.raises(ServerStops, match="goes on, connect again"):
            await following_it
        with pytest.raises(ServerStops):
            await at.collect(job.id)

    run(scenario)


def test_an_unknown_job(run: Run) -> None:
    async def scenario(at: Follow) -> None:
        with pytest.raises(NotFound):
            await at.collect(5)
        assert at.hub.followed == []

    run(scenario)


def test_who_is_slow_misses_the_oldest(store: JobStore) -> None:
    job = store.create("rebuild", "x")

    async def main() -> None:
        hub = Hub()
        with hub.follow(job.id) as follower:
            for number in range(150):
                hub.deliver(Event.of(replace(job, progress=number % 100), (1, number)))
            await asyncio.sleep(0)
            assert progresses([await follower.next()]) == [50]

    asyncio.run(main())


def test_events_are_passed_on_again_after_a_restart_of_redis(
    store: JobStore, redis_server: RedisProcess, patient: None
) -> None:
    server = RedisServer(redis_server.url, "events-restart")
    passed_on: list[Event] = []
    log = RedisLog(server, passed_on.append)
    job = store.create("rebuild", "x")

    def wait_for(count: int) -> None:
        deadline = time.monotonic() + 20
        while len(passed_on) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    log.tell(job)
    wait_for(1)
    redis_server.stop()
    try:
        log.tell(job)  # nobody gets it, and nobody is held up
        assert log.after(job.id, (0, 0)) == []
    finally:
        redis_server.lose()
        redis_server.start()
    deadline = time.monotonic() + 60
    while len(passed_on) < 2:
        assert time.monotonic() < deadline
        log.tell(job)
        time.sleep(0.05)
    assert log.after(job.id, (0, 0))
    log.close()
    server.close()


def test_a_bounded_number_is_kept(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_MOST_JOBS", 3)
    job = store.create("rebuild", "x")
    log = MemoryLog(lambda _: None)
    for number in range(1, 6):
        log.tell(replace(job, id=number))
    assert [len(log.after(number, (0, 0))) for number in range(1, 6)] == [0, 0, 1, 1, 1]
    for _ in range(events.MOST_EVENTS + 5):
        log.tell(replace(job, id=5))
    kept = log.after(5, (0, 0))
    assert len(kept) == events.MOST_EVENTS
    assert log.after(5, kept[-2].id) == kept[-1:]
    monkeypatch.setattr(events, "KEPT_S", 0)
    time.sleep(0.005)
    log.tell(job)
    assert log.after(5, (0, 0)) == []


@pytest.mark.parametrize("name", ["", "1", "-", "a-1", "1-b", "1-2-3", "१-१", "1" * 50])
def test_no_id_of_an_event(name: str) -> None:
    with pytest.raises(InvalidRequest, match="is no id of an event"):
        parse_id(name)


def test_ids_are_spelled_as_they_are_read(store: JobStore) -> None:
    event = Event.of(store.create("rebuild", "x"), (1769860800000, 3))
    assert event.name == "1769860800000-3"
    assert parse_id(event.name) == event.id
