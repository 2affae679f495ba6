from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import providers as stand_in
import pytest
from providers import Providers, Song

from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import TrackTags
from wavvy.enrich import web
from wavvy.enrich.matching import Recording
from wavvy.enrich.provider import Provider
from wavvy.enrich.setup import EnrichSetup

SONGS = [
    Song(1, "Harbour Lights", "The Tide Clocks", "Low Water", 214_400, "GBAYE9200070"),
    Song(2, "Harbour Lights (Live at the Pier)", "The Tide Clocks", "Ashore", 220_000),
    Song(3, "Harbour Lights", "Karaoke Kings", "Karaoke Hits", 214_400),
    Song(4, "Copper Moon", "Praia do Vento", "Maré", 180_000, "BRAAA1100001", cover=False),
]


@pytest.fixture
def server() -> Iterator[Providers]:
    """A server that answers like all providers, and knows four songs."""
    with stand_in.running() as server:
        server.songs = list(SONGS)
        yield server


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts are none of what is tested."""
    monkeypatch.setattr(web, "_FIRST_PAUSE_S", 0.001)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty catalogue; a copy is quicker than a new one."""
    folder = tmp_path_factory.mktemp("blank") / "data"
    Catalog.open(folder, params_digest="d").close()
    return folder


@pytest.fixture
def data(blank: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(blank, tmp_path / "data"))


@pytest.fixture
def catalog(data: Path) -> Iterator[Catalog]:
    with Catalog.open(data, params_digest="d") as catalog:
        yield catalog


@pytest.fixture
def add(catalog: Catalog) -> Callable[..., int]:
    """Adds a track; each title and artist is other content."""

    def add_one(title: str, *artists: str, duration_ms: int = 214_000, **tags: Any) -> int:
        track_id, _ = catalog.add_track(
            TrackTags(title, artists=artists, **tags),
            content_hash=f"{title} {artists}".encode(),
            duration_ms=duration_ms,
            fingerprint=b"",
            source=None,
        )
        return track_id

    return add_one


@pytest.fixture
def setup(server: Providers) -> EnrichSetup:
    """All providers, at the server."""
    return EnrichSetup(
        providers=("musicbrainz", "spotify", "youtube"),
        musicbrainz_url=server.url,
        musicbrainz_rate=100,
        coverart_url=server.url,
        spotify_url=server.url,
        spotify_accounts_url=server.url,
        spotify_client_id=stand_in.CLIENT_ID,
        spotify_client_secret=stand_in.CLIENT_SECRET,
        youtube_url=server.url,
        youtube_api_key=stand_in.YOUTUBE_KEY,
    )


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def harbour() -> Recording:
    return Recording("Harbour Lights", ("Tide Clocks",), "Low Water", 214_000)


Make = Callable[..., Provider]


@pytest.fixture
def make(setup: EnrichSetup, catalog: Catalog, stop: threading.Event) -> Iterator[Make]:
    """Makes a provider, with other settings if some are given; closes all that were made."""
    made: list[Provider] = []

    def make_one(name: Any, **settings: Any) -> Provider:
        made.append(replace(setup, **settings).provider(name, catalog, stop))
        return made[-1]

    yield make_one
    for provider in made:
        provider.close()
