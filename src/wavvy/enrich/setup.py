"""Which providers are asked, and how."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from wavvy.catalog.repository import Catalog
from wavvy.enrich import musicbrainz, spotify, youtube
from wavvy.enrich.enricher import Enricher
from wavvy.enrich.musicbrainz import MusicBrainz
from wavvy.enrich.provider import Provider
from wavvy.enrich.spotify import Spotify
from wavvy.enrich.web import Answers
from wavvy.enrich.youtube import YouTube

ProviderName = Literal["musicbrainz", "spotify", "youtube"]


@dataclass(frozen=True, slots=True)
class EnrichSetup:
    """What is set up; by default nobody is asked."""

    providers: Sequence[ProviderName] = ()
    contact: str = ""
    musicbrainz_url: str = musicbrainz.API
    musicbrainz_rate: float = 1.0
    coverart_url: str = musicbrainz.COVERS
    spotify_client_id: str = ""
    spotify_client_secret: str = ""
    spotify_url: str = spotify.API
    spotify_accounts_url: str = spotify.ACCOUNTS
    youtube_api_key: str = ""
    youtube_url: str = youtube.API
    youtube_searches_per_day: int = youtube.SEARCHES_PER_DAY

    def lacking(self) -> dict[str, str]:
        """Return the providers that cannot be asked as it is, each with what is lacking."""
        lacking = {}
        if "spotify" in self.providers and not (
            self.spotify_client_id and self.spotify_client_secret
        ):
            lacking["spotify"] = "set WAVVY_SPOTIFY_CLIENT_ID and WAVVY_SPOTIFY_CLIENT_SECRET"
        return lacking

    def provider(
        self,
        name: ProviderName,
        catalog: Catalog,
        stop: threading.Event,
        answers: Answers | None = None,
    ) -> Provider:
        """Return a provider, ready to be asked."""
        if name == "musicbrainz":
            return MusicBrainz(
                catalog.providers,
                stop,
                answers,
                url=self.musicbrainz_url,
                covers_url=self.coverart_url,
                rate=self.musicbrainz_rate,
                contact=self.contact,
            )
        if name == "spotify":
            return Spotify(
                catalog.providers,
                stop,
                answers,
                client_id=self.spotify_client_id,
                client_secret=self.spotify_client_secret,
                url=self.spotify_url,
                accounts_url=self.spotify_accounts_url,
            )
        return YouTube(
            catalog.providers,
            stop,
            answers,
            key=self.youtube_api_key,
            url=self.youtube_url,
            searches_per_day=self.youtube_searches_per_day,
        )

    def enrichers(
        self, catalog: Catalog, stop: threading.Event, answers: Answers | None = None
    ) -> list[Enricher]:
        """Return one for each provider that is set up."""
        lacking = self.lacking()
        return [
            Enricher(catalog, self.provider(name, catalog, stop, answers), stop)
            for name in dict.fromkeys(self.providers)
            if name not in lacking
        ]
