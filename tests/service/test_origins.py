"""Pages of other sites may write nothing, and nobody reaches this machine under a foreign name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

from wavvy.service.app import create_app
from wavvy.service.settings import Settings


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server as it is by default: for this machine alone."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("local"))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as http:
        yield http


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server behind a proxy, with a page elsewhere that may use it."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("proxied"),
        api_keys="off",
        allowed_hosts="Music.example, *.wavvy.example",
        cors_origins="https://player.example",
    )
    with TestClient(create_app(settings), base_url="https://music.example") as http:
        yield http


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "LOCALHOST.", "127.0.0.1:1", "[::1]:8000", "a.localhost"],
)
def test_the_machine_s_own_names_are_known(local: TestClient, host: str) -> None:
    assert local.get("/v1/stats", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "192.168.1.4:8000"])
def test_other_names_are_refused(local: TestClient, host: str) -> None:
    for path in ("/v1/stats", "/", "/docs", "/nothing"):
        answer = local.get(path, headers={"Host": host})
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "forbidden"
        assert "WAVVY_ALLOWED_HOSTS" in answer.json()["error"]["message"]
    assert local.get("/health/live", headers={"Host": host}).status_code == 200
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        local.websocket_connect("/v1/listen", headers={"Host": host}),
    ):
        pass
    assert denied.value.status_code == 403


def test_named_hosts_are_known(proxied: TestClient) -> None:
    for host, status in (
        ("music.example", 200),
        ("MUSIC.example:443", 200),
        ("a.wavvy.example", 200),
        ("wavvy.example", 403),
        ("localhost", 200),
    ):
        assert proxied.get("/v1/stats", headers={"Host": host}).status_code == status, host


FOREIGN: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:9000"},  # another server on this machine
    {"Origin": "http://127.0.0.1:8000.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_foreign_pages_write_nothing(local: TestClient, headers: dict[str, str]) -> None:
    for method, path in (
        ("POST", "/v1/demo"),
        ("DELETE", "/v1/tracks/1"),
        ("PATCH", "/v1/tracks/1"),
        ("POST", "/v1/recognize"),
    ):
        answer = local.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize("headers", FOREIGN)
def test_foreign_pages_open_no_socket(local: TestClient, headers: dict[str, str]) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        local.websocket_connect("/v1/listen", headers={"Host": "127.0.0.1:8000", **headers}),
    ):
        pass
    assert denied.value.json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_its_own_page_and_programs_do(local: TestClient, headers: dict[str, str]) -> None:
    assert local.delete("/v1/tracks/1", headers=headers).status_code == 404
    host = {"Host": "127.0.0.1:8000"}
    with local.websocket_connect("/v1/listen", headers=host | headers) as socket:
        socket.send_text("nonsense")
        assert socket.receive_json()["error"]["code"] == "invalid_request"


def test_a_page_that_is_named_may_call(proxied: TestClient) -> None:
    headers = {"Origin": "https://player.example"}
    answer = proxied.delete("/v1/tracks/1", headers=headers)
    assert answer.status_code == 404
    assert answer.headers["Access-Control-Allow-Origin"] == "https://player.example"
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]
    asked: Any = proxied.options(
        "/v1/tracks/1",
        headers=headers
        | {
            "Access-Control-Request-Method": "DELETE",
            "Access-Control-Request-Headers": "Authorization",
        },
    )
    assert asked.status_code == 200
    assert "DELETE" in asked.headers["Access-Control-Allow-Methods"]


def test_no_page_may_read_answers_by_default(local: TestClient) -> None:
    answer = local.get("/v1/stats", headers={"Origin": "https://evil.example"})
    assert not any(name.lower().startswith("access-control") for name in answer.headers)
