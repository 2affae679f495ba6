from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from wavvy.catalog.repository import Catalog
from wavvy.errors import StoreError
from wavvy.service import housekeeping
from wavvy.service.housekeeping import clear_uploads, forget_old_jobs
from wavvy.service.keeper import Keeper

ERROR = {"code": "internal", "message": "m", "retry_after_ms": None}


def test_uploads_without_a_job_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    with Catalog.open(tmp_path / "library", params_digest="0") as catalog:
        for name in ("waiting.mp3", "failed.mp3", "nobody's.mp3", "young.mp3"):
            (uploads / name).write_bytes(b"sound")
            if name != "young.mp3":
                os.utime(uploads / name, (time.time() - 100, time.time() - 100))
        catalog.jobs.create("ingest", "waiting.mp3", {"upload": "waiting.mp3"})
        failed = catalog.jobs.create("ingest", "failed.mp3", {"upload": "failed.mp3"})
        claim = catalog.jobs.claim(failed.id)
        assert claim is not None
        catalog.jobs.finish(claim, "failed", error=ERROR)

        clear_uploads(catalog.jobs, uploads, older_than_s=50)
        assert {path.name for path in uploads.iterdir()} == {
            "waiting.mp3", "failed.mp3", "young.mp3",
        }  # fmt: skip
        monkeypatch.setattr(housekeeping, "UPLOAD_KEPT", timedelta(0))
        clear_uploads(catalog.jobs, uploads, older_than_s=0)
        assert {path.name for path in uploads.iterdir()} == {"waiting.mp3"}

        forget_old_jobs(catalog.jobs)
        assert len(catalog.jobs.listed()) == 2
        monkeypatch.setattr(housekeeping, "JOB_KEPT", timedelta(0))
        forget_old_jobs(catalog.jobs)
        assert [job.subject for job in catalog.jobs.listed()] == ["waiting.mp3"]


def test_chores_come_round_even_if_they_fail(caplog: pytest.LogCaptureFixture) -> None:
    times = {"quick": 0, "broken": 0, "slow": 0}
    enough = threading.Event()

    def quick() -> None:
        times["quick"] += 1

    def broken() -> None:
        times["broken"] += 1
        if times["broken"] >= 3:
            enough.set()
        raise StoreError("the database is away") if times["broken"] == 1 else KeyError("a bug")

    def slow() -> None:
        times["slow"] += 1

    keeper = Keeper({quick: 0.005, broken: 0.01, slow: 3600})
    assert enough.wait(20)
    keeper.close()
    assert times["quick"] >= 3
    assert times["slow"] == 0
    assert "the database is away" in caplog.text
    assert "a bug" in caplog.text
