"""``GET /v1/queue``: how much there is to do, and who does it."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from wavvy.service.errors import QueueUnavailable
from wavvy.service.openapi import errors
from wavvy.service.queue_schemas import JobCounts, QueueAnswer, WorkerOut
from wavvy.service.state import Current

router = APIRouter(prefix="/v1", tags=["Jobs"])


@router.get(
    "/queue", summary="Show the queue and its workers", responses=errors("store_unavailable")
)
def queue(service: Current) -> QueueAnswer:
    """Count jobs by state, and tell who works on them: this server, or workers with Redis."""
    backlog = service.library.catalog.jobs.backlog()
    trouble = None
    try:
        workers = service.roster.workers()
    except QueueUnavailable as error:
        workers, trouble = [], str(error)
    return QueueAnswer(
        jobs=JobCounts(**backlog.counts),
        waiting_since=backlog.waiting_since,
        workers=[WorkerOut(**asdict(worker)) for worker in workers],
        trouble=trouble,
    )
