from __future__ import annotations

import json

from wavvy.errors import NoAudio
from wavvy.ingest.outcome import AddOutcome


def test_a_file_that_was_added() -> None:
    outcome = AddOutcome("a.mp3", "added", 7, "A", 1000, warnings=["ends early"])
    assert outcome.to_dict() == {
        "file": "a.mp3",
        "status": "added",
        "id": 7,
        "title": "A",
        "duration_ms": 1000,
        "error": None,
        "warnings": ["ends early"],
    }


def test_a_file_that_failed() -> None:
    message = AddOutcome("ä.mp3", "failed", error=NoAudio("ä.mp3: holds no sound")).to_dict()
    assert message == {
        "file": "ä.mp3",
        "status": "failed",
        "id": None,
        "title": None,
        "duration_ms": None,
        "error": {"code": "no_audio", "message": "ä.mp3: holds no sound"},
        "warnings": [],
    }
    assert json.loads(json.dumps(message)) == message
