"""What every answer has: an id, safe headers, one error body; and no body is read without bound."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from wavvy.service.bodies import MAX_BYTES


def test_a_request_has_an_id_in_answer_and_log(strict_server: Any) -> None:
    given = strict_server.client.get("/v1/jobs/77", headers={"X-Request-ID": "call-4711"})
    made = strict_server.client.get("/v1/jobs/78", headers={"X-Request-ID": "no\tid; at all"})
    assert given.headers["X-Request-ID"] == "call-4711"
    assert len(made.headers["X-Request-ID"]) == 26
    strict_server.wait_until(lambda: "/v1/jobs/78" in strict_server.log.read_text("utf-8"))
    lines = [
        json.loads(line)
        for line in strict_server.log.read_text("utf-8").splitlines()
        if "/v1/jobs/7" in line
    ]
    for answer, line in zip((given, made), lines, strict=True):
        assert line["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("path", ["/", "/v1/stats", "/v1/nothing", "/docs", "/v1/jobs/0"])
def test_answers_have_safe_headers(server: Any, path: str) -> None:
    headers = server.client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "object-src 'none'" in headers["Content-Security-Policy"]
    scripts = "script-src 'self'" + (" 'unsafe-inline';" if path == "/docs" else ";")
    assert scripts in headers["Content-Security-Policy"]
    assert "server" not in headers


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/assets/nothing.js", 404, "not_found"),
        ("PUT", "/v1/tracks", 405, "method_not_allowed"),
        ("POST", "/", 405, "method_not_allowed"),
        ("GET", "/v1/tracks/x", 422, "invalid_request"),
        ("PATCH", "/v1/tracks/1", 422, "invalid_request"),
    ],
)
def test_failures_have_one_body(
    server: Any, method: str, path: str, status: int, code: str
) -> None:
    answer = server.client.request(method, path, content=b"{nonsense" if method != "GET" else None)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()) == {"status", "error"}


def test_a_small_body_is_enough_for_words(server: Any) -> None:
    def chunks() -> Any:
        for _ in range(3):
            yield b" " * (MAX_BYTES // 2)

    long = b" " * (MAX_BYTES + 1)
    for content in (long, chunks()):
        answer = server.client.patch("/v1/tracks/1", content=content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_an_answer_is_seen_by_whoever_is_still_sending(strict_server: Any) -> None:
    """A body that nobody wants is taken in all the same, up to a limit, before the answer."""
    body = b"x" * 900_000
    answer = strict_server.client.post("/v1/nothing", content=body)
    assert answer.status_code == 404
    host, port = strict_server.url.removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(
            b"POST /v1/tracks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n"
            b"Content-Type: text/plain\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 415")  # without asking for the body
