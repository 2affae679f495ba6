"""The JSON about tracks that are the same recording."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, Field

from wavvy.service.schemas import LISTED_EXAMPLE, Ok, TrackOut, examples

if TYPE_CHECKING:
    from wavvy.catalog.duplicates import DuplicateGroup, GroupedTrack


class DuplicateTrackOut(TrackOut):
    """A track of which there is another file."""

    format: str | None = Field(description="Of its file, as its name ends; null if not known.")
    bit_rate: int | None = Field(description="Of its file, bits a second; null if not known.")
    similarity: float = Field(
        ge=0,
        le=1,
        description="How much of it, by time, sounds the same as the one of the group that it is "
        "most alike.",
    )

    @classmethod
    def of_group(cls, one: GroupedTrack) -> Self:
        """Return the JSON of a track of a group."""
        track = one.track
        return cls(
            **dict(TrackOut.of(track)),
            format=track.format,
            bit_rate=track.bit_rate,
            similarity=round(one.similarity, 3),
        )


class DuplicateGroupOut(BaseModel):
    """Tracks that are the same recording."""

    id: str = Field(description="The ids of its tracks, joined by hyphens.")
    tracks: list[DuplicateTrackOut] = Field(
        description="The best file first, as far as format and bit rate tell."
    )

    @classmethod
    def of(cls, group: DuplicateGroup) -> Self:
        """Return the JSON of a group."""
        return cls(
            id="-".join(map(str, group.track_ids)),
            tracks=[DuplicateTrackOut.of_group(one) for one in group.tracks],
        )


_FLAC: dict[str, Any] = LISTED_EXAMPLE | {
    "format": "flac",
    "bit_rate": 912000,
    "similarity": 0.97,
}
_MP3 = _FLAC | {
    "id": 77,
    "title": "harbour lights",
    "duration_ms": 209100,
    "artwork_url": None,
    "file": "harbour lights.mp3",
    "format": "mp3",
    "bit_rate": 128000,
}


class DuplicatePage(BaseModel):
    """A page of groups, in the order in which the first track of each was added."""

    model_config = examples(
        {
            "status": "ok",
            "groups": [{"id": "42-77", "tracks": [_FLAC, _MP3]}],
            "total": 1,
            "next": None,
            "scanned_at": "2026-01-31T12:00:00Z",
            "waiting": 0,
            "job_id": None,
        }
    )

    status: Ok = "ok"
    groups: list[DuplicateGroupOut]
    total: int = Field(description="How many groups there are in all.")
    next: int | None = Field(
        description="Cursor: pass it as `after` for the next page; null on the last."
    )
    scanned_at: datetime | None = Field(description="When a scan last came to its end, UTC.")
    waiting: int = Field(description="Tracks that have not been compared yet.")
    job_id: int | None = Field(description="The job that compares tracks now, or is to.")
