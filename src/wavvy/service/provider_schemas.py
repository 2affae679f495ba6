"""The JSON about providers of metadata."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class LookupCounts(BaseModel):
    """How many tracks a provider was asked about."""

    found: int = 0
    none: int = Field(default=0, description="It does not know them; it is asked again in months.")
    failed: int = Field(default=0, description="It did not answer; it is asked again.")
    link: int = Field(default=0, description="It was not asked: there is an address to search at.")
    waiting: int = Field(description="Tracks that it is still to be asked about.")


class ProviderOut(BaseModel):
    """Someone who can be asked about tracks."""

    name: Literal["musicbrainz", "spotify", "youtube"]
    enabled: bool = Field(description="Whether `WAVVY_ENRICH` names it, and it has what it needs.")
    trouble: str | None = Field(description="What is amiss, in words.")
    resting_until: datetime | None = Field(description="It is left alone until then.")
    calls_today: int = Field(description="Searches of today, where there is a limit by day.")
    tracks: LookupCounts


class ProvidersAnswer(BaseModel):
    """Every provider, and how it fares."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "providers": [
                        {
                            "name": "musicbrainz",
                            "enabled": True,
                            "trouble": None,
                            "resting_until": None,
                            "calls_today": 0,
                            "tracks": {"found": 1201, "none": 49, "waiting": 12},
                        }
                    ],
                }
            ]
        }
    )

    status: Literal["ok"] = "ok"
    providers: list[ProviderOut]


class ProviderOutcome(BaseModel):
    """What asking a provider came to."""

    name: str
    found: int
    none: int
    failed: int
    trouble: str | None = Field(description="Why it ended before everything was looked up.")


class EnrichedOut(BaseModel):
    """Tracks were looked up."""

    providers: list[ProviderOutcome]
