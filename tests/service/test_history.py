from __future__ import annotations

import csv
import io
from typing import Any

import pytest

LONG_AGO = "2001-01-01"


def recognise(server: Any, sound: Any, sounds: Any, **query: object) -> None:
    answer = server.client.post(
        "/v1/recognize", params=query, files={"file": ("clip.wav", sounds.wav(sound))}
    )
    assert answer.status_code == 200


def history(server: Any, **query: object) -> dict[str, Any]:
    answer = server.client.get("/v1/history", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def heard(server: Any, sounds: Any, track_ids: list[int]) -> list[dict[str, Any]]:
    """An emptied history, then a match of an upload, one of a stream, and a miss."""
    assert server.client.delete("/v1/history").status_code == 200
    melody = sounds.melody(1)
    recognise(server, sounds.excerpt(melody, 5, 5), sounds)
    recognise(server, sounds.excerpt(melody, 5, 5), sounds, remember=False)
    recognise(server, sounds.melody(99, 4), sounds)
    pcm = sounds.pcm16(sounds.excerpt(melody, 8, 10))
    start = {"type": "start", "sample_rate": sounds.rate, "format": "s16le", "channels": 1}
    answers, _ = server.converse(start, *(pcm[n : n + 32000] for n in range(0, len(pcm), 32000)))
    assert answers[-1]["type"] == "match"
    server.wait_until(lambda: history(server)["total"] == 3)
    found: list[dict[str, Any]] = history(server)["history"]
    return found


def test_what_was_recognised_is_told(
    server: Any, heard: list[dict[str, Any]], track_ids: list[int]
) -> None:
    assert {one["source"] for one in heard} == {"upload", "live"}
    upload = next(one for one in heard if one["source"] == "upload" and one["match"])
    assert upload["duration_ms"] == pytest.approx(5000, abs=20)
    match = upload["match"]
    assert (match["id"], match["title"]) == (track_ids[1], "Melody 1")
    assert match["artists"] == [{"name": "Tester"}]
    assert match["play_offset_ms"] == pytest.approx(10_000, abs=100)
    assert match["score"] > 0.99
    assert match["in_library"] is True
    assert [one["match"] for one in heard].count(None) == 1


def test_pages_and_parts(server: Any, heard: list[dict[str, Any]]) -> None:
    first = history(server, limit=2)
    rest = history(server, limit=2, after=first["next"])
    assert first["history"] + rest["history"] == heard
    assert (first["total"], rest["total"], rest["next"]) == (3, 3, None)
    assert [one["source"] for one in history(server, source="live")["history"]] == ["live"]
    assert history(server, matched=False)["total"] == 1
    assert history(server, to=LONG_AGO)["history"] == []
    assert history(server, **{"from": LONG_AGO})["total"] == 3
    assert history(server, track=10**18)["total"] == 0


def test_top_and_days(server: Any, heard: list[dict[str, Any]], track_ids: list[int]) -> None:
    (top,) = server.client.get("/v1/history/top").json()["tracks"]
    assert (top["id"], top["title"], top["count"]) == (track_ids[1], "Melody 1", 2)
    assert top["last_heard_at"] == max(one["heard_at"] for one in heard if one["match"])
    days = server.client.get("/v1/history/days", params={"tz": "Pacific/Auckland"}).json()["days"]
    assert sum(day["matched"] for day in days) == 2
    assert sum(day["unmatched"] for day in days) == 1


def test_export(server: Any, heard: list[dict[str, Any]]) -> None:
    answer = server.client.get("/v1/history/export", params={"format": "json"})
    assert answer.headers["content-type"] == "application/json"
    assert 'filename="wavvy-history.json"' in answer.headers["content-disposition"]
    assert [one["id"] for one in answer.json()] == [one["id"] for one in heard]
    answer = server.client.get("/v1/history/export", params={"matched": True})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["title"] for row in rows] == ["Melody 1"] * 2


def test_deleting(server: Any, heard: list[dict[str, Any]]) -> None:
    one = heard[0]["id"]
    assert server.client.delete(f"/v1/history/{one}").status_code == 204
    again = server.client.delete(f"/v1/history/{one}")
    assert (again.status_code, again.json()["error"]["code"]) == (404, "not_found")
    assert history(server)["total"] == 2
    assert server.client.delete("/v1/history").json() == {"status": "ok", "deleted": 2}
    assert history(server) == {"status": "ok", "history": [], "total": 0, "next": None}


@pytest.mark.parametrize(
    ("path", "query", "named"),
    [
        ("", {"after": "nonsense"}, "after"),
        ("", {"from": "soon"}, "from"),
        ("", {"limit": 0}, "limit"),
        ("", {"source": "radio"}, "source"),
        ("", {"track": -1}, "track"),
        ("/days", {"tz": "Atlantis"}, "tz"),
        ("/days", {"tz": "../../etc/passwd"}, "tz"),
        ("/days", {"tz": ""}, "tz"),
        ("/export", {"format": "xml"}, "format"),
    ],
)
def test_what_makes_no_sense_is_refused(
    server: Any, path: str, query: dict[str, Any], named: str
) -> None:
    answer = server.client.get(f"/v1/history{path}", params=query)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid_request"
    assert named in answer.json()["error"]["message"] or named == "after"


@pytest.mark.parametrize(
    "when", ["0001-01-01", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"]
)
def test_the_ends_of_time(server: Any, when: str) -> None:
    for name in ("from", "to"):
        answer = server.client.get("/v1/history", params={name: when})
        assert answer.status_code in (200, 422), answer.text
