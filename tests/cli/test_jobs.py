"""``wavvy jobs``: look at what goes on in the background, and interfere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wavvy.catalog.file_outcomes import FileOutcome
from wavvy.catalog.repository import Catalog
from wavvy.dsp.params import DEFAULT

ERROR = {"code": "disk_full", "message": "no space left: free some", "retry_after_ms": None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a failed, a running and a waiting job."""
    with Catalog.open(tmp_path / "data", params_digest=DEFAULT.digest()) as catalog:
        for name in ("failed.mp3", "running.mp3", "waiting.mp3"):
            catalog.jobs.create("ingest", name)
        failed = catalog.jobs.claim(1)
        assert failed is not None
        catalog.jobs.finish(failed, "failed", error=ERROR)
        running = catalog.jobs.claim(2)
        assert running is not None
        catalog.jobs.renew(running, progress=40, message="listening to it", result={"files": 3})
    return tmp_path / "data"


def test_lists(wavvy: Any, folder: Path) -> None:
    for arguments in ((), ("list",)):
        listed = wavvy("--data-dir", folder, "jobs", *arguments)
        assert listed.code == 0
        first, *rows = listed.lines
        assert first.split() == ["id", "kind", "subject", "state", "%"]
        assert [row.split()[0] for row in rows] == ["3", "2", "1"]
        assert "no space left" in rows[2]
        assert "listening to it" in rows[1]
    (job,) = wavvy("--data-dir", folder, "jobs", "list", "--state", "failed", "--json").json
    assert (job["id"], job["state"], job["error"], job["attempts"]) == (1, "failed", ERROR, 1)
    assert wavvy("--data-dir", folder, "jobs", "list", "--state", "done").out == ""
    wrong = wavvy("--data-dir", folder, "jobs", "list", "--state", "ended")
    assert wrong.code == 2
    assert "it is one of queued, running" in " ".join(wrong.err.split())


def test_shows(wavvy: Any, folder: Path) -> None:
    assert wavvy("--data-dir", folder, "jobs", "show", "1").lines == [
        "1 ingest failed.mp3: failed, 0 %",
        "  disk_full: no space left: free some",
    ]
    assert wavvy("--data-dir", folder, "jobs", "show", "2").lines == [
        "2 ingest running.mp3: running, 40 %, listening to it",
        "  files: 3",
    ]
    (job,) = wavvy("--data-dir", folder, "jobs", "show", "2", "--json").json
    assert job["result"] == {"files": 3}
    unknown = wavvy("--data-dir", folder, "jobs", "show", "9")
    assert unknown.code == 1
    assert unknown.errors[0].startswith("error: no job 9")


def test_retries_and_cancels(wavvy: Any, folder: Path) -> None:
    again = wavvy("--data-dir", folder, "jobs", "retry", "1")
    assert again.lines == ["1 ingest failed.mp3: queued, 0 %"]
    refused = wavvy("--data-dir", folder, "jobs", "retry", "2")
    assert refused.code == 1
    assert "only failed jobs can be tried again" in refused.errors[0]
    assert wavvy("--data-dir", folder, "jobs", "cancel", "3").lines == [
        "3 ingest waiting.mp3: cancelled, 0 %"
    ]
    running = wavvy("--data-dir", folder, "jobs", "cancel", "2")
    assert "will end at its next step" in running.err


def test_lists_what_came_of_the_files_of_a_folder(wavvy: Any, folder: Path) -> None:
    broken = FileOutcome("/b.mp3", "failed", None, "no_audio", "/b.mp3 holds no audio")
    with Catalog.open(folder, params_digest=DEFAULT.digest()) as catalog:
        job = catalog.jobs.create("import", "/")
        claim = catalog.jobs.claim(job.id)
        assert claim is not None
        catalog.file_outcomes.write(claim, [FileOutcome("/a.mp3", "added", 1), broken])
    assert wavvy("--data-dir", folder, "jobs", "files", job.id).lines == [
        "added  /a.mp3",
        "failed /b.mp3 holds no audio",
    ]
    (line,) = wavvy(
        *("--data-dir", folder, "jobs", "files", job.id, "--status", "failed", "--json")
    ).json
    assert line == broken._asdict()
    assert wavvy("--data-dir", folder, "jobs", "files", job.id, "--status", "bad").code == 2
    assert wavvy("--data-dir", folder, "jobs", "files", 9).code == 1
