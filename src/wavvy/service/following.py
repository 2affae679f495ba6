"""Following one job, whoever works on it and wherever, until it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from anyio import to_thread

from wavvy.errors import StoreError
from wavvy.service.errors import ServerStops
from wavvy.service.events import Event, EventId

if TYPE_CHECKING:
    from wavvy.catalog.job import Job
    from wavvy.catalog.jobs import JobStore
    from wavvy.service.events import EventLog, Hub

KEEP_ALIVE_S = 20.0
"""After so many seconds without an event something is said, since proxies end idle connections."""
LOOK_EVERY_S = 5.0
"""How often the catalogue is asked which of the jobs that are followed have ended."""

_FROM_CATALOGUE = (0, 0)


async def follow(
    job_id: int, last: EventId | None, *, store: JobStore, log: EventLog, hub: Hub
) -> AsyncGenerator[Event | None]:
    """Yield the events of a job after one of them, as they come, until it has ended.

    Yields
    ------
    Event or None
        None: nothing has happened for `KEEP_ALIVE_S`.

    Raises
    ------
    NotFound
        There is no such job.
    ServerStops
        The process ends before the job does.
    """
    seen = last or (0, 0)
    with hub.follow(job_id) as follower:
        job = await to_thread.run_sync(store.get, job_id)
        event: Event | None = None
        for event in await to_thread.run_sync(log.after, job_id, seen):
            seen = event.id
            yield event
        if event is not None and event.ended and not job.ended:
            # It has just ended, or was tried again after that.
            job = await to_thread.run_sync(store.get, job_id)
        news = _as_it_is(job)
        # What is kept says nothing, or not how it ended.
        if event is None and (last is None or job.ended) and news.id > seen:
            yield news
        elif event is not None and job.ended and not event.ended:
            yield _later(news, seen)
        if job.ended:
            return
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE_S):
                    event = await follower.next()
            except TimeoutError:
                yield None
                continue
            if event is None:
                raise ServerStops(f"this server stops: job {job_id} goes on, connect again")
            if event.id == _FROM_CATALOGUE:
                event = _later(event, seen)
            if event.id > seen:
                seen = event.id
                yield event
                if event.ended:
                    return


async def watch(store: JobStore, hub: Hub) -> None:
    """Tell followers what the catalogue knows to have ended, for events that never came."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        followed = hub.followed
        if followed:
            try:
                ended = await to_thread.run_sync(store.ended_among, followed)
            except StoreError:
                continue  # its users are told so already
            for job in ended:
                hub.deliver(Event.of(job, _FROM_CATALOGUE))


def _as_it_is(job: Job) -> Event:
    return Event.of(job, (round(job.updated_at.timestamp() * 1000), 0))


def _later(event: Event, seen: EventId) -> Event:
    """Return an event with an id after `seen`, whatever the clocks of those who gave them."""
    return event._replace(id=max(event.id, (seen[0], seen[1] + 1)))
