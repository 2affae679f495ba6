"""Settings of the service, from ``WAVVY_...`` environment variables.

``docs/settings.md`` describes each; a test compares the two.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from wavvy.service.enrichment import EnrichmentSettings
from wavvy.service.limits import Rate

MIN_KEY_LENGTH = 16
_PUBLIC_RATE = "1200/minute"


class Settings(EnrichmentSettings):
    """What can be set from outside; each field has an effect."""

    model_config = SettingsConfigDict(
        env_prefix="WAVVY_", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("wavvy", appauthor=False),
        description="Folder that holds the library: catalogue, index and uploads in progress.",
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="Database of the catalogue, `postgresql://user:password@host/name`; "
        "empty for SQLite in the data folder.",
    )
    redis_url: SecretStr = Field(
        default=SecretStr(""),
        description="Redis for the queue of jobs, their events and the cache, "
        "`redis://:password@host:6379/0`; empty: the server does all by itself.",
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address to listen on; 0.0.0.0 accepts connections from other machines.",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="TCP port to listen on; 0 takes any free one."
    )
    max_upload_mb: int = Field(
        default=256, ge=1, description="Largest upload in megabytes (10^6 bytes)."
    )
    max_track_seconds: int = Field(
        default=14_400, ge=1, description="Longest track that may be uploaded, in seconds."
    )
    import_roots: Annotated[list[Path], NoDecode] = Field(
        default_factory=list,
        description="Folders of this machine, separated by commas, that `POST /v1/tracks` may "
        "import; none: no folder.",
    )
    max_clip_seconds: int = Field(
        default=60,
        ge=1,
        le=3600,
        description="Most audio of one clip or live stream that is analysed, in seconds.",
    )
    max_requests: int = Field(
        default=32,
        ge=1,
        description="Most uploads and recognitions in progress at once; more are answered 429.",
    )
    max_jobs: int = Field(
        default=100,
        ge=1,
        description="Most jobs waiting or running at once; more are answered 429.",
    )
    max_streams: int = Field(
        default=32, ge=1, description="Most live streams at once; more are turned away as busy."
    )
    max_followers: int = Field(
        default=2000,
        ge=1,
        description="Most clients that follow jobs at once; more are turned away as busy.",
    )
    stream_idle_seconds: float = Field(
        default=15.0,
        gt=0,
        description="A live stream that sends nothing for this long is ended, in seconds.",
    )
    history_days: int = Field(
        default=365,
        ge=0,
        le=36500,
        description="How long recognitions are kept in the history, in days; 0 keeps none.",
    )
    serve_audio: bool = Field(
        default=True,
        description="Whether `GET /v1/tracks/{id}/audio` plays tracks from the files that were "
        "added.",
    )
    workers: int = Field(
        default_factory=lambda: max(2, os.cpu_count() or 1),
        ge=1,
        description="Threads that recognise, and how many processes listen to streams at most when "
        "there are many; by default one per core, at least two.",
    )
    api_keys: SecretStr = Field(
        default=SecretStr(""),
        description="`on`: every request needs an API key. Keys separated by commas: the same, and "
        "these may do everything. `off`: none is needed. Empty: `on` if others can reach the "
        "server, else `off`.",
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Names by which the server is reached, separated by commas, `*.` for any "
        "subdomain; none: `localhost` on this machine, anything from others.",
    )
    rate_limit: str = Field(
        default="",
        description="Most requests of one API key, or of one address without a key, such as "
        "`600/minute`. Empty: 1200/minute if others can reach the server, else `off`.",
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["127.0.0.1", "::1"],
        description="Addresses of proxies that are believed whom they send requests for, "
        "separated by commas.",
    )
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Origins of pages that may call this server, separated by commas; * for all.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="`text` for people, `json` for one JSON object a line."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe messages that are logged."
    )

    @property
    def is_public(self) -> bool:
        """Whether others than this machine can reach the server, be it through a proxy."""
        return not is_loopback(self.host) or not all(map(is_loopback, self.allowed_hosts))

    @property
    def needs_keys(self) -> bool:
        """Whether requests need an API key."""
        mode = self.api_keys.get_secret_value()
        return self.is_public if not mode else mode != "off"

    @property
    def rate(self) -> Rate | None:
        """The most requests of one caller; None: without limit."""
        if self.rate_limit == "off" or not (self.rate_limit or self.is_public):
            return None
        return Rate.of(self.rate_limit or _PUBLIC_RATE)

    @property
    def given_keys(self) -> list[str]:
        """API keys that the environment names."""
        keys = self.api_keys.get_secret_value()
        return [] if keys in ("", "on", "off") else _split(keys)

    @field_validator("rate_limit")
    @classmethod
    def _check_rate(cls, value: str) -> str:
        if value not in ("", "off"):
            Rate.of(value)
        return value

    @field_validator("cors_origins", "allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            return [name.rstrip("/").lower() for name in _split(value)]
        return value

    @field_validator("import_roots", mode="before")
    @classmethod
    def _split_roots(cls, value: object) -> object:
        return _split(value) if isinstance(value, str) else value

    @field_validator("api_keys")
    @classmethod
    def _check_keys(cls, value: SecretStr) -> SecretStr:
        keys = value.get_secret_value()
        if keys not in ("", "on", "off") and any(len(k) < MIN_KEY_LENGTH for k in _split(keys)):
            raise ValueError(f"say on or off, or give keys of at least {MIN_KEY_LENGTH} characters")
        return value


def is_loopback(host: str) -> bool:
    """Tell whether a name or address stands for this machine itself."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
