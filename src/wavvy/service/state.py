"""What a running service holds, and how routes get at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

from anyio import to_thread
from fastapi import Depends
from starlette.requests import HTTPConnection

from wavvy.service.auth import Authority
from wavvy.service.cache import Cache
from wavvy.service.calm import Calm
from wavvy.service.clips import Clips
from wavvy.service.covers import Covers
from wavvy.service.events import EventLog, Hub
from wavvy.service.jobs import Jobs
from wavvy.service.latency import Latency
from wavvy.service.limits import Limits
from wavvy.service.listeners.pool import Listeners
from wavvy.service.off_loop import OffLoop
from wavvy.service.roster import Roster
from wavvy.service.settings import Settings
from wavvy.service.slots import Slots
from wavvy.service.uploads import Upload, UploadFolder

if TYPE_CHECKING:
    from wavvy.catalog.job import Job, RequestId
    from wavvy.enrich.follower import EnrichFollower
    from wavvy.history.recorder import History
    from wavvy.library import Wavvy


@dataclass(frozen=True, slots=True)
class Service:
    """The open library and everything that bounds its use."""

    settings: Settings
    library: Wavvy
    history: History
    clips: Clips
    cache: Cache
    authority: Authority
    limits: Limits
    jobs: Jobs
    roster: Roster
    events: EventLog
    hub: Hub
    uploads: UploadFolder
    covers: Covers
    enrichment: EnrichFollower
    requests: Slots
    streams: Slots
    calm: Calm
    matching: Latency
    followers: Slots
    off_loop: OffLoop
    listeners: Listeners

    async def submit(
        self,
        kind: str,
        upload: Upload,
        arguments: dict[str, Any],
        request: RequestId | None = None,
    ) -> Job:
        """Queue a job that consumes an upload; if that fails the upload is removed.

        It also is if the same `request` has made a job before, which is returned then.

        Raises
        ------
        Busy, QueueUnavailable
            As `Jobs.check` does.
        DiskFull
            If there is no space for the upload.
        """
        arguments = {"upload": upload.path.name, "name": upload.name, **arguments}
        try:
            await to_thread.run_sync(upload.settle)
            job = await to_thread.run_sync(self.jobs.submit, kind, upload.name, arguments, request)
        except BaseException:
            upload.discard()
            raise
        if job.arguments.get("upload") != upload.path.name:
            upload.discard()
        return job


def _service(connection: HTTPConnection) -> Service:
    return cast(Service, connection.app.state.service)


Current = Annotated[Service, Depends(_service)]
