"""Keys: who needs one, what each may do, and that none is ever shown."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from wavvy.catalog.keys import Scope
from wavvy.catalog.repository import Catalog
from wavvy.dsp.params import DEFAULT
from wavvy.service import auth
from wavvy.service.app import create_app
from wavvy.service.settings import Settings

GIVEN = "given-by-the-environment"
START = '{"type":"start","sample_rate":16000,"format":"s16le"}'


@dataclass
class Office:
    """A server that needs keys, and keys for it."""

    http: TestClient
    data_dir: Path
    keys: dict[Scope, str]

    def catalog(self) -> Catalog:
        return Catalog.open(self.data_dir, params_digest=DEFAULT.digest())


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    data_dir = tmp_path_factory.mktemp("keys")
    scopes: tuple[Scope, ...] = ("read", "recognise", "admin")
    with Catalog.open(data_dir, params_digest=DEFAULT.digest()) as catalog:
        keys = {scope: catalog.keys.create(f"{scope} only", [scope])[1] for scope in scopes}
    settings = Settings(data_dir=data_dir, host="0.0.0.0", api_keys=f"{GIVEN}, {'x' * 16}")
    with TestClient(create_app(settings), base_url="http://wavvy.example") as http:
        yield Office(http, data_dir, keys)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_without_a_key_nothing_is_told(office: Office) -> None:
    for method, path in (
        ("GET", "/v1/tracks"),
        ("GET", "/v1/stats"),
        ("GET", "/v1/jobs/1"),
        ("POST", "/v1/recognize"),
        ("POST", "/v1/tracks"),
        ("DELETE", "/v1/tracks/1"),
        ("POST", "/v1/demo"),
    ):
        for headers in ({}, bearer("wavvy_guess"), {"X-API-Key": ""}, {"Authorization": "Basic x"}):
            answer = office.http.request(method, path, headers=headers)
            assert answer.status_code == 401, (method, path, headers)
            assert answer.json()["error"]["code"] == "unauthorized"
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_app_and_health_need_none(office: Office) -> None:
    for path in ("/", "/health/live", "/health/ready", "/docs", "/openapi.json"):
        assert office.http.get(path).status_code == 200, path


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/tracks", {"read", "admin"}),
        ("GET", "/v1/tracks/1", {"read", "admin"}),
        ("GET", "/v1/genres", {"read", "admin"}),
        ("GET", "/v1/stats", {"read", "admin"}),
        ("GET", "/v1/queue", {"read", "admin"}),
        ("GET", "/v1/jobs/1", {"read", "recognise", "admin"}),
        ("POST", "/v1/recognize", {"recognise", "admin"}),
        ("POST", "/v1/tracks", {"admin"}),
        ("PATCH", "/v1/tracks/1", {"admin"}),
        ("DELETE", "/v1/tracks/1", {"admin"}),
    ],
)
def test_a_key_may_do_what_its_scopes_say(
    office: Office, method: str, path: str, allowed: set[Scope]
) -> None:
    for scope, key in office.keys.items():
        answer = office.http.request(method, path, headers=bearer(key))
        if scope in allowed:
            assert answer.status_code not in (401, 403), scope
        else:
            assert answer.status_code == 403, scope
            error = answer.json()["error"]
            assert error["code"] == "forbidden"
            assert f"'{scope} only'" in error["message"]
            assert any(name in error["message"] for name in allowed)


def test_keys_of_the_environment_may_do_all(office: Office) -> None:
    assert office.http.get("/v1/tracks", headers={"X-API-Key": GIVEN}).status_code == 200
    answer = office.http.delete("/v1/tracks/1", headers={"X-API-Key": "x" * 16})
    assert answer.status_code == 404


def test_a_key_in_the_address_is_for_reading(office: Office) -> None:
    assert office.http.get("/v1/tracks", params={"key": office.keys["read"]}).status_code == 200
    assert office.http.get("/v1/tracks?limit=0&key=" + GIVEN).status_code == 422
    assert office.http.delete("/v1/tracks/1", params={"key": GIVEN}).status_code == 401


def test_a_socket_takes_its_key_from_the_address(office: Office) -> None:
    with office.http.websocket_connect(f"/v1/listen?key={office.keys['recognise']}") as socket:
        socket.send_text(START)
        socket.send_text('{"type":"stop"}')
        assert socket.receive_json()["type"] in ("no_match", "error")


@pytest.mark.parametrize(
    ("scope", "code"), [(None, "unauthorized"), ("read", "forbidden")], ids=["none", "other"]
)
def test_a_socket_without_the_right_key_is_told_so(
    office: Office, scope: Scope | None, code: str
) -> None:
    address = "/v1/listen" + (f"?key={office.keys[scope]}" if scope else "")
    with office.http.websocket_connect(address) as socket:
        assert socket.receive_json()["error"]["code"] == code
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1008


def test_a_revoked_key_stops_working(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with office.catalog() as catalog:
        key, secret = catalog.keys.create("short-lived", ["read"])
        assert office.http.get("/v1/stats", headers=bearer(secret)).status_code == 200
        catalog.keys.revoke(key.id)
    monkeypatch.setattr(time, "monotonic", lambda now=time.monotonic: now() + auth.TRUST_SECONDS)
    assert office.http.get("/v1/stats", headers=bearer(secret)).status_code == 401


def test_the_time_of_its_use_is_kept(office: Office) -> None:
    office.http.get("/v1/stats", headers=bearer(office.keys["admin"]))
    deadline = time.monotonic() + 10
    with office.catalog() as catalog:
        while not any(k.last_used_at for k in catalog.keys.all() if k.name == "admin only"):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_who_needs_a_key() -> None:
    def needs(**settings: Any) -> bool:
        return Settings(**settings).needs_keys

    for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost"):
        assert not needs(host=host)
        assert needs(host=host, api_keys="on")
        assert needs(host=host, allowed_hosts="music.example")  # a proxy before it
        assert not needs(host=host, allowed_hosts="wavvy.localhost")
    for host in ("0.0.0.0", "::", "192.168.1.7", "wavvy.internal"):
        assert needs(host=host)
        assert not needs(host=host, api_keys="off")
    assert needs(api_keys="k" * 16)


def test_a_key_that_could_be_guessed_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="at least 16") as refused:
        Settings(api_keys="hunter2")
    assert "hunter2" not in str(refused.value)


def test_no_log_shows_a_key(start_server: Any, tmp_path: Path) -> None:
    server = start_server(tmp_path / "library", api_keys=f"{GIVEN},{'y' * 20}", log_format="json")
    assert server.client.get("/v1/tracks", params={"key": GIVEN, "q": "sea"}).status_code == 200
    assert server.client.get("/v1/stats", headers=bearer(GIVEN)).status_code == 200
    assert server.client.get("/v1/tracks?limit=no&key=wrong-key").status_code == 401
    with ThreadPoolExecutor(1) as pool:
        _, code = pool.submit(server.converse, "nonsense").result()
    assert code == 1008
    server.wait_until(lambda: "WS /v1/listen" in server.log.read_text("utf-8"))
    text = server.log.read_text("utf-8")
    assert "GET /v1/tracks?q=sea 200" in text
    for secret in (GIVEN, "wrong-key", "y" * 20):
        assert secret not in text


def test_an_open_server_without_keys_says_how_to_make_one(
    start_server: Any, tmp_path: Path
) -> None:
    server = start_server(tmp_path / "library", host="0.0.0.0")
    assert "wavvy keys create" in server.log.read_text("utf-8")
    assert server.client.get("/v1/stats").status_code == 401
    error = json.loads(server.client.get("/v1/stats").text)["error"]
    assert "Authorization: Bearer" in error["message"]
