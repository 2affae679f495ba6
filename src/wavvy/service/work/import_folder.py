"""Add a folder of the server, file by file."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from wavvy.catalog.file_outcomes import FileOutcome, FileOutcomes, FileStatus
from wavvy.catalog.job import Claim
from wavvy.errors import UnreadableFile
from wavvy.ingest.discovery import find_audio
from wavvy.ingest.outcome import AddOutcome
from wavvy.service.work.kind import BULK, Kind, Task

_MOST_FAILURES = 100  # that the result names; the catalogue has all of them
_WRITE_EVERY_S = 0.5


def import_folder(task: Task) -> dict[str, Any]:
    """Add every audio file of a folder; one that fails does not stop the others.

    Begun anew, it goes on where it was, and tries those that failed once more.
    """
    folder = Path(task.arguments["folder"])
    if not folder.is_dir():
        raise UnreadableFile(f"there is no folder {folder} on the server: name one that is there")
    task.report(0, "looking for audio files")
    files = list(find_audio([folder]))
    record = _Record(task.library.catalog.file_outcomes, task.claim)
    left = [path for path in files if str(path) not in record.before]
    outcomes = task.library.add_all(left, waiting=task.check)
    # Closed at once when the task is interrupted, so that no process goes on with it.
    with closing(outcomes), closing(record):  # type: ignore[type-var]
        for outcome in outcomes:
            record.take(outcome)
            task.partial = record.result(len(files))
            failed = f", {record.counts['failed']:,} failed" if record.counts["failed"] else ""
            done = record.counts.total()
            task.report(
                99 * done // max(len(files), done),
                f"{done:,} of {len(files):,} files{failed}",
            )
    return record.result(len(files))


class _Record:
    """What came of the files so far, and its way into the catalogue.

    Attributes
    ----------
    before : set of str
        The files that an earlier attempt has added.
    counts : Counter
        Of all files that are done.
    """

    def __init__(self, store: FileOutcomes, claim: Claim) -> None:
        self.before = store.begin_anew(claim)
        self.counts: Counter[FileStatus] = store.counts(claim.job.id)
        self._store = store
        self._claim = claim
        self._failures: list[dict[str, str]] = []
        self._new: list[FileOutcome] = []
        self._written = time.monotonic()

    def take(self, outcome: AddOutcome) -> None:
        """Note what came of a file."""
        self.counts[outcome.status] += 1
        code = message = None
        if outcome.error is not None:
            code, message = outcome.error.code, str(outcome.error)
            if len(self._failures) < _MOST_FAILURES:
                self._failures.append({"file": outcome.file, "code": code, "message": message})
        self._new.append(FileOutcome(outcome.file, outcome.status, outcome.track_id, code, message))
        if time.monotonic() - self._written >= _WRITE_EVERY_S:
            self.close()

    def close(self) -> None:
        """Write down what is not written yet."""
        self._store.write(self._claim, self._new)
        self._new = []
        self._written = time.monotonic()

    def result(self, files: int) -> dict[str, Any]:
        """Return the counts, and the first failures."""
        counts = {status: self.counts[status] for status in ("added", "known", "failed")}
        return {"files": files, **counts, "failures": self._failures}


KIND = Kind("import", import_folder, BULK)
