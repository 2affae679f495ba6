from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import providers as stand_in
import pytest
from providers import Providers, Song


@pytest.fixture
def server() -> Iterator[Providers]:
    with stand_in.running() as server:
        server.songs = [Song(1, "Überall", "Nina Räuber", "Erstes", 20_000, "DEA990000001")]
        yield server


@pytest.fixture
def data(library: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(library, tmp_path / "data"))


def test_tracks_are_looked_up_once(wavvy: Any, data: Path, server: Providers) -> None:
    environment = server.environment() | {"WAVVY_ENRICH": "musicbrainz, Spotify,youtube"}
    done = wavvy("--data-dir", data, "enrich", **environment)
    assert (done.code, done.errors) == (0, [])
    assert done.lines == [
        f"{name}: 3 tracks looked up, 1 found" for name in ("musicbrainz", "spotify", "youtube")
    ]
    (track,) = wavvy("--data-dir", data, "tracks", "überall", "--json").json
    assert set(track["external_metadata"]) == {"musicbrainz", "spotify", "youtube"}
    assert track["external_ids"]["isrc"] == ["DEA990000001"]
    assert track["album"] == {"name": "Erstes"}
    calls = len(server.calls)
    again = wavvy("--data-dir", data, "enrich", "--provider", "spotify", **environment)
    assert again.lines == ["spotify: 0 tracks looked up, 0 found"]
    assert len(server.calls) == calls
    missing = wavvy(
        "--data-dir", data, "enrich", "--provider", "spotify", "--missing", **environment
    )
    assert missing.lines == ["spotify: 2 tracks looked up, 0 found"]
    assert server.objections == []


def test_what_cannot_be_asked_is_named(wavvy: Any, data: Path, server: Providers) -> None:
    nobody = wavvy("--data-dir", data, "enrich")
    assert nobody.code == 2
    assert "WAVVY_ENRICH" in nobody.errors[0]
    unknown = wavvy("--data-dir", data, "enrich", "--provider", "napster")
    assert unknown.code == 2
    assert "WAVVY_ENRICH" in unknown.errors[0]
    lacking = wavvy("--data-dir", data, "enrich", "--provider", "spotify")
    assert lacking.code == 1
    assert "WAVVY_SPOTIFY_CLIENT_ID" in lacking.errors[0]
    wrong = wavvy(
        "--data-dir",
        data,
        "enrich",
        "--provider",
        "youtube",
        **(server.environment() | {"WAVVY_YOUTUBE_API_KEY": "wrong"}),
    )
    assert wrong.code == 1
    assert "WAVVY_YOUTUBE_API_KEY" in wrong.errors[0]
    assert len(wrong.err.splitlines()) == 1
    assert len(server.calls) == 1


def test_the_doctor_tries_the_credentials(wavvy: Any, tmp_path: Path, server: Providers) -> None:
    def told(**more: str) -> dict[str, str]:
        environment = server.environment() | {"WAVVY_DATA_DIR": str(tmp_path / "none")} | more
        run = wavvy("doctor", "--providers", "--json", **environment)
        return {finding["check"]: finding["level"] for finding in run.json}

    assert told() == {"providers": "ok"}
    everyone = "musicbrainz,spotify,youtube"
    assert told(WAVVY_ENRICH=everyone) == dict.fromkeys(everyone.split(","), "ok")
    assert told(
        WAVVY_ENRICH=everyone,
        WAVVY_MUSICBRAINZ_URL="http://127.0.0.1:1",
        WAVVY_SPOTIFY_CLIENT_SECRET="old",
        WAVVY_YOUTUBE_API_KEY="",
    ) == {"musicbrainz": "fail", "spotify": "fail", "youtube": "ok"}
    assert not (tmp_path / "none").exists()
    assert server.objections == []


def test_nothing_is_sent_by_default(
    wavvy: Any, music: Path, tmp_path: Path, server: Providers
) -> None:
    environment = {k: v for k, v in server.environment().items() if "URL" in k}
    assert "WAVVY_ENRICH" not in os.environ
    assert wavvy("--data-dir", tmp_path / "new", "add", music, **environment).code == 0
    assert server.calls == []
