from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from private_redis import PASSWORD, RedisProcess

from wavvy.service import cache as caches
from wavvy.service import redis_server as connections
from wavvy.service.cache import MISSING, Cache
from wavvy.service.errors import QueueUnavailable
from wavvy.service.redis_server import RedisServer

_numbers = count()


@pytest.fixture
def connect(
    redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], RedisServer]]:
    """Gives a function that connects as another process of the same library would."""
    # On a busy machine Redis may be late, and a cache then goes on without it.
    monkeypatch.setattr(connections, "PATIENCE_S", 30.0)
    prefix = f"test-{next(_numbers)}"
    made: list[RedisServer] = []

    def new() -> RedisServer:
        made.append(RedisServer(redis_server.url, prefix))
        return made[-1]

    yield new
    for server in made:
        server.close()


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest) -> Cache:
    if request.param == "memory":
        return Cache()
    return Cache(request.getfixturevalue("connect")())


def test_values_and_their_absence_are_kept(cache: Cache) -> None:
    assert cache.get("a") is MISSING
    for value in ({"x": [1, "é", None]}, [], 0, "", None):
        cache.set("a", value, 60)
        assert cache.get("a") == value
    assert cache.get("b") is MISSING
    assert cache.stats() == (5, 2, 0)


def test_values_are_forgotten_in_time(cache: Cache) -> None:
    cache.set("a", 1, 0.05)
    cache.set("b", 2, 60)
    time.sleep(0.06)
    assert cache.get("a") is MISSING
    assert cache.get("b") == 2


def test_a_value_is_made_once(cache: Cache) -> None:
    made = []
    together = threading.Barrier(8)

    def make() -> dict[str, int]:
        made.append(1)
        time.sleep(0.05)
        return {"n": len(made)}

    def ask(_: int) -> Any:
        together.wait(20)
        return cache.fetch("key", 60, make)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [{"n": 1}] * 8
    assert len(made) == 1
    assert cache.fetch("key", 60, make) == {"n": 1}


def test_that_there_is_none_is_kept_for_another_time(cache: Cache) -> None:
    made = []

    def fetch(key: str, absent_ttl_s: float) -> None:
        assert cache.fetch(key, 60, lambda: made.append(1), absent_ttl_s=absent_ttl_s) is None

    for _ in range(2):
        fetch("long", 60)
    assert len(made) == 1
    for _ in range(2):
        fetch("short", 0.05)
        time.sleep(0.06)
    assert len(made) == 3


def test_a_failure_is_told_to_all_and_not_kept(cache: Cache) -> None:
    together = threading.Barrier(3)

    def fail() -> None:
        time.sleep(0.05)
        raise ZeroDivisionError("bug")

    def ask(_: int) -> str:
        together.wait(20)
        try:
            cache.fetch("key", 60, fail)
        except ZeroDivisionError:
            return "failed"
        return "fine"

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(ask, range(3))) == ["failed"] * 3
    assert cache.fetch("key", 60, lambda: 1) == 1


def test_counters(cache: Cache) -> None:
    assert [cache.add("a", 2, 60), cache.add("a", 3, 60), cache.add("b", 1, 60)] == [2, 5, 1]
    assert cache.add("c", 1, 0.05) == 1
    time.sleep(0.06)
    assert cache.add("c", 1, 0.05) == 1
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: cache.add("d", 1, 60), range(200)))
    assert sorted(counts) == list(range(1, 201))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches, "_MOST_ENTRIES", 3)
    monkeypatch.setattr(caches, "_MOST_CHARACTERS", 100)
    cache = Cache()
    for key in "abc":
        cache.set(key, key, 60)
    assert cache.get("a") == "a"  # used last, so "b" makes room
    cache.set("d", "d", 60)
    assert [cache.get(key) for key in "abcd"] == ["a", MISSING, "c", "d"]
    cache.set("e", "e" * 96, 60)
    assert [cache.get(key) for key in "acde"] == [MISSING, MISSING, MISSING, "e" * 96]
    for key in "abcd":
        cache.add(key, 1, 60)
    assert cache.add("a", 1, 60) == 1


def test_processes_share_it_and_wait_for_each_other(connect: Callable[[], RedisServer]) -> None:
    one, other = Cache(connect()), Cache(connect())
    one.set("a", {"x": 1}, 60)
    assert other.get("a") == {"x": 1}
    assert [one.add("n", 1, 60), other.add("n", 1, 60)] == [1, 2]
    began = threading.Event()

    def slow() -> str:
        began.set()
        time.sleep(0.1)
        return "made by one"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(one.fetch, "key", 60, slow)
        assert began.wait(20)
        assert other.fetch("key", 60, lambda: "made by other") == "made by one"
        assert first.result() == "made by one"


def test_a_process_that_dies_making_a_value_holds_nobody_up(
    connect: Callable[[], RedisServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "_MAKING_S", 1)
    dying = Cache(connect())
    assert dying._begin("key")
    began = time.monotonic()
    assert Cache(connect()).fetch("key", 60, lambda: "fine") == "fine"
    assert 0.5 < time.monotonic() - began < 5


def test_redis_goes_away_and_comes_back(
    connect: Callable[[], RedisServer], redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REST_S", 0.1)
    server = connect()
    cache = Cache(server)
    cache.set("a", 1, 60)
    cache.add("n", 5, 60)
    redis_server.stop()
    try:
        began = time.monotonic()
        for _ in range(200):
            assert cache.get("a") is MISSING
        assert cache.fetch("a", 60, lambda: "made") == "made"
        cache.set("a", 2, 60)
        assert [cache.add("n", 1, 60), cache.add("n", 1, 60)] == [1, 2], "counted here meanwhile"
        assert time.monotonic() - began < 20, "a server that is away is not asked each time"
        assert cache.stats().failures > 200
        with pytest.raises(QueueUnavailable) as said, server.asked() as redis:
            redis.ping()
        assert PASSWORD not in str(said.value)
    finally:
        redis_server.start()
    deadline = time.monotonic() + 60
    while cache.get("a") is MISSING:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert cache.get("a") == 1
    assert cache.add("n", 1, 60) == 6


def test_a_late_redis_counts_once(
    connect: Callable[[], RedisServer], redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = Cache(connect())
    monkeypatch.setattr(connections, "PATIENCE_S", 0.2)
    monkeypatch.setattr(connections, "REST_S", 0.0)
    hasty = Cache(connect())
    while hasty.get("a") is MISSING:  # until it is connected
        patient.set("a", 1, 60)
    with ThreadPoolExecutor(1) as pool:
        with redis_server.halted():
            counted = pool.submit(hasty.add, "n", 1, 60)
            time.sleep(0.3)  # a second try would be under way
        assert counted.result() == 1
    deadline = time.monotonic() + 60
    while patient.add("n", 0, 60) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert patient.add("n", 0, 60) == 1
