"""``/v1/demo``: music to try the service with."""

from __future__ import annotations

import threading

from fastapi import APIRouter

from wavvy.service.errors import Busy
from wavvy.service.openapi import errors
from wavvy.service.schemas import DemoAnswer
from wavvy.service.state import Current

router = APIRouter(prefix="/v1", tags=["Tracks"])

_composing = threading.Lock()


@router.post(
    "/demo",
    summary="Add the demo music",
    responses=errors("busy", "store_busy", "disk_full", "store_error"),
)
def demo(service: Current) -> DemoAnswer:
    """Compose fifteen pieces of music, as `wavvy demo` does, and add them.

    This takes some ten seconds the first time. `GET /v1/stats` shows the tracks coming in.
    """
    # With it comes SciPy, which takes a second to load; few servers are ever asked.
    from wavvy.demo import compose_library

    if not _composing.acquire(blocking=False):
        raise Busy("the demo music is being composed already: try again in 2 s")
    try:
        tracks = []
        for path in compose_library(service.settings.data_dir / "demo"):
            outcome = service.library.add(path)
            if outcome.error is not None:
                raise outcome.error
            if outcome.track_id is not None:
                tracks.append(outcome.track_id)
        return DemoAnswer(tracks=tracks)
    finally:
        _composing.release()
