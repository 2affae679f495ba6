"""``GET /v1/stats``: how much there is."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version

from fastapi import APIRouter

from wavvy.service.openapi import errors
from wavvy.service.schemas import StatsAnswer, StreamStats
from wavvy.service.state import Current

router = APIRouter(prefix="/v1", tags=["Service"])


@router.get("/stats", summary="Show the library's size", responses=errors("store_unavailable"))
def stats(service: Current) -> StatsAnswer:
    """Count tracks, music, bytes on disk and live streams; tell how quickly answers come."""
    cache = service.cache.stats()
    asked = cache.hits + cache.misses
    return StatsAnswer.model_validate(
        service.library.stats().to_dict()
        | {
            "version": version("wavvy"),
            "streams": StreamStats(active=service.streams.taken, max=service.streams.limit),
            "latency": asdict(service.clips.latency.stats()),
            "time_to_match": asdict(service.matching.stats()),
            "cache": cache._asdict() | {"hit_rate": round(cache.hits / max(1, asked), 4)},
        }
    )
