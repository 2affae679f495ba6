"""Who works on jobs: the server itself, or workers that say so in Redis every other second."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from wavvy.service.errors import QueueUnavailable

if TYPE_CHECKING:
    from wavvy.service.redis_server import RedisServer
    from wavvy.service.runner import Runner

TELL_EVERY_S = 2.0
"""How often a worker says that it is there, in seconds."""

_GONE_AFTER_S = 10.0
_FORGOTTEN_AFTER_S = 600.0


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works on jobs, as it was when it was last heard of.

    Attributes
    ----------
    name : str
        Host and process.
    kind : str
        ``server``: it works beside answering; ``worker``: that is all it does.
    state : str
        ``gone``: it has not been heard of for ten seconds, and did not say goodbye.
    at_once : int
        Jobs that it works on at the same time.
    jobs : list of int
        Those that it works on.
    started_at, last_seen_at : datetime
        In UTC.
    """

    name: str
    kind: Literal["server", "worker"]
    state: Literal["busy", "idle", "gone"]
    at_once: int
    jobs: list[int]
    started_at: datetime
    last_seen_at: datetime


class Roster(Protocol):
    """Knows who works on jobs."""

    def workers(self) -> list[Worker]:
        """Return them, by name.

        Raises
        ------
        QueueUnavailable
            Redis knows, and does not answer.
        """
        ...


class OwnRoster:
    """There is one: this process, without Redis.

    Parameters
    ----------
    runner : Runner
        Works on the jobs, one at a time.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._started_at = datetime.now(UTC)

    def workers(self) -> list[Worker]:
        """Return this process; see `Roster.workers`."""
        jobs = self._runner.at_work()
        state: Literal["busy", "idle"] = "busy" if jobs else "idle"
        now = datetime.now(UTC)
        return [Worker(own_name(), "server", state, 1, jobs, self._started_at, now)]


class RedisRoster:
    """Workers in other processes, each an entry of one hash.

    Parameters
    ----------
    server : RedisServer
        Where the hash is.
    """

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._key = server.key("workers")

    def workers(self) -> list[Worker]:
        """Return all that were heard of lately; see `Roster.workers`."""
        with self._server.asked() as redis:
            entries, now = redis.hgetall(self._key), _now(redis)
            found = []
            for name, text in sorted(entries.items()):
                entry = _Entry(**json.loads(text))
                if now - entry.last_seen_at > _FORGOTTEN_AFTER_S:
                    redis.hdel(self._key, name)
                else:
                    found.append(entry.worker(name, now))
        return found


class Presence:
    """A worker's own entry.

    Parameters
    ----------
    server : RedisServer
        Where it is told.
    runner : Runner
        Knows the jobs at hand.
    at_once : int
        Jobs that may be at hand at the same time.
    """

    def __init__(self, server: RedisServer, runner: Runner, at_once: int) -> None:
        self._server = server
        self._key = server.key("workers")
        self._runner = runner
        self._at_once = at_once
        self._started_at: float | None = None

    def tell(self) -> None:
        """Say that this worker is there, and what it does; raises QueueUnavailable."""
        with self._server.asked() as redis:
            now = _now(redis)
            if self._started_at is None:
                self._started_at = now
            entry = _Entry(self._at_once, self._runner.at_work(), self._started_at, now)
            redis.hset(self._key, own_name(), json.dumps(asdict(entry)))

    def close(self) -> None:
        """Say goodbye."""
        with suppress(QueueUnavailable), self._server.asked() as redis:
            redis.hdel(self._key, own_name())


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a worker writes down, by the clock of Redis, which all share."""

    at_once: int
    jobs: list[int]
    started_at: float
    last_seen_at: float

    def worker(self, name: str, now: float) -> Worker:
        gone = now - self.last_seen_at > _GONE_AFTER_S
        return Worker(
            name,
            "worker",
            "gone" if gone else "busy" if self.jobs else "idle",
            self.at_once,
            [] if gone else self.jobs,
            datetime.fromtimestamp(self.started_at, UTC),
            datetime.fromtimestamp(self.last_seen_at, UTC),
        )


def own_name() -> str:
    """Return what this process is called."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _now(redis: Any) -> float:
    seconds, microseconds = redis.time()
    return float(seconds + microseconds / 1e6)
