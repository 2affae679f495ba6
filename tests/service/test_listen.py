from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from socket import SHUT_RDWR
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

START = {"type": "start", "sample_rate": 16000, "format": "s16le", "channels": 1}
STOP = {"type": "stop"}


def blocks(data: bytes, size: int = 3200) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def error_of(answers: list[Any]) -> dict[str, Any]:
    """Return the error that is the last of `answers`, after checking its form."""
    assert [answer["type"] for answer in answers].count("error") == 1
    assert set(answers[-1]) == {"type", "error"}
    error = answers[-1]["error"]
    assert set(error) == {"code", "message", "retry_after_ms"}
    assert "\n" not in error["message"]
    return dict(error)


def test_match_comes_before_the_end(server: Any, sounds: Any, track_ids: list[int]) -> None:
    sound = sounds.excerpt(sounds.melody(2), start=5, seconds=15)
    answers, code = server.converse(START, *blocks(sounds.pcm16(sound)), STOP)
    assert code == 1000
    match = answers[-1]
    assert set(match) == {"type", "elapsed_ms", "result"}
    assert match["type"] == "match"
    assert match["elapsed_ms"] < 10_000
    result = match["result"]
    assert result["id"] == track_ids[2]
    assert result["title"] == "Melody 2"
    assert result["db_begin_time_offset_ms"] == pytest.approx(5000, abs=60)
    assert result["play_offset_ms"] == pytest.approx(5000 + match["elapsed_ms"], abs=300)
    assert {answer["type"] for answer in answers[:-1]} <= {"progress"}


def test_messages_of_less_than_a_millisecond_are_heard_in_time(server: Any, sounds: Any) -> None:
    """What they hold is answered although nobody tells the stream to stop."""
    sound = sounds.excerpt(sounds.melody(2), start=5, seconds=8)
    with connect(server.listen_url, compression=None) as socket:
        with suppress(ConnectionClosed):  # it knows enough
            socket.send(json.dumps(START))
            for message in blocks(sounds.pcm16(sound), 2 * 15):
                socket.send(message)
        answers = [json.loads(socket.recv(timeout=10))]
        while answers[-1]["type"] == "progress":
            answers.append(json.loads(socket.recv(timeout=10)))
    assert answers[-1]["type"] == "match"


@pytest.mark.parametrize(
    ("rate", "form", "channels"), [(48000, "f32le", 2), (8000, "s16le", 1), (44100, "f32le", 8)]
)
def test_every_shape_of_pcm_is_understood(
    server: Any, sounds: Any, track_ids: list[int], rate: int, form: str, channels: int
) -> None:
    sound = sounds.excerpt(sounds.melody(0), start=3, seconds=8)
    at = np.arange(int(8 * rate)) / rate
    other_rate = np.interp(at, np.arange(len(sound)) / sounds.rate, sound)
    frames = np.repeat(other_rate[:, None], channels, axis=1)
    data = (
        frames.astype("<f4").tobytes()
        if form == "f32le"
        else (frames * 32767).astype("<i2").tobytes()
    )
    start = {"type": "start", "sample_rate": rate, "format": form, "channels": channels}
    answers, code = server.converse(start, *blocks(data, 320 * channels * 4), STOP)
    assert code == 1000
    assert answers[-1]["result"]["id"] == track_ids[0]


def test_progress_is_told_at_most_four_times_a_second(
    server: Any, sounds: Any, track_ids: list[int]
) -> None:
    pcm = sounds.pcm16(sounds.noise(3, 2))
    arrivals = []
    began = time.monotonic()
    with connect(server.listen_url, compression=None) as socket:
        socket.send(json.dumps(START))
        for block in blocks(pcm):
            socket.send(block)
            time.sleep(0.1)
        socket.send(json.dumps(STOP))
        for text in socket:
            message = json.loads(text)
            arrivals.append(message["type"])
            if message["type"] == "progress":
                assert set(message) == {"type", "elapsed_ms", "landmarks", "best"}
                assert all(len(landmark) == 2 for landmark in message["landmarks"])
    assert 2 <= arrivals.count("progress") <= 4 * (time.monotonic() - began) + 1
    assert arrivals[-1] == "no_match"


@pytest.mark.usefixtures("track_ids")
@pytest.mark.parametrize("amount", ["nothing", "one frame", "silence"])
def test_stream_without_music_has_no_match(server: Any, amount: str) -> None:
    sent = {"nothing": [], "one frame": [b"\0\0"], "silence": [bytes(3200)] * 40}[amount]
    answers, code = server.converse(START, *sent, STOP)
    assert code == 1000
    assert answers[-1]["type"] == "no_match"
    assert answers[-1]["elapsed_ms"] == pytest.approx(100 * (len(sent) if sent[1:] else 0), abs=60)


@pytest.mark.parametrize(
    ("first", "hint"),
    [
        ("not json", "JSON"),
        ("[1, 2]", "start"),
        ('"start"', "start"),
        (STOP, "type"),
        ({}, "type"),
        (b"\0\0", "before the start"),
        (START | {"sample_rate": 7999}, "sample_rate"),
        (START | {"sample_rate": 192001}, "sample_rate"),
        (START | {"sample_rate": "48000"}, "sample_rate"),
        (START | {"sample_rate": float("inf")}, "sample_rate"),
        (START | {"format": "mp3"}, "format"),
        (START | {"channels": 0}, "channels"),
        (START | {"channels": 9}, "channels"),
        (START | {"channels": True}, "channels"),
        (START | {"mode": "karaoke"}, "mode"),
        ({"type": "start", "format": "s16le"}, "sample_rate"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_wrong_first_message_is_named(server: Any, first: Any, hint: str) -> None:
    answers, code = server.converse(first)
    error = error_of(answers)
    assert error["code"] == "invalid_request"
    assert hint in error["message"]
    assert code == 1008


@pytest.mark.parametrize(
    ("start", "message", "error_code", "hint", "close"),
    [
        (START, b"\0" * 3, "invalid_audio", "whole frames of 2 bytes", 1007),
        (START | {"channels": 3}, b"\0" * 8, "invalid_audio", "whole frames of 6 bytes", 1007),
        (
            START | {"format": "f32le"},
            np.full(100, np.nan, "<f4").tobytes(),
            "invalid_audio",
            "NaN",
            1007,
        ),
        (
            START | {"format": "f32le"},
            np.full(100, np.inf, "<f4").tobytes(),
            "invalid_audio",
            "infinite",
            1007,
        ),
        (START, START, "invalid_request", "stop", 1008),
        (START, "stop", "invalid_request", "stop", 1008),
        (START, b"\0" * (1 << 21), "too_large", "1048576", 1009),
    ],
)
def test_wrong_message_after_the_start_is_named(
    server: Any, start: Any, message: Any, error_code: str, hint: str, close: int
) -> None:
    answers, code = server.converse(start, bytes(24), message)
    error = error_of(answers)
    assert error["code"] == error_code
    assert hint in error["message"]
    assert code == close
    assert server.active_streams() == 0


def test_message_far_too_large_is_not_even_read(server: Any) -> None:
    with connect(server.listen_url, compression=None) as socket:
        socket.send(json.dumps(START))
        with suppress(ConnectionClosed):
            socket.send(bytes(6 << 20))
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=30)
    # What is still under way to a closed socket resets it; the reset may overtake the close frame.
    farewell = socket.protocol.close_rcvd
    assert farewell is None or farewell.code == 1009
    assert server.converse(START, {"type": "stop"})[1] == 1000


def test_flood_is_heard_to_the_limit_and_the_rest_waits(strict_server: Any, sounds: Any) -> None:
    # Ten minutes of sound at once: only the first seconds are analysed.
    second = sounds.pcm16(sounds.noise(4, 1))
    started = time.monotonic()
    answers, code = strict_server.converse(START, *[second] * 600)
    assert answers[-1]["type"] == "no_match"
    assert answers[-1]["elapsed_ms"] == pytest.approx(2000, abs=60)
    assert code == 1000
    assert time.monotonic() - started < 60
    progress = [answer for answer in answers if answer["type"] == "progress"]
    assert len(progress) <= 4 * (time.monotonic() - started) + 1


def test_trickle_ends_in_time(strict_server: Any) -> None:
    started = time.monotonic()
    with connect(strict_server.listen_url, compression=None) as socket:
        socket.send(json.dumps(START))
        while time.monotonic() < started + 50:
            try:
                answer = json.loads(socket.recv(timeout=0.1))  # far less than it may be quiet for
            except TimeoutError:
                socket.send(bytes(2))
                socket.send(b"")
            else:
                break
    assert answer["type"] == "no_match"
    assert 3.9 < time.monotonic() - started < 60


def test_quiet_client_is_sent_away(strict_server: Any) -> None:
    for messages in ([], [START], [START, bytes(3200)]):
        started = time.monotonic()
        answers, code = strict_server.converse(*messages)
        assert error_of(answers)["code"] == "invalid_request"
        assert "nothing came for 1 s" in answers[-1]["error"]["message"]
        assert code == 1008
        assert 0.9 < time.monotonic() - started < 60


def test_stream_over_the_limit_is_told_to_come_back(strict_server: Any) -> None:
    for _ in range(20):  # on a busy machine one of the two may be sent away before the third comes
        with connect(strict_server.listen_url) as one, connect(strict_server.listen_url) as two:
            for socket in (one, two):
                with suppress(ConnectionClosed):
                    socket.send(json.dumps(START))
            both = any(strict_server.active_streams() == 2 for _ in range(100))
            answers, code = strict_server.converse(START, STOP)
        strict_server.wait_until(lambda: strict_server.active_streams() == 0)
        if both and code == 1013:
            break
    assert both
    error = error_of(answers)
    assert error["code"] == "busy"
    assert error["retry_after_ms"] == 2000
    assert code == 1013
    answers, code = strict_server.converse(START, STOP)
    assert (answers[-1]["type"], code) == ("no_match", 1000)


@pytest.mark.parametrize("when", ["before the start", "after the start", "in the sound"])
def test_sudden_disconnect_leaves_nothing(server: Any, sounds: Any, when: str) -> None:
    with connect(server.listen_url) as socket:
        if when != "before the start":
            socket.send(json.dumps(START))
        if when == "in the sound":
            socket.send(sounds.pcm16(sounds.noise(1, 1)))
        server.wait_until(lambda: server.active_streams() == 1)
        socket.socket.shutdown(SHUT_RDWR)  # no close frame: the line is cut
    server.wait_until(lambda: server.active_streams() == 0)
    assert "Traceback" not in server.log.read_text("utf-8")


def test_streams_at_once_each_find_their_own(
    server: Any, sounds: Any, track_ids: list[int]
) -> None:
    async def listen(number: int) -> int:
        sound = sounds.excerpt(sounds.melody(number % 3), start=2 + number, seconds=12)
        async with connect_async(server.listen_url, compression=None) as socket:
            await socket.send(json.dumps(START))

            async def send() -> None:
                for block in blocks(sounds.pcm16(sound)):
                    await socket.send(block)
                    await asyncio.sleep(0.01)
                await socket.send(json.dumps(STOP))

            sending = asyncio.create_task(send())
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "match":
                    break
            await asyncio.gather(sending, return_exceptions=True)
            return int(message["result"]["id"])

    async def listen_all() -> list[int]:
        return await asyncio.gather(*(listen(number) for number in range(9)))

    assert asyncio.run(listen_all()) == track_ids * 3
    server.wait_until(lambda: server.active_streams() == 0)


def test_plain_request_is_told_to_upgrade(server: Any) -> None:
    answer = server.client.get("/v1/listen")
    assert answer.status_code == 426
    assert answer.headers["Upgrade"] == "websocket"
    assert answer.json()["error"]["code"] == "invalid_request"
