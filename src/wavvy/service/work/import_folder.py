"""Add a folder of the server, file by file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, cast

from wavvy.errors import UnreadableFile
from wavvy.ingest.discovery import find_audio
from wavvy.service.work.kind import BULK, Kind, Task

_MOST_FAILURES = 100  # that are told one by one


def import_folder(task: Task) -> dict[str, Any]:
    """Add every audio file of a folder; one that fails does not stop the others.

    Begun anew, it goes on where it was: what was added before is known then.
    """
    folder = Path(task.arguments["folder"])
    if not folder.is_dir():
        raise UnreadableFile(f"there is no folder {folder} on the server: name one that is there")
    task.report(0, "looking for audio files")
    files = list(find_audio([folder]))
    added_before = task.partial["added"] if task.partial else 0
    counts = {"added": 0, "known": 0, "failed": 0}
    failures: list[dict[str, str]] = []
    # Closed at once when the task is interrupted, so that no process goes on with it.
    with closing(task.library.add_all(files)) as outcomes:  # type: ignore[type-var]
        for number, outcome in enumerate(outcomes, 1):
            counts[outcome.status] += 1
            if outcome.error is not None and len(failures) < _MOST_FAILURES:
                failure = {"file": outcome.file, "code": outcome.error.code}
                failures.append(failure | {"message": str(outcome.error)})
            # What was added before this attempt is known now, and not to be counted twice.
            task.partial = {
                "files": len(files),
                "added": counts["added"] + added_before,
                "known": counts["known"] - min(added_before, counts["known"]),
                "failed": counts["failed"],
                "failures": failures,
            }
            failed = f", {counts['failed']} failed" if counts["failed"] else ""
            task.report(99 * number // len(files), f"{number:,} of {len(files):,} files{failed}")
    return cast("dict[str, Any]", task.partial) if files else _nothing()


def _nothing() -> dict[str, Any]:
    return {"files": 0, "added": 0, "known": 0, "failed": 0, "failures": []}


KIND = Kind("import", import_folder, BULK)
