"""The JSON of listings and searches, as models with examples."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from wavvy.catalog.search.highlight import Highlights
from wavvy.catalog.track import Track
from wavvy.service.schemas import LISTED_EXAMPLE, Ok, TrackOut

Range = tuple[int, int]


class HighlightsOut(BaseModel):
    """Which parts of a track's names the query found.

    Each is `[start, end]`, the end excluded, in characters (Unicode code points).
    """

    title: list[Range]
    artists: list[list[Range]] = Field(description="For each artist.")
    album: list[Range]

    @classmethod
    def of(cls, highlights: Highlights) -> Self:
        """Return the JSON of `highlights`."""
        return cls(**highlights._asdict())


class TrackPage(BaseModel):
    """A page of tracks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "tracks": [LISTED_EXAMPLE],
                    "total": 51,
                    "next": "42",
                    "highlights": None,
                }
            ]
        }
    )

    status: Ok = "ok"
    tracks: list[TrackOut]
    total: int = Field(
        description="Tracks on this and all other pages from `after` on; with a `q` at most 500."
    )
    next: str | None = Field(
        description="Cursor: pass it as `after`, with all else the same, for the next page; null "
        "on the last."
    )
    highlights: list[HighlightsOut] | None = Field(
        description="What `q` found in each of the tracks; null without a `q`."
    )


class FoundTrack(TrackOut):
    """A track that was found."""

    score: float = Field(ge=0, le=1, description="How well it fits what was asked.")
    highlights: HighlightsOut

    @classmethod
    def found(cls, track: Track, score: float, highlights: Highlights) -> Self:
        """Return the JSON of a track that was found."""
        return cls(
            **TrackOut.of(track).model_dump(),
            score=score,
            highlights=HighlightsOut.of(highlights),
        )


_FOUND: dict[str, Any] = LISTED_EXAMPLE | {
    "score": 0.8117,
    "highlights": {"title": [[0, 7], [8, 14]], "artists": [[]], "album": []},
}


class SearchPage(BaseModel):
    """Tracks that were found, the best first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"status": "ok", "took_ms": 7, "results": [_FOUND], "total": 1, "next": None}
            ]
        }
    )

    status: Ok = "ok"
    took_ms: int
    results: list[FoundTrack]
    total: int = Field(description="Tracks on all pages, at most 500.")
    next: int | None = Field(description="`offset` of the next page; null on the last.")
