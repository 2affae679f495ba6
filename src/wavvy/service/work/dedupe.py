"""Look for tracks that are the same recording, among what was added since the last time."""

from __future__ import annotations

from typing import Any

from wavvy.duplicates.scan import ScanProgress, scan
from wavvy.service.work.kind import BULK, Kind, Task


def dedupe(task: Task) -> dict[str, Any]:
    """Compare the tracks that are due with all others; begun anew, it goes on where it was."""
    before = task.partial or {"compared": 0, "pairs": 0}

    def report(so_far: ScanProgress) -> None:
        task.partial = _result(before, so_far)
        compared, total = task.partial["compared"], before["compared"] + so_far.total
        task.report(
            99 * compared // max(total, 1),
            f"{compared:,} of {total:,} tracks compared, {task.partial['pairs']:,} pairs found",
        )

    return _result(before, scan(task.library.catalog, task.library.index, report))


def _result(before: dict[str, Any], so_far: ScanProgress) -> dict[str, Any]:
    return {
        "compared": before["compared"] + so_far.done,
        "pairs": before["pairs"] + so_far.pairs,
    }


KIND = Kind("dedupe", dedupe, BULK)
