"""Events in Redis: a bounded stream a job that expires, and one of all for those who listen now.

Each API process reads the stream of all, once for all its followers, however many there are. An
event goes into both streams in one step, and bears the id that the job's own gave it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from wavvy.service.errors import QueueUnavailable
from wavvy.service.events import KEPT_S, MOST_EVENTS, Event, EventId, parse_id, text_of

if TYPE_CHECKING:
    from wavvy.catalog.job import Job
    from wavvy.service.redis_server import RedisServer

log = logging.getLogger(__name__)

_MOST_LIVE = 10_000
_BLOCK_MS = 1000
_PAUSE_S = 0.25

_TELL = """
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*',
    'ended', ARGV[4], 'job', ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*',
    'id', id, 'of', ARGV[6], 'ended', ARGV[4], 'job', ARGV[5])
return id
"""


class RedisLog:
    """The events of all processes.

    Parameters
    ----------
    server : RedisServer
        Where.
    deliver : callable, optional
        Is given each event of any process, in a thread.
    """

    def __init__(self, server: RedisServer, deliver: Callable[[Event], None] | None = None) -> None:
        self._server = server
        self._deliver = deliver
        self._closed = threading.Event()
        self._live = server.key("events")
        self._last = ""
        self._thread: threading.Thread | None = None
        if deliver is not None:
            with suppress(QueueUnavailable), server.asked() as redis:
                self._last = self._newest(redis)  # all that comes from now on is passed on
            self._thread = threading.Thread(target=self._listen, name="wavvy-events", daemon=True)
            self._thread.start()

    def tell(self, job: Job) -> None:
        """Keep an event; see `EventLog.tell`. Where Redis is away, followers look elsewhere."""
        with suppress(QueueUnavailable), self._server.asked() as redis:
            redis.eval(
                _TELL, 2, self._of(job.id), self._live,
                MOST_EVENTS, KEPT_S, _MOST_LIVE, int(job.ended), text_of(job), job.id,
            )  # fmt: skip

    def after(self, job_id: int, last: EventId) -> list[Event]:
        """Return later events; see `EventLog.after`."""
        try:
            with self._server.asked() as redis:
                found = redis.xrange(self._of(job_id), "({}-{}".format(*last))
        except QueueUnavailable:
            return []
        return [_event(name, job_id, fields) for name, fields in found]

    def close(self) -> None:
        """Listen no more."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(2 * _BLOCK_MS / 1000)

    def _of(self, job_id: int) -> str:
        return self._server.key("events", job_id)

    def _listen(self) -> None:
        well = True
        with self._server.listener() as redis:
            while not self._closed.is_set():
                try:
                    self._last = self._last or self._newest(redis)
                    for _, events in redis.xread({self._live: self._last}, 500, _BLOCK_MS) or ():
                        for name, fields in events:
                            self._last = name
                            self._pass_on(fields)
                    well = True
                except RedisError as error:
                    if well:
                        log.warning("no events for now, Redis does not answer: %s", error)
                    well = False
                    self._closed.wait(_PAUSE_S)

    def _newest(self, redis: Any) -> str:
        newest = redis.xrevrange(self._live, count=1)
        return str(newest[0][0]) if newest else "0-0"

    def _pass_on(self, fields: dict[str, str]) -> None:
        assert self._deliver is not None
        self._deliver(_event(fields["id"], int(fields["of"]), fields))


def _event(name: str, job_id: int, fields: dict[str, str]) -> Event:
    return Event(parse_id(name), job_id, fields["ended"] == "1", fields["job"])
