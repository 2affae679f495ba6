from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from private_redis import RedisProcess, running

from wavvy.service import redis_server as connections
from wavvy.service import roster
from wavvy.service.redis_server import RedisServer
from wavvy.service.roster import OwnRoster, Presence, RedisRoster
from wavvy.service.runner import Runner

Sounds = Any
Server = Any


class AtWork:
    """As much of a runner as is asked."""

    def __init__(self, *jobs: int) -> None:
        self.jobs = list(jobs)

    def at_work(self) -> list[int]:
        return self.jobs


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisProcess]:
    with running() as process:
        yield process


@pytest.fixture
def server(redis: RedisProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    # On a busy machine Redis may be late; it is to be asked all the same.
    monkeypatch.setattr(connections, "PATIENCE_S", 30.0)
    server = RedisServer(redis.url, f"wavvy:{time.monotonic_ns()}")
    yield server
    server.close()


def present(server: RedisServer, *jobs: int) -> Presence:
    presence = Presence(server, cast(Runner, AtWork(*jobs)), 2)
    presence.tell()
    return presence


def test_a_server_by_itself_is_the_one_worker() -> None:
    runner = AtWork()
    own = OwnRoster(cast(Runner, runner))
    (worker,) = own.workers()
    assert (worker.kind, worker.state, worker.jobs) == ("server", "idle", [])
    assert worker.name.endswith(f":{os.getpid()}")
    runner.jobs = [7]
    (worker,) = own.workers()
    assert (worker.state, worker.at_once, worker.jobs) == ("busy", 1, [7])


def test_a_worker_comes_works_and_goes(server: RedisServer) -> None:
    seen = RedisRoster(server)
    assert seen.workers() == []
    presence = present(server)
    (worker,) = seen.workers()
    assert (worker.kind, worker.state, worker.at_once) == ("worker", "idle", 2)
    present(server, 7, 8)
    (worker,) = seen.workers()
    assert (worker.state, worker.jobs) == ("busy", [7, 8])
    assert abs(datetime.now(UTC) - worker.last_seen_at) < timedelta(seconds=5)
    presence.close()
    assert seen.workers() == []


def test_a_worker_that_died_is_gone_and_then_forgotten(
    server: RedisServer, redis: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    presence = present(server, 7)
    monkeypatch.setattr(roster, "_GONE_AFTER_S", -1.0)
    (worker,) = RedisRoster(server).workers()
    assert (worker.state, worker.jobs) == ("gone", [])
    monkeypatch.setattr(roster, "_FORGOTTEN_AFTER_S", -1.0)
    assert RedisRoster(server).workers() == []
    with redis.client() as client:
        assert client.hlen(server.key("workers")) == 0
    presence.tell()
    with redis.client() as client:
        (entry,) = client.hvals(server.key("workers"))
    assert json.loads(entry)["jobs"] == [7]
