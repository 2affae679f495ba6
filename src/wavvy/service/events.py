"""Events of jobs: kept for a while, and brought to all who follow a job.

An event is the whole job as it was at that moment, so nobody who misses one is misled. Its id is
``milliseconds-number``, later ones are higher. Whoever comes back with the id of the last event
seen gets those after it. Events are a courtesy and the catalogue is the truth: where no event is
kept any more, or none came through, followers get the job as the catalogue has it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from wavvy.errors import InvalidRequest
from wavvy.service.job_schemas import JobOut

if TYPE_CHECKING:
    from wavvy.catalog.job import Job

MOST_EVENTS = 200
"""Events that are kept of one job."""
KEPT_S = 3600
"""How long they are kept after the last one, in seconds."""

_MOST_JOBS = 1000  # whose events are kept in memory
_MOST_WAITING = 100  # events that a follower may be behind; then it misses the oldest

EventId = tuple[int, int]


class Event(NamedTuple):
    """A job as it was at a moment.

    Attributes
    ----------
    id : tuple of int
    job_id : int
    ended : bool
        Whether it is the last one, unless the job is tried again.
    text : str
        The job as JSON.
    """

    id: EventId
    job_id: int
    ended: bool
    text: str

    @classmethod
    def of(cls, job: Job, event_id: EventId) -> Event:
        """Return an event that says what `job` is like."""
        return cls(event_id, job.id, job.ended, text_of(job))

    @property
    def name(self) -> str:
        """The id as clients see it."""
        return "{}-{}".format(*self.id)


def text_of(job: Job) -> str:
    """Return the JSON of a job in an event."""
    return JobOut.of(job).model_dump_json(exclude_unset=True)


def parse_id(name: str) -> EventId:
    """Return the id that `Event.name` spells.

    Raises
    ------
    InvalidRequest
        If it is none.
    """
    moment, _, number = name.partition("-")
    if not (moment.isascii() and moment.isdigit() and number.isascii() and number.isdigit()):
        raise InvalidRequest(
            f"last_event_id: {name[:40]!r} is no id of an event: send the `id` of the last one "
            "you got, or nothing"
        )
    return int(moment[:18]), int(number[:18])


class EventLog(Protocol):
    """Keeps the events of jobs, and passes them on as they come."""

    def tell(self, job: Job) -> None:
        """Keep an event that says what `job` is like now; from any thread, never raises."""
        ...

    def after(self, job_id: int, last: EventId) -> list[Event]:
        """Return the events of a job after one of them, as far as they are kept."""
        ...

    def close(self) -> None:
        """Pass nothing on any more."""
        ...


class MemoryLog:
    """The events of this process.

    Parameters
    ----------
    deliver : callable
        Is given each event.
    """

    def __init__(self, deliver: Callable[[Event], None]) -> None:
        self._deliver = deliver
        self._mutex = threading.Lock()
        self._last: EventId = (0, 0)
        self._kept: OrderedDict[int, deque[Event]] = OrderedDict()

    def tell(self, job: Job) -> None:
        """Keep an event; see `EventLog.tell`."""
        with self._mutex:
            event = Event.of(job, self._next_id())
            events = self._kept.setdefault(job.id, deque(maxlen=MOST_EVENTS))
            events.append(event)
            self._kept.move_to_end(job.id)
            self._forget_old(event.id[0] - 1000 * KEPT_S)
        self._deliver(event)

    def after(self, job_id: int, last: EventId) -> list[Event]:
        """Return later events; see `EventLog.after`."""
        with self._mutex:
            return [event for event in self._kept.get(job_id, ()) if event.id > last]

    def close(self) -> None:
        """There is nothing to end."""

    def _next_id(self) -> EventId:
        moment, number = self._last
        now = time.time_ns() // 1_000_000
        self._last = (now, 0) if now > moment else (moment, number + 1)
        return self._last

    def _forget_old(self, before_ms: int) -> None:
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) <= _MOST_JOBS and self._kept[oldest][-1].id[0] >= before_ms:
                return
            del self._kept[oldest]


class Follower:
    """What one client has still to be told about a job."""

    def __init__(self) -> None:
        self._events: deque[Event | None] = deque(maxlen=_MOST_WAITING)
        self._any = asyncio.Event()

    def put(self, event: Event | None) -> None:
        """Add an event; None ends all."""
        self._events.append(event)
        self._any.set()

    async def next(self) -> Event | None:
        """Wait for the next event; None is the end of this process."""
        while not self._events:
            self._any.clear()
            await self._any.wait()
        return self._events.popleft()


class Hub:
    """Brings events to all who follow a job, on the event loop that made it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._followers: defaultdict[int, set[Follower]] = defaultdict(set)
        self.closed = False

    @property
    def followed(self) -> list[int]:
        """The ids of the jobs that anybody follows."""
        return list(self._followers)

    @contextmanager
    def follow(self, job_id: int) -> Iterator[Follower]:
        """Collect the events of a job from now on."""
        follower = Follower()
        self._followers[job_id].add(follower)
        if self.closed:
            follower.put(None)
        try:
            yield follower
        finally:
            self._followers[job_id].discard(follower)
            if not self._followers[job_id]:
                del self._followers[job_id]

    def deliver(self, event: Event) -> None:
        """Bring an event to its followers; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._bring, event)

    def close(self) -> None:
        """Tell all followers that the process ends; on the event loop."""
        self.closed = True
        for followers in self._followers.values():
            for follower in followers:
                follower.put(None)

    def _bring(self, event: Event) -> None:
        for follower in self._followers.get(event.job_id, ()):
            follower.put(event)
