"""What can be done in the background: each kind of job is a function in a file of its own.

A kind is a `Kind` with a name and a function that takes a `Task`; adding one is writing its file
and naming it in `KINDS`. Any of them may be killed at any moment and begun anew by another process,
so doing it twice must come to the same as doing it once.
"""

from __future__ import annotations

from wavvy.service.work import dedupe, enrich, fetch, import_folder, ingest, rebuild, recognize
from wavvy.service.work.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        ingest.KIND,
        fetch.KIND,
        recognize.KIND,
        import_folder.KIND,
        rebuild.KIND,
        enrich.KIND,
        dedupe.KIND,
    )
}
"""Every kind of job, by its name."""
