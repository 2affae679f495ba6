from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import wavvy
from wavvy.catalog.keys import Scope
from wavvy.duplicates import scan as scanning
from wavvy.duplicates.scan import ScanProgress, scan
from wavvy.service.app import create_app
from wavvy.service.settings import Settings
from wavvy.service.work import dedupe

Sounds = Any
Progress = Callable[[ScanProgress], None]

SECONDS = 15


@pytest.fixture(scope="module")
def twice(sounds: Sounds, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a library of three melodies, two of which it holds twice: 1 and 4, 2 and 5."""
    folder = tmp_path_factory.mktemp("twice")
    with wavvy.open(folder / "data") as library:
        for number, (seed, begin) in enumerate([(1, 0), (2, 0), (3, 0), (1, 1), (2, 1.5)], 1):
            file = folder / f"Tester - Song {number}.wav"
            file.write_bytes(sounds.wav(sounds.excerpt(sounds.melody(seed), begin, SECONDS)))
            assert library.add(file).track_id == number
    return folder / "data"


@pytest.fixture
def data(twice: Path, tmp_path: Path) -> Path:
    """Give a library of the test's own."""
    return Path(shutil.copytree(twice, tmp_path / "data"))


@pytest.fixture
def http(data: Path) -> Iterator[TestClient]:
    with serving(data) as client:
        yield client


def serving(data: Path, **settings: Any) -> TestClient:
    host = "http://127.0.0.1"
    return TestClient(create_app(Settings(data_dir=data, **settings)), base_url=host)


def start(http: TestClient) -> int:
    answer = http.post("/v1/duplicates")
    assert answer.status_code == 202, answer.text
    job = answer.json()["job"]
    assert (job["kind"], answer.headers["Location"]) == ("dedupe", f"/v1/jobs/{job['id']}")
    return int(job["id"])


def ended(http: TestClient, job_id: int) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job: dict[str, Any] = http.get(f"/v1/jobs/{job_id}").json()["job"]
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.02)
    raise TimeoutError(f"job {job_id} did not end")


def ids(page: dict[str, Any]) -> list[str]:
    return [group["id"] for group in page["groups"]]


def test_duplicates_are_looked_for_and_listed(http: TestClient) -> None:
    assert http.get("/v1/duplicates").json() == {
        "status": "ok",
        "groups": [],
        "total": 0,
        "next": None,
        "scanned_at": None,
        "waiting": 5,
        "job_id": None,
    }
    job = ended(http, start(http))
    assert (job["state"], job["progress"]) == ("done", 100)
    assert job["result"] == {"compared": 5, "pairs": 2}
    page = http.get("/v1/duplicates").json()
    assert (ids(page), page["total"], page["next"]) == (["1-4", "2-5"], 2, None)
    assert (page["waiting"], page["job_id"]) == (0, None)
    assert page["scanned_at"] is not None
    tracks = page["groups"][0]["tracks"]
    assert [track["id"] for track in tracks] in ([1, 4], [4, 1])
    plain = http.get(f"/v1/tracks/{tracks[0]['id']}").json()["track"]
    assert tracks[0].keys() - plain.keys() == {"format", "bit_rate", "similarity"}
    assert {key: tracks[0][key] for key in plain} == plain
    assert [(track["format"], track["bit_rate"]) for track in tracks] == [
        ("wav", pytest.approx(256_000, abs=100))
    ] * 2
    assert all(0.8 < track["similarity"] <= 1 for track in tracks)


def test_pages_and_removal(http: TestClient) -> None:
    ended(http, start(http))
    first = http.get("/v1/duplicates", params={"limit": 1}).json()
    assert (ids(first), first["total"], first["next"]) == (["1-4"], 2, 1)
    last = http.get("/v1/duplicates", params={"limit": 1, "after": first["next"]}).json()
    assert (ids(last), last["total"], last["next"]) == (["2-5"], 2, None)
    assert http.delete("/v1/tracks/4").status_code == 204
    assert ids(http.get("/v1/duplicates").json()) == ["2-5"]
    again = ended(http, start(http))
    assert again["result"] == {"compared": 0, "pairs": 0}


def test_a_person_knows_better(http: TestClient) -> None:
    ended(http, start(http))
    assert http.delete("/v1/duplicates/2-5").status_code == 204
    assert http.delete("/v1/duplicates/5-2").status_code == 204
    page = http.get("/v1/duplicates").json()
    assert (ids(page), page["total"]) == (["1-4"], 1)
    assert http.get("/v1/tracks/5").status_code == 200


def test_what_makes_no_sense(http: TestClient) -> None:
    for group in ("1-99", "1-9999999999999999999", "1-2147483648"):
        missing = http.delete(f"/v1/duplicates/{group}")
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
        assert f"no track {group[2:]}" in missing.json()["error"]["message"]
    for group in ("1", "1-", "a-b", "0-1", "1-1", "1--4", "-".join(map(str, range(1, 102)))):
        wrong = http.delete(f"/v1/duplicates/{group}")
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "invalid_request"), group
    for query in ({"limit": 0}, {"limit": 201}, {"after": -1}, {"after": 2**63}, {"after": "x"}):
        assert http.get("/v1/duplicates", params=query).status_code == 422, query


def test_one_job_at_a_time(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedupe, "scan", going_on_for_ever)
    job_id = start(http)
    assert start(http) == job_id
    assert http.get("/v1/duplicates").json()["job_id"] == job_id
    assert http.delete(f"/v1/jobs/{job_id}").status_code == 200
    assert ended(http, job_id)["state"] == "cancelled"
    monkeypatch.undo()
    other = start(http)
    assert other > job_id
    # What the first one did by then stays done.
    assert ended(http, other)["result"] == {"compared": 0, "pairs": 0}
    assert ids(http.get("/v1/duplicates").json()) == ["1-4", "2-5"]


def test_a_stop_and_a_start_go_on_with_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_AT_ONCE", 2)
    monkeypatch.setattr(dedupe, "scan", going_on_for_ever)
    with serving(data) as http:
        job_id = start(http)
        deadline = time.monotonic() + 60
        while http.get("/v1/duplicates").json()["waiting"] > 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    monkeypatch.setattr(dedupe, "scan", scan)
    with serving(data) as http:
        job = ended(http, job_id)
        assert (job["state"], job["result"]) == ("done", {"compared": 5, "pairs": 2})
        assert ids(http.get("/v1/duplicates").json()) == ["1-4", "2-5"]


def going_on_for_ever(catalog: Any, index: Any, progress: Progress) -> ScanProgress:
    """Scan as far as the first tracks, and then until it is ended from outside."""

    def report(so_far: ScanProgress) -> None:
        progress(so_far)
        while so_far.done:
            progress(so_far)
            time.sleep(0.01)

    return scan(catalog, index, report)


def test_reading_and_writing_need_their_keys(data: Path) -> None:
    scopes: tuple[Scope, ...] = ("read", "recognise", "admin")
    with wavvy.open(data) as library:
        keys = {scope: library.catalog.keys.create(scope, [scope])[1] for scope in scopes}
    allowed = {
        ("GET", "/v1/duplicates"): {"read", "admin"},
        ("POST", "/v1/duplicates"): {"admin"},
        ("DELETE", "/v1/duplicates/1-2"): {"admin"},
    }
    with serving(data, host="0.0.0.0") as http:
        for (method, path), able in allowed.items():
            assert http.request(method, path).status_code == 401
            for scope, key in keys.items():
                answer = http.request(method, path, headers={"Authorization": f"Bearer {key}"})
                assert answer.is_success is (scope in able), (method, scope)
                assert answer.is_success or answer.status_code == 403
