from __future__ import annotations

from datetime import UTC, datetime, timedelta

from wavvy.catalog.file_outcomes import FileOutcome
from wavvy.catalog.job import Claim
from wavvy.catalog.repository import Catalog

ADDED = FileOutcome("/music/a.ogg", "added", 1)
KNOWN = FileOutcome("/music/b.ogg", "known", 1)
BROKEN = FileOutcome("/music/c\udcff.ogg", "failed", None, "corrupt_media", "it is\x00 broken")


def claimed(catalog: Catalog) -> Claim:
    claim = catalog.jobs.claim(catalog.jobs.create("import", "/music").id)
    assert claim is not None
    return claim


def test_files_are_listed_in_the_order_in_which_they_were_done(catalog: Catalog) -> None:
    claim, elsewhere = claimed(catalog), claimed(catalog)
    job = claim.job
    files = catalog.file_outcomes
    files.write(claim, [ADDED, BROKEN])
    files.write(elsewhere, [ADDED])
    files.write(claim, [KNOWN])
    files.write(claim, [])
    broken = BROKEN._replace(message="it is broken")
    assert files.listed(job.id) == [(1, ADDED), (2, broken), (3, KNOWN)]
    assert files.listed(job.id, limit=1, after=1) == [(2, broken)]
    assert files.listed(job.id, status="failed") == [(2, broken)]
    assert files.listed(job.id, after=2**70) == []
    assert list(files.all_of(job.id, "known")) == [(3, KNOWN)]
    assert files.counts(job.id) == {"added": 1, "known": 1, "failed": 1}


def test_failed_files_are_tried_anew_and_the_others_are_not(catalog: Catalog) -> None:
    claim = claimed(catalog)
    job = claim.job
    files = catalog.file_outcomes
    files.write(claim, [ADDED, BROKEN, KNOWN])
    assert files.begin_anew(claim) == {ADDED.file, KNOWN.file}
    files.write(claim, [BROKEN._replace(status="added", code=None, message=None)])
    assert files.counts(job.id) == {"added": 2, "known": 1}
    assert [number for number, _ in files.listed(job.id)] == [1, 3, 4]


def test_they_are_forgotten_with_their_job(catalog: Catalog) -> None:
    claim = claimed(catalog)
    job = claim.job
    catalog.file_outcomes.write(claim, [ADDED])
    catalog.jobs.finish(claim, "done")
    catalog.jobs.forget_ended(datetime.now(UTC) + timedelta(minutes=1))
    assert catalog.file_outcomes.counts(job.id) == {}


def test_whoever_comes_back_late_changes_nothing(catalog: Catalog) -> None:
    late = claimed(catalog)
    catalog.file_outcomes.write(late, [ADDED, BROKEN])
    catalog.jobs.hand_back(late)
    again = catalog.jobs.claim(late.job.id)
    assert again is not None
    assert catalog.file_outcomes.begin_anew(again) == {ADDED.file}
    catalog.file_outcomes.write(again, [BROKEN])
    catalog.file_outcomes.write(late, [KNOWN])
    assert catalog.file_outcomes.begin_anew(late) == {ADDED.file, BROKEN.file}
    assert catalog.file_outcomes.counts(late.job.id) == {"added": 1, "failed": 1}
