"""A service whose catalogue is in PostgreSQL, and what it does while that is away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from private_postgresql import PASSWORD, PostgreSQL

Sounds = Any
StartServer = Callable[..., Any]


def test_postgresql_goes_away_and_comes_back(
    start_server: StartServer,
    new_database: Callable[[], str],
    postgresql: PostgreSQL,
    sounds: Sounds,
    tmp_path: Path,
) -> None:
    server = start_server(tmp_path / "data", database_url=new_database())
    melody = sounds.melody(0)
    track_id = server.add("Tester - Melody.wav", sounds.wav(melody))
    clip = {"file": ("clip.wav", sounds.wav(sounds.excerpt(melody, 5, 6)))}
    assert server.client.post("/v1/recognize", files=clip).json()["results"][0]["id"] == track_id

    postgresql.stop()
    try:
        for answer in (
            server.client.get("/v1/tracks"),
            server.client.get(f"/v1/tracks/{track_id}"),
            server.client.get("/v1/jobs/1"),
            server.client.get("/v1/stats"),
            server.client.post("/v1/recognize", files=clip),
            server.client.post("/v1/tracks", files=clip),
        ):
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (503, "store_unavailable")
            assert answer.headers["Retry-After"] == "5"
            assert error["retry_after_ms"] == 5000
        ready = server.client.get("/health/ready")
        assert (ready.status_code, ready.headers["Retry-After"]) == (503, "5")
        assert "the database cannot be used" in ready.json()["error"]["message"]
        assert "PostgreSQL" in ready.json()["error"]["message"]
        assert server.client.get("/health/live").status_code == 200
    finally:
        postgresql.start()

    server.wait_until(lambda: server.client.get("/health/ready").status_code == 200)
    assert server.client.post("/v1/recognize", files=clip).json()["results"][0]["id"] == track_id
    assert server.uploads() == []
    assert PASSWORD not in server.log.read_text("utf-8")
