"""Add an uploaded file to the library."""

from __future__ import annotations

from typing import Any

from wavvy.sandbox.patience import TRACK
from wavvy.service.work.kind import URGENT, Kind, Task


def ingest(task: Task) -> dict[str, Any]:
    """Fingerprint the upload and write it down; the same audio is added once however often."""
    upload = task.upload
    task.report(10, "listening to it")
    outcome = task.library.add(
        upload,
        original_name=task.arguments["name"],
        keep_path=False,
        patience=TRACK,
        max_seconds=task.arguments.get("max_seconds"),
    )
    if outcome.error is not None:
        raise outcome.error
    return outcome.to_dict()


KIND = Kind("ingest", ingest, URGENT)
