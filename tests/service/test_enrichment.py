"""A server that asks providers, and what it tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import providers as stand_in
import pytest
from providers import Providers, Song


@pytest.fixture(scope="module")
def asked() -> Iterator[Providers]:
    with stand_in.running() as asked:
        asked.songs = [Song(1, "Copper Moon", "Praia do Vento", "Maré", 25_000, "BRAAA1100001")]
        yield asked


@pytest.fixture(scope="module")
def asking(start_server: Any, tmp_path_factory: pytest.TempPathFactory, asked: Providers) -> Any:
    """A server that asks."""
    settings = {
        name.removeprefix("WAVVY_"): value
        for name, value in asked.environment().items()
        if "SECRET" not in name
    }
    folder = tmp_path_factory.mktemp("asking")
    return start_server(
        folder, **settings, ENRICH="musicbrainz,spotify,youtube", SPOTIFY_CLIENT_SECRET="old"
    )


def test_an_upload_gets_links_and_a_cover_by_itself(
    asking: Any, asked: Providers, sounds: Any
) -> None:
    sound = sounds.wav(sounds.melody(90))
    track_id = asking.add("Praia do Vento - Copper Moon.wav", sound)
    address = f"/v1/tracks/{track_id}"

    def links() -> Any:
        return asking.client.get(address).json()["track"]["external_metadata"]

    asking.wait_until(lambda: set(links()) == {"musicbrainz", "youtube"}, seconds=60)
    (result,) = asking.client.post("/v1/recognize", files={"file": ("c.wav", sound)}).json()[
        "results"
    ]
    assert result["external_metadata"] == links()
    assert result["external_metadata"]["youtube"][0]["vid"] == "video000001"
    assert result["external_ids"]["isrc"] == ["BRAAA1100001"]
    assert result["album"] == {"name": "Maré"}
    answer = asking.client.get(result["artwork_url"], params={"size": 64})
    assert answer.headers["Content-Type"] == "image/jpeg"

    told = {one["name"]: one for one in asking.client.get("/v1/providers").json()["providers"]}
    assert told["musicbrainz"]["tracks"] == {
        "found": 1, "none": 0, "failed": 0, "link": 0, "waiting": 0,
    }  # fmt: skip
    assert told["youtube"]["calls_today"] == 1
    assert "WAVVY_SPOTIFY_CLIENT_SECRET" in told["spotify"]["trouble"]
    warnings = [line for line in asking.log.read_text("utf-8").splitlines() if "spotify" in line]
    assert len(warnings) == 1

    job = asking.client.post("/v1/enrich", params={"missing": True}).json()["job"]
    ended = asking.wait_for_job(job["id"])
    assert ended["state"] == "done"
    outcomes = {one["name"]: one for one in ended["result"]["providers"]}
    assert outcomes["musicbrainz"]["found"] == 0
    assert outcomes["spotify"]["trouble"]
    assert asked.objections == []


def test_a_server_asks_nobody_by_default(server: Any) -> None:
    told = server.client.get("/v1/providers").json()["providers"]
    assert [(one["name"], one["enabled"]) for one in told] == [
        ("musicbrainz", False),
        ("spotify", False),
        ("youtube", False),
    ]
    job = server.client.post("/v1/enrich").json()["job"]
    assert server.wait_for_job(job["id"])["result"] == {"providers": []}
