from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="module")
def track_id(server: Any, sounds: Any) -> int:
    return int(server.add("Tester - To Edit.wav", sounds.wav(sounds.melody(60))))


def test_an_edit_answers_and_stays(server: Any, sounds: Any, track_id: int) -> None:
    address = f"/v1/tracks/{track_id}"
    edit = {
        "title": "  Harbour\tLights ",
        "artists": ["One", "Two"],
        "album": "Low Water",
        "release_date": "1992-04",
        "genres": ["Sea Shanty"],
        "isrc": ["GBAYE9200070"],
        "label": "Breakwater",
        "track_number": 3,
    }
    answer = server.client.patch(address, json=edit)
    assert answer.status_code == 200, answer.text
    track = answer.json()["track"]
    assert track["title"] == "Harbour Lights"
    assert track["artists"] == [{"name": "One"}, {"name": "Two"}]
    assert track["external_ids"]["isrc"] == ["GBAYE9200070"]
    assert (track["label"], track["track_number"], track["disc_number"]) == ("Breakwater", 3, None)
    assert server.client.patch(address, json={"album": None}).json()["track"]["album"] is None
    genres = server.client.get("/v1/genres").json()["genres"]
    assert {"name": "Sea Shanty", "tracks": 1} in genres
    listed = server.client.get("/v1/tracks", params={"genre": "Sea Shanty"}).json()
    assert (listed["total"], listed["tracks"][0]["id"]) == (1, track_id)

    again = server.client.post(
        "/v1/tracks", files={"file": ("Tester - To Edit.wav", sounds.wav(sounds.melody(60)))}
    )
    assert server.wait_for_job(again.json()["job"]["id"])["result"]["status"] == "known"
    assert server.client.get(address).json()["track"]["title"] == "Harbour Lights"


@pytest.mark.parametrize(
    "edit",
    [
        {"title": " \x00 "},
        {"title": None},
        {"artists": [""]},
        {"release_date": "soon"},
        {"isrc": ["12"]},
        {"track_number": 0},
        {"label": ""},
        {"duration_ms": 1},
    ],
)
def test_an_edit_without_sense_is_refused(server: Any, track_id: int, edit: dict[str, Any]) -> None:
    before = server.client.get(f"/v1/tracks/{track_id}").json()
    answer = server.client.patch(f"/v1/tracks/{track_id}", json=edit)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid_request"
    assert server.client.get(f"/v1/tracks/{track_id}").json() == before


def test_unknown_track(server: Any) -> None:
    assert server.client.patch("/v1/tracks/999999", json={"title": "T"}).status_code == 404


def test_sorted_pages_by_offset(server: Any, track_ids: list[int]) -> None:
    def page(**query: object) -> Any:
        return server.client.get("/v1/tracks", params={"q": "melody", **query}).json()

    whole = page(sort="title", descending=True)
    titles = [track["title"] for track in whole["tracks"]]
    assert titles == sorted(titles, reverse=True)
    assert (whole["total"], whole["next"]) == (len(track_ids), None)
    second = page(sort="title", descending=True, offset=1, limit=1)
    assert [track["title"] for track in second["tracks"]] == titles[1:2]
    assert second["total"] == len(track_ids)
