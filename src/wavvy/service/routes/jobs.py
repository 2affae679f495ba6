"""``/v1/jobs``: what goes on in the background."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from wavvy.catalog.file_outcomes import FileStatus
from wavvy.catalog.job import JobState
from wavvy.service.job_schemas import FileOut, FilePage, JobAnswer, JobOut, JobPage
from wavvy.service.openapi import errors
from wavvy.service.parameters import MAX_ID, RowId
from wavvy.service.state import Current

router = APIRouter(prefix="/v1", tags=["Jobs"])


@router.get(
    "/jobs",
    summary="List jobs",
    response_model_exclude_unset=True,
    responses=errors("invalid_request", "store_unavailable"),
)
def list_jobs(
    service: Current,
    state: Annotated[
        JobState | None, Query(description="Only jobs in this state.", examples=["failed"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Jobs a page.", examples=[50])] = 50,
    before: Annotated[
        int, Query(ge=1, le=MAX_ID, description="`next` of the page before.", examples=[42])
    ] = MAX_ID,
) -> JobPage:
    """List jobs page by page, the newest first."""
    # One more than asked for tells whether there is another page.
    found = service.library.catalog.jobs.listed(state=state, limit=limit + 1, before_id=before)
    return JobPage(
        status="ok",
        jobs=[JobOut.of(job) for job in found[:limit]],
        next=found[limit - 1].id if len(found) > limit else None,
    )


@router.get(
    "/jobs/{job_id}",
    summary="Look at a job",
    response_model_exclude_unset=True,
    responses=errors("not_found", "invalid_request", "store_unavailable"),
)
def job(job_id: RowId, service: Current) -> JobAnswer:
    """Tell how far a job is, and its result or error once it has ended."""
    return JobAnswer.of(service.library.catalog.jobs.get(job_id))


@router.get(
    "/jobs/{job_id}/files",
    summary="List a job's files",
    responses=errors("not_found", "invalid_request", "store_unavailable"),
)
def files(
    job_id: RowId,
    service: Current,
    status: Annotated[
        FileStatus | None, Query(description="Only files of which this came.", examples=["failed"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Files a page.", examples=[50])] = 50,
    after: Annotated[
        int, Query(ge=0, le=MAX_ID, description="`next` of the page before.", examples=[42])
    ] = 0,
) -> FilePage:
    """Tell what came of each file of a folder, so far while the job is running.

    Other jobs than imports of folders have no files.
    """
    catalog = service.library.catalog
    catalog.jobs.get(job_id)
    # One more than asked for tells whether there is another page.
    found = catalog.file_outcomes.listed(job_id, status=status, limit=limit + 1, after=after)
    return FilePage(
        status="ok",
        files=[FileOut.of(outcome) for _, outcome in found[:limit]],
        next=found[limit - 1][0] if len(found) > limit else None,
    )


@router.delete(
    "/jobs/{job_id}",
    summary="Cancel a job",
    response_model_exclude_unset=True,
    responses=errors("not_found", "invalid_request", "store_busy", "store_unavailable"),
)
def cancel(job_id: RowId, service: Current) -> JobAnswer:
    """Cancel a job: at once while it is queued; one that is running ends at its next step.

    It then is `cancelled`, and what was done by then stays done. It may also end before it
    notices. A job that has ended stays as it is.
    """
    return JobAnswer.of(service.jobs.cancel(job_id))


@router.post(
    "/jobs/{job_id}/retry",
    summary="Try a failed job again",
    status_code=202,
    response_model_exclude_unset=True,
    responses=errors(
        "not_found",
        "invalid_request",
        "queue_unavailable",
        "store_busy",
        "store_unavailable",
    ),
)
def retry(job_id: RowId, service: Current) -> JobAnswer:
    """Queue a failed job again, as if it were new.

    The uploads of jobs that failed for no fault of the file are kept for a day.
    """
    return JobAnswer.of(service.jobs.retry(job_id))


@router.post(
    "/index/rebuild",
    summary="Make the index anew",
    status_code=202,
    response_model_exclude_unset=True,
    responses=errors("busy", "queue_unavailable", "store_busy", "store_unavailable", "disk_full"),
)
def rebuild(response: Response, service: Current) -> JobAnswer:
    """Make the index anew from the catalogue, in the background; the old one answers until then."""
    made = service.jobs.submit("rebuild", "the index", {})
    response.headers["Location"] = f"/v1/jobs/{made.id}"
    return JobAnswer.of(made)
