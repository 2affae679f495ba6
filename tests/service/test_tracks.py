from __future__ import annotations

from pathlib import Path
from typing import Any

import mutagen.id3
import mutagen.wave
import pytest
from pictures import encoded


def recognised(server: Any, clip: bytes) -> list[int]:
    answer = server.client.post("/v1/recognize", files={"file": ("clip.wav", clip)})
    return [result["id"] for result in answer.json()["results"]]


def test_upload_is_found_until_it_is_removed(server: Any, sounds: Any) -> None:
    sound = sounds.melody(40)
    clip = sounds.wav(sounds.excerpt(sound, start=6, seconds=5))
    assert recognised(server, clip) == []

    accepted = server.client.post(
        "/v1/tracks", files={"file": ("../Zoë - Æther ☂.wav", sounds.wav(sound))}
    )
    assert accepted.status_code == 202
    job = accepted.json()["job"]
    assert job["kind"] == "ingest"
    assert job["subject"] == "Zoë - Æther ☂.wav"
    assert accepted.headers["Location"] == f"/v1/jobs/{job['id']}"
    ended = server.wait_for_job(job["id"])
    assert ended["state"] == "done"
    assert ended["progress"] == 100
    assert ended["error"] is None
    assert ended["result"]["status"] == "added"
    assert ended["result"]["file"] == "Zoë - Æther ☂.wav"
    track_id = ended["result"]["id"]
    server.wait_until(lambda: server.uploads() == [])

    track = server.client.get(f"/v1/tracks/{track_id}").json()["track"]
    assert track["title"] == "Æther ☂"
    assert track["artists"] == [{"name": "Zoë"}]
    assert track["file"] is None
    assert track["duration_ms"] == pytest.approx(25_000, abs=20)
    assert track["artwork_url"] is None
    assert recognised(server, clip) == [track_id]

    again = server.client.post("/v1/tracks", files={"file": ("copy.wav", sounds.wav(sound))})
    known = server.wait_for_job(again.json()["job"]["id"])["result"]
    assert (known["status"], known["id"]) == ("known", track_id)

    removed = server.client.delete(f"/v1/tracks/{track_id}")
    assert (removed.status_code, removed.content) == (204, b"")
    assert recognised(server, clip) == []
    for method in ("GET", "DELETE"):
        answer = server.client.request(method, f"/v1/tracks/{track_id}")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"


def test_upload_that_is_no_audio_fails_its_job_and_leaves_nothing(server: Any) -> None:
    accepted = server.client.post("/v1/tracks", files={"file": ("words.mp3", b"words " * 500)})
    assert accepted.status_code == 202
    job = server.wait_for_job(accepted.json()["job"]["id"])
    assert job["state"] == "failed"
    assert job["error"]["code"] == "unsupported_media"
    assert "words.mp3" in job["error"]["message"]
    assert job["result"] is None
    server.wait_until(lambda: server.uploads() == [])


@pytest.mark.parametrize(
    ("content_type", "status", "code"),
    [("audio/wav", 415, "unsupported_media"), ("multipart/form-data", 422, "invalid_request")],
)
def test_upload_must_be_a_form(server: Any, content_type: str, status: int, code: str) -> None:
    answer = server.client.post(
        "/v1/tracks", content=b"RIFF", headers={"Content-Type": content_type}
    )
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


def test_pages_hold_every_track_once(server: Any, track_ids: list[int]) -> None:
    seen: list[int] = []
    after: str | None = "0"
    while after is not None:
        page = server.client.get("/v1/tracks", params={"limit": 2, "after": after}).json()
        assert len(page["tracks"]) <= 2
        seen += [track["id"] for track in page["tracks"]]
        after = page["next"]
    assert seen == sorted(set(seen))
    assert set(track_ids) <= set(seen)


def test_search_narrows_the_list(server: Any, track_ids: list[int]) -> None:
    page = server.client.get("/v1/tracks", params={"q": "MELODY 2"}).json()
    assert [track["id"] for track in page["tracks"]] == [track_ids[2]]
    assert page["next"] is None
    assert server.client.get("/v1/tracks", params={"q": "%"}).json()["tracks"] == []


@pytest.mark.parametrize(
    "address",
    [
        "/v1/tracks?limit=0",
        "/v1/tracks?limit=many",
        "/v1/tracks?after=-1",
        f"/v1/tracks?after={2**63}",
        f"/v1/tracks?q={'x' * 501}",
        "/v1/tracks/one",
        "/v1/tracks/0",
        f"/v1/tracks/{2**63}",
        "/v1/jobs/one",
    ],
)
def test_parameter_without_sense_is_named(server: Any, address: str) -> None:
    answer = server.client.get(address)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "invalid_request"
    assert error["message"].startswith(("query.", "path."))


@pytest.mark.parametrize(
    "address", ["/v1/tracks/999999", "/v1/tracks/999999/artwork", "/v1/jobs/999999"]
)
def test_unknown_row_is_not_found(server: Any, address: str) -> None:
    answer = server.client.get(address)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    assert "999999" in answer.json()["error"]["message"]


@pytest.mark.parametrize("mime", ["image/png", "text/html"])
def test_cover_is_kept_and_served_as_a_picture_only(
    server: Any, sounds: Any, tmp_path: Path, mime: str
) -> None:
    picture = encoded("PNG")
    path = tmp_path / "covered.wav"
    path.write_bytes(sounds.wav(sounds.melody(len(mime), seconds=8)))
    file = mutagen.wave.WAVE(path)
    file.add_tags()
    file.tags.add(mutagen.id3.TIT2(encoding=3, text=["Covered"]))
    file.tags.add(mutagen.id3.APIC(encoding=3, mime=mime, type=3, desc="", data=picture))
    file.save()
    track_id = server.add("covered.wav", path.read_bytes())

    track = server.client.get(f"/v1/tracks/{track_id}").json()["track"]
    assert track["title"] == "Covered"
    answer = server.client.get(track["artwork_url"])
    assert answer.content == picture
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    body = server.client.post("/v1/recognize", files={"file": ("c.wav", path.read_bytes())}).json()
    assert body["results"][0]["artwork_url"] == track["artwork_url"]
