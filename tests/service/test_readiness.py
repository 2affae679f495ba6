"""``/health/ready`` says in words what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from wavvy.service import readiness
from wavvy.service.app import create_app
from wavvy.service.settings import Settings


@pytest.mark.parametrize("keys", ["off", "on"])
def test_a_full_disk_is_told_and_where_it_is_only_to_the_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    app = create_app(Settings(data_dir=tmp_path / "data", api_keys=keys))
    with TestClient(app, base_url="http://localhost") as http:
        assert http.get("/health/ready").json() == {"status": "ok"}
        monkeypatch.setattr(readiness, "LEAST_FREE_MB", 10**9)
        answer: Any = http.get("/health/ready")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        error = answer.json()["error"]
        assert error["code"] == "not_ready"
        assert "of space are left" in error["message"]
        assert (str(tmp_path) in error["message"]) is (keys == "off")
        assert http.get("/health/live").status_code == 200
