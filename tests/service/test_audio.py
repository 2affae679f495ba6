from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import wavvy
from wavvy.service.app import create_app
from wavvy.service.settings import Settings


@contextmanager
def client(data_dir: Path, **settings: Any) -> Iterator[TestClient]:
    app = create_app(Settings(data_dir=data_dir, **settings))
    with TestClient(app, base_url="http://localhost") as opened:
        yield opened


@pytest.fixture
def added(tmp_path: Path, sounds: Any) -> tuple[Path, Path]:
    """Give a data folder, and the file that was added to it as track 1."""
    song = tmp_path / "Sömeone - Song.wav"
    song.write_bytes(sounds.wav(sounds.melody(61, 8.0)))
    with wavvy.open(tmp_path / "data") as library:
        assert library.add(song).track_id == 1
    return tmp_path / "data", song


def test_the_file_is_sent_whole_and_in_parts(added: tuple[Path, Path]) -> None:
    data_dir, song = added
    with client(data_dir) as http:
        whole = http.get("/v1/tracks/1/audio")
        assert (whole.status_code, whole.content) == (200, song.read_bytes())
        assert whole.headers["Content-Type"] == "audio/wav"
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        assert whole.headers["Accept-Ranges"] == "bytes"
        part = http.get("/v1/tracks/1/audio", headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, song.read_bytes()[100:200])
        beyond = http.get("/v1/tracks/1/audio", headers={"Range": "bytes=99999999-"})
        assert beyond.status_code == 416


def test_only_what_was_added_is_sent(added: tuple[Path, Path], tmp_path: Path) -> None:
    data_dir, song = added
    secret = tmp_path / "secret.txt"
    secret.write_text("not for everyone")
    with client(data_dir) as http:
        song.unlink()
        assert http.get("/v1/tracks/1/audio").status_code == 404
        song.symlink_to(secret)
        refused = http.get("/v1/tracks/1/audio")
        assert refused.status_code == 404
        assert refused.json()["error"]["code"] == "not_found"
        assert http.get("/v1/tracks/2/audio").status_code == 404
        assert http.get("/v1/tracks/..%2f1/audio").status_code in (404, 422)


def test_a_file_that_has_changed_is_not_the_track(added: tuple[Path, Path]) -> None:
    data_dir, song = added
    status = song.stat()
    os.utime(song, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
    with client(data_dir) as http:
        assert http.get("/v1/tracks/1/audio").status_code == 404


def test_it_can_be_switched_off(added: tuple[Path, Path]) -> None:
    data_dir, _ = added
    with client(data_dir, serve_audio=False) as http:
        refused = http.get("/v1/tracks/1/audio")
        assert refused.status_code == 404
        assert "WAVVY_SERVE_AUDIO" in refused.json()["error"]["message"]


def test_an_upload_has_no_audio(server: Any, track_ids: list[int]) -> None:
    assert server.client.get(f"/v1/tracks/{track_ids[0]}/audio").status_code == 404
