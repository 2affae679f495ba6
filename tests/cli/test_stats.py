"""``wavvy stats``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

Wavvy = Any


def test_json(wavvy: Wavvy, library: Path) -> None:
    done = wavvy("--data-dir", library, "stats", "--json")
    (figures,) = done.json
    assert (done.code, done.err) == (0, "")
    assert figures["tracks"] == 3
    assert figures["duration_ms"] == 60_000
    assert figures["index"]["postings"] > 1000
    assert figures["index"]["bytes"] > figures["index"]["postings"]
    assert figures["fingerprint_bytes"] > 0
    assert figures["catalog_bytes"] > figures["fingerprint_bytes"]


def test_for_people(wavvy: Wavvy, library: Path) -> None:
    lines = wavvy("--data-dir", library, "stats").lines
    assert lines[0].split() == ["tracks", "3"]
    assert lines[1].split(maxsplit=1) == ["music", "1 min"]
    assert lines[-1].split(maxsplit=1) == ["folder", str(library)]
