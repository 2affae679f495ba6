"""Rates: counted by key and address, told in headers, the same for HTTP and WebSocket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from wavvy.service.app import create_app
from wavvy.service.limits import Rate
from wavvy.service.settings import Settings


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path, rate_limit="3/hour", api_keys="on")
    app = create_app(settings)
    with TestClient(app, base_url="http://localhost") as http:
        keys = app.state.service.library.catalog.keys
        http.keys = [keys.create(name, ["read", "recognise"])[1] for name in "ab"]  # type: ignore[attr-defined]
        yield http


def get(http: TestClient, key: str | None, path: str = "/v1/stats") -> Any:
    return http.get(path, headers={"X-API-Key": key} if key else {})


def test_each_key_and_address_has_its_own_count(limited: Any) -> None:
    first, second = limited.keys
    left = [get(limited, first).headers["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = get(limited, first)
    assert refused.status_code == 429
    error = refused.json()["error"]
    assert error["code"] == "rate_limited"
    assert "3 requests in 3600 s" in error["message"]
    reset = int(refused.headers["RateLimit-Reset"])
    assert 0 < reset <= 3600
    assert refused.headers["Retry-After"] == str(reset)
    assert 0 <= reset * 1000 - error["retry_after_ms"] < 1000
    assert refused.headers["RateLimit-Limit"] == "3"
    assert get(limited, second).status_code == 200
    assert [get(limited, "guess").status_code for _ in range(4)] == [401, 401, 401, 429]
    assert get(limited, None).status_code == 429  # of the same address
    assert limited.get("/health/live").status_code == 200
    assert "RateLimit-Limit" not in limited.get("/").headers


def test_sockets_count_too(limited: Any) -> None:
    address = f"/v1/listen?key={limited.keys[0]}"
    for _ in range(3):
        with limited.websocket_connect(address, headers={"Host": "localhost"}) as socket:
            socket.send_text("nonsense")
            assert socket.receive_json()["error"]["code"] == "invalid_request"
    with limited.websocket_connect(address, headers={"Host": "localhost"}) as socket:
        error = socket.receive_json()["error"]
        assert error["code"] == "rate_limited"
        assert error["retry_after_ms"] > 0


def test_a_new_time_is_a_new_count(limited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (key, _) = limited.keys
    assert [get(limited, key).status_code for _ in range(4)][-1] == 429
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 3600)
    assert get(limited, key).status_code == 200


def test_when_there_is_a_limit() -> None:
    assert Settings().rate is None
    assert Settings(host="0.0.0.0").rate == Rate(1200, 60)
    assert Settings(host="0.0.0.0", rate_limit="off").rate is None
    assert Settings(rate_limit="5/second").rate == Rate(5, 1)
    for text in ("fast", "0/minute", "5/day", "-1/hour", "5", "/minute"):
        with pytest.raises(ValueError, match="600/minute"):
            Settings(rate_limit=text)


def test_the_address_is_the_one_a_trusted_proxy_names(start_server: Any, tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", rate_limit="2/hour")
    for client in ("203.0.113.5", "203.0.113.6", "2001:db8::1"):
        for left in ("1", "0"):
            answer = server.client.get("/v1/stats", headers={"X-Forwarded-For": client})
            assert answer.headers["RateLimit-Remaining"] == left
    neighbour = server.client.get("/v1/stats", headers={"X-Forwarded-For": "2001:db8::2"})
    assert neighbour.status_code == 429  # of one network
