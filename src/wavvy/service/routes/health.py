"""``/health``: for whoever watches over the process."""

from __future__ import annotations

from fastapi import APIRouter

from wavvy.service.errors import NotReady
from wavvy.service.openapi import errors
from wavvy.service.readiness import problems
from wavvy.service.schemas import Health
from wavvy.service.state import Current

OPEN = ("internal",)

router = APIRouter(prefix="/health", tags=["Service"])


@router.get("/live", summary="Is the process alive?", responses=errors(anywhere=OPEN))
async def live() -> Health:
    """Answer as long as the event loop turns; when this fails, restart the process."""
    return Health()


@router.get("/ready", summary="Can it do its work?", responses=errors("not_ready", anywhere=OPEN))
def ready(service: Current) -> Health:
    """Answer while database, index, queue of jobs and disk are well; 503 says what is wrong.

    A server that asks for keys tells anybody what is wrong, but where and why only its log.
    """
    found = [
        what if service.authority.needs_keys else f"{what} ({detail})"
        for what, detail in problems(service.library, service.jobs)
    ]
    if found:
        raise NotReady("; ".join(found))
    return Health()
