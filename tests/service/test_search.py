from __future__ import annotations

from typing import Any

import pytest


def search(server: Any, q: str, **query: object) -> dict[str, Any]:
    answer = server.client.get("/v1/search", params={"q": q, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_misspelt_track_is_found_and_marked(server: Any, track_ids: list[int]) -> None:
    answer = search(server, "testr meldoy")
    assert answer["total"] >= 3
    first = answer["results"][0]
    assert first["id"] in track_ids
    assert first["artists"] == [{"name": "Tester"}]
    assert first["highlights"] == {"title": [[0, 6]], "artists": [[[0, 6]]], "album": []}
    assert 0 < first["score"] < 1
    scores = [result["score"] for result in answer["results"]]
    assert scores == sorted(scores, reverse=True)


def test_pages(server: Any, track_ids: list[int]) -> None:
    whole = search(server, "melody")
    seen: list[int] = []
    offset: int | None = 0
    while offset is not None:
        page = search(server, "melody", limit=2, offset=offset)
        assert page["total"] == whole["total"]
        seen += [result["id"] for result in page["results"]]
        offset = page["next"]
    assert seen == [result["id"] for result in whole["results"]]
    assert search(server, "melody", offset=10**18)["results"] == []


def test_the_list_of_tracks_is_searched_too(server: Any, track_ids: list[int]) -> None:
    found = search(server, "melody 1 tester")["results"]
    listed = server.client.get("/v1/tracks", params={"q": "melody 1 tester"}).json()
    assert [track["id"] for track in listed["tracks"]] == [track["id"] for track in found]
    assert listed["highlights"] == [track["highlights"] for track in found]
    assert listed["tracks"][0]["id"] == track_ids[1]
    by_title = server.client.get(
        "/v1/tracks", params={"q": "melody", "sort": "title", "descending": True}
    ).json()
    titles = [track["title"] for track in by_title["tracks"]]
    assert titles == sorted(titles, reverse=True)
    assert server.client.get("/v1/tracks").json()["highlights"] is None


@pytest.mark.parametrize("q", ["", " ", "%", "'; DROP TABLE tracks; --", "🔥", "\x00", "year:1750"])
def test_nothing_is_found(server: Any, q: str) -> None:
    assert search(server, q)["results"] == []


def test_what_is_too_long_is_refused(server: Any) -> None:
    for path in ("/v1/search", "/v1/tracks"):
        answer = server.client.get(path, params={"q": "x" * 10_000})
        assert answer.status_code == 422
        assert "at most 500 characters" in answer.json()["error"]["message"]
    assert server.client.get("/v1/search").status_code == 422
