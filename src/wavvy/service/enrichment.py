"""Settings about asking others, and what they amount to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from wavvy.enrich import musicbrainz, spotify, youtube
from wavvy.enrich.setup import EnrichSetup, ProviderName


class EnrichmentSettings(BaseSettings):
    """Who is asked about tracks; nobody by default."""

    enrich: Annotated[list[ProviderName], NoDecode] = Field(
        default_factory=list,
        description="Who is asked about tracks, separated by commas: `musicbrainz`, `spotify`, "
        "`youtube`; none: nobody, and nothing is sent to anyone.",
    )
    contact: str = Field(
        default="",
        max_length=200,
        pattern=r"^[\x20-\x7e]*$",
        description="Mail or web address of whoever runs this Wavvy, for MusicBrainz to write to "
        "if something is amiss; it asks for one.",
    )
    spotify_client_id: str = Field(
        default="", description="Client id of an application at Spotify."
    )
    spotify_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Client secret of that application."
    )
    youtube_api_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key of YouTube's Data API; empty: links lead to a search, nobody is asked.",
    )
    youtube_searches_per_day: int = Field(
        default=youtube.SEARCHES_PER_DAY,
        ge=0,
        description="Most searches of YouTube a day, as Google counts days; what is left over is "
        "done the next day.",
    )
    musicbrainz_rate: float = Field(
        default=1.0,
        gt=0,
        le=100,
        description="Most requests to MusicBrainz a second; its own server allows one, a mirror "
        "of yours what you like.",
    )
    musicbrainz_url: str = Field(
        default=musicbrainz.API, description="Address of MusicBrainz, or of a mirror of it."
    )
    coverart_url: str = Field(
        default=musicbrainz.COVERS, description="Address of the Cover Art Archive."
    )
    spotify_url: str = Field(default=spotify.API, description="Address of Spotify's interface.")
    spotify_accounts_url: str = Field(
        default=spotify.ACCOUNTS, description="Address at which Spotify gives out tokens."
    )
    youtube_url: str = Field(default=youtube.API, description="Address of YouTube's Data API.")

    @property
    def enrich_setup(self) -> EnrichSetup:
        """All of it, as the providers need it."""
        return EnrichSetup(
            providers=tuple(self.enrich),
            contact=self.contact,
            musicbrainz_url=self.musicbrainz_url,
            musicbrainz_rate=self.musicbrainz_rate,
            coverart_url=self.coverart_url,
            spotify_client_id=self.spotify_client_id,
            spotify_client_secret=self.spotify_client_secret.get_secret_value(),
            spotify_url=self.spotify_url,
            spotify_accounts_url=self.spotify_accounts_url,
            youtube_api_key=self.youtube_api_key.get_secret_value(),
            youtube_url=self.youtube_url,
            youtube_searches_per_day=self.youtube_searches_per_day,
        )

    @field_validator("enrich", mode="before")
    @classmethod
    def _split_providers(cls, value: object) -> object:
        if isinstance(value, str):
            return [name.strip().lower() for name in value.split(",") if name.strip()]
        return value

    @field_validator(
        "musicbrainz_url", "coverart_url", "spotify_url", "spotify_accounts_url", "youtube_url"
    )
    @classmethod
    def _check_url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("say an address that begins with https:// or http://")
        return value.rstrip("/")
