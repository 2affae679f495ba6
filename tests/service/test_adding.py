"""``POST /v1/tracks`` by file, by address and by folder; a request that is sent twice."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from decoders import decoder_of, decoders, endless

WAV = "Tester - Once.wav"


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory, sounds: Any) -> Path:
    """A folder that may be imported, with a link that leads out of it."""
    root = tmp_path_factory.mktemp("roots")
    (root / "music" / "deep").mkdir(parents=True)
    (root / "music" / "Ann - One.wav").write_bytes(sounds.wav(sounds.melody(31, 6)))
    (root / "music" / "deep" / "Ann - Two.wav").write_bytes(sounds.wav(sounds.melody(32, 6)))
    (root / "music" / "broken.mp3").write_bytes(b"no music at all" * 50)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / "out").symlink_to(elsewhere, target_is_directory=True)
    return root


@pytest.fixture(scope="module")
def importer(start_server: Any, roots: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server that may import from `roots`."""
    data = tmp_path_factory.mktemp("importer") / "data"
    return start_server(data, import_roots=f"{roots / 'music'}, {roots / 'out'}")


def post(server: Any, body: Any, **headers: str) -> Any:
    return server.client.post("/v1/tracks", json=body, headers=headers)


def test_a_folder_is_imported_file_by_file(importer: Any, roots: Path) -> None:
    answer = post(importer, {"folder": str(roots / "music" / "deep" / "..")})
    assert answer.status_code == 202, answer.text
    job = importer.wait_for_job(answer.json()["job"]["id"])
    assert (job["kind"], job["state"]) == ("import", "done")
    assert job["result"]["added"] == 2
    assert job["result"]["failed"] == 1
    (failure,) = job["result"]["failures"]
    assert failure["file"].endswith("broken.mp3")
    assert failure["code"] == "unsupported_media"
    address = f"/v1/jobs/{job['id']}/files"
    listed = importer.client.get(address).json()
    assert {Path(file["file"]).name: file["status"] for file in listed["files"]} == {
        "Ann - One.wav": "added",
        "Ann - Two.wav": "added",
        "broken.mp3": "failed",
    }
    assert listed["next"] is None
    first = importer.client.get(address, params={"limit": 1}).json()
    rest = importer.client.get(address, params={"after": first["next"]}).json()
    assert first["files"] + rest["files"] == listed["files"]
    (failed,) = importer.client.get(address, params={"status": "failed"}).json()["files"]
    assert failed["error"]["code"] == "unsupported_media"
    assert importer.client.get("/v1/jobs/999/files").status_code == 404
    assert importer.client.get("/v1/tracks").json()["total"] == 2


def test_a_file_that_crashes_fails_alone_in_its_folder(
    importer: Any, roots: Path, sounds: Any
) -> None:
    folder = roots / "music" / "hostile"
    folder.mkdir()
    bad = endless(folder / "bad.wav")
    for seed in (33, 34):
        (folder / f"Ann - {seed}.wav").write_bytes(sounds.wav(sounds.melody(seed, 6)))
    job_id = post(importer, {"folder": str(folder)}).json()["job"]["id"]
    decoder_of(bad, importer.process.pid).send_signal(signal.SIGSEGV)
    job = importer.wait_for_job(job_id)
    assert job["state"] == "done"
    assert (job["result"]["added"], job["result"]["failed"]) == (2, 1)
    (failure,) = job["result"]["failures"]
    assert (failure["file"], failure["code"]) == (str(bad), "corrupt_media")
    assert failure["message"].startswith(f"{bad} crashes the decoder")


def test_an_import_is_cancelled_in_the_middle_of_a_file(importer: Any, roots: Path) -> None:
    folder = roots / "music" / "long"
    folder.mkdir()
    long = endless(folder / "long.wav")
    job_id = post(importer, {"folder": str(folder)}).json()["job"]["id"]
    child = decoder_of(long, importer.process.pid)
    assert importer.client.delete(f"/v1/jobs/{job_id}").status_code in (200, 202, 204)
    assert importer.wait_for_job(job_id)["state"] == "cancelled"
    importer.wait_until(lambda: not child.is_running())


@pytest.mark.parametrize("folder", ["", "/", "music/../..", "out/..", "nowhere"])
def test_other_folders_are_forbidden_whether_they_are_there_or_not(
    importer: Any, roots: Path, folder: str
) -> None:
    answer = post(importer, {"folder": str(roots / folder) if folder else "."})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert "WAVVY_IMPORT_ROOTS" in answer.json()["error"]["message"]


def test_a_folder_that_is_not_there_is_named(importer: Any, roots: Path) -> None:
    answer = post(importer, {"folder": str(roots / "music" / "nowhere")})
    assert answer.status_code == 422
    assert "nowhere" in answer.json()["error"]["message"]


def test_by_default_no_folder_can_be_imported(server: Any, tmp_path: Path) -> None:
    assert post(server, {"folder": str(tmp_path)}).status_code == 403


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"url": "file:///etc/passwd"}, "http"),
        ({"url": "http://127.0.0.1:8000/x"}, "inside this network"),
        ({"url": "http://[::ffff:169.254.169.254]/latest"}, "inside this network"),
        ({"url": "http://a/", "folder": "/"}, "not both"),
        ({}, "url or a folder"),
        ({"url": 5}, "url"),
        ({"path": "/"}, "path"),
        ([], "body"),
    ],
)
def test_sources_without_sense_are_refused(server: Any, body: Any, word: str) -> None:
    answer = post(server, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")
    assert word in answer.json()["error"]["message"]


def test_a_name_for_this_machine_fails_its_job(server: Any) -> None:
    answer = post(server, {"url": server.url.replace("127.0.0.1", "localhost") + "/v1/stats"})
    assert answer.status_code == 202
    job = server.wait_for_job(answer.json()["job"]["id"])
    assert (job["kind"], job["state"]) == ("fetch", "failed")
    assert "inside this network" in job["error"]["message"]
    server.wait_until(lambda: server.uploads() == [])


@pytest.fixture(scope="module")
def song(sounds: Any) -> bytes:
    return bytes(sounds.wav(sounds.melody(41, 8)))


def send(server: Any, content: bytes, key: str, name: str = WAV) -> Any:
    return server.client.post(
        "/v1/tracks", files={"file": (name, content)}, headers={"Idempotency-Key": key}
    )


def test_a_request_that_is_sent_twice_makes_one_job(server: Any, song: bytes) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: send(server, song, "call-1"), range(4)))
    assert [answer.status_code for answer in answers] == [202] * 4
    (job_id,) = {answer.json()["job"]["id"] for answer in answers}
    assert server.wait_for_job(job_id)["state"] == "done"
    again = send(server, song, "call-1")
    assert again.json()["job"]["id"] == job_id
    assert again.json()["job"]["state"] == "done"
    assert send(server, song, "call-2").json()["job"]["id"] != job_id
    server.wait_until(lambda: server.uploads() == [])


def test_a_name_is_for_one_request_only(server: Any, song: bytes) -> None:
    first = send(server, song, "call-3")
    server.wait_for_job(first.json()["job"]["id"])
    for content, name in ((song + b"\0", WAV), (song, "other.wav")):
        answer = send(server, content, "call-3", name)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")
        assert "Idempotency-Key" in answer.json()["error"]["message"]
    answer = post(server, {"url": "http://music.invalid/a.mp3"}, **{"Idempotency-Key": "call-3"})
    assert answer.status_code == 422
    server.wait_until(lambda: server.uploads() == [])


def test_a_name_without_sense_is_refused(server: Any, song: bytes) -> None:
    for key in ("", "a b", "x" * 201):
        assert send(server, song, key).status_code == 422


def test_hostile_files_fail_alone(server: Any, sounds: Any, song: bytes) -> None:
    """Truncated, crashing and swelling files each fail their job; the server goes on."""
    long = sounds.wav(sounds.noise(1, 3000))
    crash = server.client.post("/v1/tracks", files={"file": ("crash.wav", long)}).json()["job"][
        "id"
    ]
    server.wait_until(
        lambda: server.client.get(f"/v1/jobs/{crash}").json()["job"]["state"] == "running"
    )
    while server.client.get(f"/v1/jobs/{crash}").json()["job"]["state"] == "running":
        for child in decoders(server.process.pid):
            with suppress(psutil.NoSuchProcess):
                child.send_signal(signal.SIGSEGV)
    job = server.wait_for_job(crash)
    assert (job["state"], job["error"]["code"]) == ("failed", "corrupt_media")
    assert job["error"]["message"].startswith("crash.wav crashes the decoder")
    for name, content in (
        ("cut.flac", b"fLaC" + bytes(50)),
        ("cut.m4a", b"\0\0\0\x20ftypM4A " + bytes(2000)),
        ("bomb.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + b"TIT2" + b"\x7f" * 4 + bytes(5000)),
    ):
        answer = server.client.post("/v1/tracks", files={"file": (name, content)})
        job = server.wait_for_job(answer.json()["job"]["id"])
        assert job["state"] == "failed", name
        assert job["error"]["message"].startswith(name)
        clip = server.client.post("/v1/recognize", files={"file": (name, content)})
        assert clip.status_code in (415, 422), clip.text
    assert server.add("Tester - After.wav", song) > 0
    server.wait_until(lambda: server.uploads() == [])
