"""Make the index anew from the catalogue."""

from __future__ import annotations

from typing import Any

from wavvy.service.work.kind import BULK, Kind, Task


def rebuild(task: Task) -> dict[str, Any]:
    """Make the index anew; until it is done, the old one answers."""
    task.report(0, "making the index anew; the old one answers until then")

    def report(held: int, total: int) -> None:
        task.report(
            99 * held // max(total, 1), f"{held:,} of {total:,} tracks are in the new index"
        )

    return {"tracks": task.library.rebuild_index(report)}


KIND = Kind("rebuild", rebuild, BULK, makes_way=False)  # it would begin anew
