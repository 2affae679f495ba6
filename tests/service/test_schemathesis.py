"""The whole interface against its own description: requests good and bad, made by the thousand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import wavvy

KEY = "a-key-for-every-request"

# What a valid request is answered cannot be described in full: whether a file is music, or a cursor
# one of ours. And to delete a job is to cancel it; it can still be looked at.
# `/v1/history/days` is also where a recognition of that name would be, and is no 405 for DELETE.
UNFIT = "positive_data_acceptance,use_after_free,unsupported_method"


@pytest.fixture(scope="module")
def described(start_server: Any, sounds: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server with a small library."""
    folder = tmp_path_factory.mktemp("described")
    with wavvy.open(folder / "data") as library:
        for seed in range(3):
            song = folder / f"Tester - Song {seed}.wav"
            song.write_bytes(sounds.wav(sounds.melody(seed, 8)))
            library.add(song)
    return start_server(folder / "data", api_keys=KEY)


def test_every_answer_is_as_described(described: Any, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            f"{described.url}/openapi.json",
            *("--header", f"Authorization: Bearer {KEY}"),
            *("--checks", "all", "--exclude-checks", UNFIT),
            *("--exclude-path", "/v1/demo"),  # composes for long each time
            *("--exclude-path-regex", "events$"),  # never ends
            *("--max-examples", "10", "--seed", "7", "--generation-deterministic"),
            *("--request-timeout", "60", "--no-color"),
        ],
        cwd=tmp_path,  # it keeps what it finds
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    (made,) = re.findall(r"(\d+) generated", done.stdout)
    assert int(made) > 500
    log = described.log.read_text("utf-8")
    assert "Traceback" not in log
    assert KEY not in log
    assert described.client.get("/health/ready").status_code == 200
