"""``/health``: for whoever watches over the process."""

from __future__ import annotations

from fastapi import APIRouter

from wavvy.errors import WavvyError
from wavvy.service.errors import NotReady
from wavvy.service.openapi import errors
from wavvy.service.schemas import Health
from wavvy.service.state import Current

OPEN = ("internal",)

router = APIRouter(prefix="/health", tags=["Service"])


@router.get("/live", summary="Is the process alive?", responses=errors(anywhere=OPEN))
async def live() -> Health:
    """Answer as long as the event loop turns; when this fails, restart the process."""
    return Health()


@router.get("/ready", summary="Can it recognise?", responses=errors("not_ready", anywhere=OPEN))
def ready(service: Current) -> Health:
    """Answer once the library is open and as long as its catalogue can be read."""
    try:
        service.library.catalog.count()
    except WavvyError as error:
        raise NotReady(f"The library does not answer: {error}") from error
    return Health()
