"""Ask the providers that are set up about the tracks of the library."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any

from wavvy.service.settings import Settings
from wavvy.service.work.kind import BULK, Kind, Task


def enrich(task: Task) -> dict[str, Any]:
    """Look up every track that is due; begun anew, it goes on where it was."""
    setup = Settings().enrich_setup
    catalog = task.library.catalog
    missing = bool(task.arguments.get("missing"))
    told: list[dict[str, Any]] = []
    for number, enricher in enumerate(enrichers := setup.enrichers(catalog, threading.Event())):
        due = catalog.lookups.count_due(enricher.name, again=enricher.states_due(missing=missing))

        def report(
            done: int, number: int = number, due: int = due, name: str = enricher.name
        ) -> None:
            share = (number + done / max(due, done, 1)) / len(enrichers)
            task.report(int(99 * share), f"{name}: {done:,} of {max(due, done):,} tracks")

        with closing(enricher):
            report(0)
            outcome = enricher.run(missing=missing, progress=lambda so_far: report(so_far.done))
        told.append(
            {
                "name": enricher.name,
                "found": outcome.found,
                "none": outcome.missing,
                "failed": outcome.failed,
                "trouble": outcome.trouble,
            }
        )
    return {"providers": told}


KIND = Kind("enrich", enrich, BULK)
