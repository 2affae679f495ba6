"""The JSON of ``/v1/history``, as models with examples."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from wavvy.catalog.history import Source
from wavvy.service.schemas import Name, Ok


def _examples(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [{"status": "ok"} | example]})


class PastTrack(BaseModel):
    """A track that was recognised, also when it has been removed since."""

    id: int
    title: str
    artists: list[Name]
    album: Name | None
    artwork_url: str | None = Field(description="Where the cover is on this server, if any.")
    external_metadata: dict[str, list[dict[str, Any]]] = Field(
        description="Where else it can be heard, by provider, as in an answer."
    )
    in_library: bool = Field(description="Whether it has not been removed.")


class PastMatch(PastTrack):
    """What was recognised."""

    play_offset_ms: int = Field(description="Position in the track at the end of what was heard.")
    score: float = Field(ge=0, le=1, description="Calibrated probability that this is right.")


class PastRecognition(BaseModel):
    """Something that was recognised, or was not."""

    id: int
    heard_at: datetime = Field(description="When, UTC.")
    source: Source = Field(description="`upload`, `live` stream or command line.")
    duration_ms: int = Field(description="How much was heard.")
    match: PastMatch | None = Field(description="The best match; null if there was none.")


_TRACK: dict[str, Any] = {
    "id": 42,
    "title": "Harbour Lights",
    "artists": [{"name": "The Tide Clocks"}],
    "album": {"name": "Low Water"},
    "artwork_url": "/v1/tracks/42/artwork",
    "external_metadata": {"spotify": [{"track": {"id": "abc"}, "url": "https://spotify.example"}]},
    "in_library": True,
}
_HEARD: dict[str, Any] = {
    "id": 1207,
    "heard_at": "2026-01-31T21:14:05.120Z",
    "source": "live",
    "duration_ms": 2100,
    "match": _TRACK | {"play_offset_ms": 152200, "score": 0.9998},
}


class HistoryPage(BaseModel):
    """A page of the history, the newest first."""

    model_config = _examples({"history": [_HEARD], "total": 431, "next": "1769894045120-1207"})

    status: Ok = "ok"
    history: list[PastRecognition]
    total: int = Field(description="Recognitions on all pages.")
    next: str | None = Field(
        description="Cursor: pass it as `after` for the next page; null on the last."
    )


class TopTrackOut(PastTrack):
    """A track and how often it was recognised."""

    count: int
    last_heard_at: datetime = Field(description="When it was recognised last, UTC.")


class TopAnswer(BaseModel):
    """The most recognised tracks; of equals the one that was heard last comes first."""

    model_config = _examples(
        {"tracks": [_TRACK | {"count": 17, "last_heard_at": "2026-01-31T21:14:05.120Z"}]}
    )

    status: Ok = "ok"
    tracks: list[TopTrackOut]


class DayOut(BaseModel):
    """How much was recognised on a day, and how much was not."""

    day: date
    matched: int
    unmatched: int


class DaysAnswer(BaseModel):
    """Counts by day; days without any are left out."""

    model_config = _examples({"days": [{"day": "2026-01-31", "matched": 12, "unmatched": 3}]})

    status: Ok = "ok"
    days: list[DayOut]


class ClearedAnswer(BaseModel):
    """The history is empty."""

    model_config = _examples({"deleted": 431})

    status: Ok = "ok"
    deleted: int
