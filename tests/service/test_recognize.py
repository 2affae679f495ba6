from __future__ import annotations

import io
import math
import socket
import struct
import threading
from typing import Any

import numpy as np
import pytest

from wavvy.service.schemas import ExplanationOut


def error_of(answer: Any, status: int) -> dict[str, Any]:
    """Return the error of a failed request after checking its form."""
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert set(body) == {"status", "error"}
    assert body["status"] == "error"
    assert set(body["error"]) == {"code", "message", "retry_after_ms"}
    assert "\n" not in body["error"]["message"]
    return dict(body["error"])


@pytest.mark.parametrize("how", ["form", "audio/wav", "application/octet-stream"])
def test_clip_is_recognised_with_its_position(
    server: Any, sounds: Any, track_ids: list[int], how: str
) -> None:
    clip = sounds.wav(sounds.excerpt(sounds.melody(1), start=9, seconds=5))
    if how == "form":
        answer = server.client.post("/v1/recognize", files={"file": ("clip.wav", clip)})
    else:
        headers = {"Content-Type": how}
        answer = server.client.post("/v1/recognize", content=clip, headers=headers)
    body = answer.json()
    assert answer.status_code == 200, answer.text
    assert body["status"] == "ok"
    assert body["query"]["duration_ms"] == pytest.approx(5000, abs=20)
    best = body["results"][0]
    assert best["id"] == track_ids[1]
    assert best["title"] == "Melody 1"
    assert best["artists"] == [{"name": "Tester"}]
    assert 0.5 < best["score"] <= 1
    assert best["db_begin_time_offset_ms"] == pytest.approx(9000, abs=60)
    assert best["play_offset_ms"] == pytest.approx(14000, abs=60)
    assert server.uploads() == []


@pytest.mark.usefixtures("track_ids")
@pytest.mark.parametrize("sound", ["noise", "other music"])
def test_no_match_is_an_empty_answer(server: Any, sounds: Any, sound: str) -> None:
    clip = sounds.noise(9, 5) if sound == "noise" else sounds.melody(99, seconds=5)
    answer = server.client.post("/v1/recognize", files={"file": ("clip.wav", sounds.wav(clip))})
    assert answer.status_code == 200, answer.text
    assert answer.json()["results"] == []


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("noise.mp3", np.random.default_rng(1).bytes(20_000), 415, "unsupported_media"),
        ("notes.txt", b"these are only words\n" * 100, 415, "unsupported_media"),
        ("empty.wav", b"", 422, "no_audio"),
    ],
)
def test_file_that_is_no_audio_is_named(
    server: Any, name: str, content: bytes, status: int, code: str
) -> None:
    answer = server.client.post("/v1/recognize", files={"file": (name, content)})
    error = error_of(answer, status)
    assert error["code"] == code
    assert name in error["message"] or code == "no_audio"
    assert server.uploads() == []


@pytest.mark.parametrize(
    ("samples", "code"),
    [(3, "invalid_audio"), (1000, "invalid_audio"), (80_000, "no_audio")],
)
def test_too_short_and_silent_clips_are_refused(
    server: Any, sounds: Any, samples: int, code: str
) -> None:
    clip = sounds.wav(np.zeros(samples, np.float32))
    answer = server.client.post("/v1/recognize", files={"file": ("clip.wav", clip)})
    assert error_of(answer, 422)["code"] == code


def test_samples_that_are_not_numbers_are_refused(server: Any) -> None:
    samples = np.full(16000, math.nan, dtype="<f4").tobytes()
    header = b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 3, 1, 16000, 64000, 4, 32)
    header += b"data" + struct.pack("<I", len(samples))
    answer = server.client.post(
        "/v1/recognize", content=header + samples, headers={"Content-Type": "audio/wav"}
    )
    assert error_of(answer, 422)["code"] == "invalid_audio"


@pytest.mark.parametrize(
    ("content_type", "body", "hint"),
    [
        ("multipart/form-data", b"x", "boundary"),
        ("multipart/form-data; boundary=cut", b"--cut\r\nContent-Disp", "ends early"),
        ("multipart/form-data; boundary=cut", b"no boundary at all", "multipart"),
        (
            "multipart/form-data; boundary=cut",
            b'--cut\r\nContent-Disposition: form-data; name="song"\r\n\r\nx\r\n--cut--\r\n',
            "named `file`",
        ),
        (
            "multipart/form-data; boundary=cut",
            b'--cut\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n' * 2 + b"--cut--",
            "two parts",
        ),
    ],
)
def test_broken_form_is_refused(server: Any, content_type: str, body: bytes, hint: str) -> None:
    answer = server.client.post(
        "/v1/recognize", content=body, headers={"Content-Type": content_type}
    )
    error = error_of(answer, 422)
    assert error["code"] == "invalid_request"
    assert hint in error["message"]
    assert server.uploads() == []


def test_body_of_another_type_is_refused(server: Any) -> None:
    answer = server.client.post(
        "/v1/recognize",
        content=b"a=b",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    error = error_of(answer, 415)
    assert error["code"] == "unsupported_media"
    assert "audio/*" in error["message"]


@pytest.mark.parametrize("announced", [True, False])
def test_upload_over_the_limit_is_refused(strict_server: Any, announced: bool) -> None:
    content = bytes(1_500_000)
    stream = content if announced else iter([content[:700_000], content[700_000:]])
    answer = strict_server.client.post(
        "/v1/recognize", content=stream, headers={"Content-Type": "audio/wav"}
    )
    error = error_of(answer, 413)
    assert error["code"] == "too_large"
    assert "WAVVY_MAX_UPLOAD_MB" in error["message"]
    assert strict_server.uploads() == []


def test_long_clip_is_heard_up_to_the_limit(strict_server: Any, sounds: Any) -> None:
    clip = sounds.wav(sounds.melody(5, seconds=10))
    answer = strict_server.client.post("/v1/recognize", files={"file": ("long.wav", clip)})
    assert answer.json()["query"]["duration_ms"] == 2000


def test_requests_over_the_limit_are_told_to_come_back(strict_server: Any, sounds: Any) -> None:
    clip = sounds.wav(sounds.noise(1, 1))
    go_on = threading.Event()

    def slowly() -> Any:
        yield clip[:1000]
        assert go_on.wait(30)
        yield clip[1000:]

    answers: list[int] = []

    def upload() -> None:
        headers = {"Content-Type": "audio/wav"}
        answer = strict_server.client.post("/v1/recognize", content=slowly(), headers=headers)
        answers.append(answer.status_code)

    threads = [threading.Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        strict_server.wait_until(lambda: len(strict_server.uploads()) == 2)
        refused = strict_server.client.post("/v1/recognize", files={"file": ("a.wav", clip)})
    finally:
        go_on.set()
        for thread in threads:
            thread.join()
    error = error_of(refused, 429)
    assert error["code"] == "busy"
    assert error["retry_after_ms"] == 2000
    assert refused.headers["Retry-After"] == "2"
    assert answers == [200, 200]
    answer = strict_server.client.post("/v1/recognize", files={"file": ("a.wav", clip)})
    assert answer.status_code == 200


def test_client_that_hangs_up_leaves_nothing(server: Any) -> None:
    host, port = server.url.removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /v1/recognize HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/wav\r\n"
            b"Content-Length: 100000\r\n\r\n" + bytes(5000)
        )
        server.wait_until(lambda: len(server.uploads()) == 1)
    server.wait_until(lambda: server.uploads() == [])
    assert "Traceback" not in server.log.read_text("utf-8")


def test_unknown_address_and_method_have_the_same_error_body(server: Any) -> None:
    assert error_of(server.client.get("/v1/nothing"), 404)["code"] == "not_found"
    assert error_of(server.client.post("/v1/nothing"), 404)["code"] == "not_found"
    answer = server.client.get("/v1/recognize")
    assert error_of(answer, 405)["code"] == "method_not_allowed"
    assert answer.headers["Allow"] == "POST"


def test_many_clips_at_once(server: Any, sounds: Any, track_ids: list[int]) -> None:
    clips = [
        sounds.wav(sounds.excerpt(sounds.melody(number % 3), start=4 + number, seconds=4))
        for number in range(9)
    ]
    found: list[int | None] = [None] * len(clips)

    def recognise(number: int) -> None:
        files = {"file": ("clip.wav", io.BytesIO(clips[number]))}
        body = server.client.post("/v1/recognize", files=files).json()
        found[number] = body["results"][0]["id"]

    threads = [threading.Thread(target=recognise, args=[number]) for number in range(len(clips))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == track_ids * 3


def test_explanation_comes_only_when_asked_for(
    server: Any, sounds: Any, track_ids: list[int]
) -> None:
    clip = sounds.wav(sounds.excerpt(sounds.melody(1), start=9, seconds=5))
    for asked in ("", "?explain=false", "?explain=0"):
        answer = server.client.post(f"/v1/recognize{asked}", files={"file": ("clip.wav", clip)})
        assert set(answer.json()) == {"status", "query", "results"}
    answer = server.client.post("/v1/recognize?explain=true", files={"file": ("clip.wav", clip)})
    body = answer.json()
    assert answer.status_code == 200, answer.text
    told, result = body["explanation"], body["results"][0]
    assert set(told) == set(ExplanationOut.model_fields)
    assert told["reason"] == "matched"
    assert told["candidate"]["id"] == result["id"] == track_ids[1]
    assert told["candidate"]["title"] == "Melody 1"
    assert told["candidate"]["score"] == result["score"]
    assert told["candidate"]["accepted"] is True
    assert told["candidate"]["track_begin_ms"] == result["db_begin_time_offset_ms"]
    assert (told["begin_ms"], told["end_ms"]) == (
        result["sample_begin_time_offset_ms"],
        result["sample_end_time_offset_ms"],
    )
    matched = [peak[2] for peak in told["reference_landmarks"]]
    assert told["matched_share"] == pytest.approx(sum(matched) / len(matched), abs=0.001)
    assert told["matched_share"] > 0.8 > 3 * told["luck_share"]
    assert told["score_by_time"][0][1] < told["threshold"] < told["score_by_time"][-1][1]
    assert all(type(number) is int for peak in told["query_landmarks"] for number in peak)
    assert len(told["pairs"]) > 50
    assert len(answer.content) < 100_000


@pytest.mark.usefixtures("track_ids")
def test_explanation_says_why_nothing_matched(server: Any, sounds: Any) -> None:
    sound = {
        "luck_as_likely": sounds.melody(99, seconds=5),
        "silent": np.zeros(80_000, np.float32),
        "too_short": np.zeros(1000, np.float32),
    }
    for reason, samples in sound.items():
        answer = server.client.post(
            "/v1/recognize?explain=true", files={"file": ("clip.wav", sounds.wav(samples))}
        )
        body = answer.json()
        assert answer.status_code == 200, answer.text
        assert body["results"] == []
        assert body["explanation"]["reason"] == reason
        assert (body["explanation"]["candidate"] is not None) == (reason == "luck_as_likely")


def test_explanation_of_an_empty_library(strict_server: Any, sounds: Any) -> None:
    clip = sounds.wav(sounds.melody(1, seconds=3))
    answer = strict_server.client.post("/v1/recognize?explain=1", files={"file": ("a.wav", clip)})
    assert answer.json()["explanation"]["reason"] == "empty_library"


@pytest.mark.parametrize("value", ["maybe", "", "2"])
def test_explain_takes_yes_or_no(server: Any, sounds: Any, value: str) -> None:
    clip = sounds.wav(sounds.noise(1, 1))
    answer = server.client.post(
        "/v1/recognize", params={"explain": value}, files={"file": ("a.wav", clip)}
    )
    error = error_of(answer, 422)
    assert error["code"] == "invalid_request"
    assert "explain" in error["message"]


def test_what_is_no_audio_is_an_error_however_it_is_asked(server: Any) -> None:
    answer = server.client.post(
        "/v1/recognize?explain=true", files={"file": ("notes.txt", b"only words\n" * 100)}
    )
    assert error_of(answer, 415)["code"] == "unsupported_media"
