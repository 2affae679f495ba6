from __future__ import annotations

from datetime import UTC, datetime, timedelta

from wavvy.catalog.file_outcomes import FileOutcome
from wavvy.catalog.repository import Catalog

ADDED = FileOutcome("/music/a.ogg", "added", 1)
KNOWN = FileOutcome("/music/b.ogg", "known", 1)
BROKEN = FileOutcome("/music/c\udcff.ogg", "failed", None, "corrupt_media", "it is\x00 broken")


def test_files_are_listed_in_the_order_in_which_they_were_done(catalog: Catalog) -> None:
    job = catalog.jobs.create("import", "/music")
    other = catalog.jobs.create("import", "/elsewhere")
    files = catalog.file_outcomes
    files.write(job.id, [ADDED, BROKEN])
    files.write(other.id, [ADDED])
    files.write(job.id, [KNOWN])
    files.write(job.id, [])
    broken = BROKEN._replace(message="it is broken")
    assert files.listed(job.id) == [(1, ADDED), (2, broken), (3, KNOWN)]
    assert files.listed(job.id, limit=1, after=1) == [(2, broken)]
    assert files.listed(job.id, status="failed") == [(2, broken)]
    assert files.listed(job.id, after=2**70) == []
    assert list(files.all_of(job.id, "known")) == [(3, KNOWN)]
    assert files.counts(job.id) == {"added": 1, "known": 1, "failed": 1}


def test_failed_files_are_tried_anew_and_the_others_are_not(catalog: Catalog) -> None:
    job = catalog.jobs.create("import", "/music")
    files = catalog.file_outcomes
    files.write(job.id, [ADDED, BROKEN, KNOWN])
    assert files.begin_anew(job.id) == {ADDED.file, KNOWN.file}
    files.write(job.id, [BROKEN._replace(status="added", code=None, message=None)])
    assert files.counts(job.id) == {"added": 2, "known": 1}
    assert [number for number, _ in files.listed(job.id)] == [1, 3, 4]


def test_they_are_forgotten_with_their_job(catalog: Catalog) -> None:
    job = catalog.jobs.create("import", "/music")
    catalog.file_outcomes.write(job.id, [ADDED])
    catalog.jobs.cancel(job.id)
    catalog.jobs.forget_ended(datetime.now(UTC) + timedelta(minutes=1))
    assert catalog.file_outcomes.counts(job.id) == {}
