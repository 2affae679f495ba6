"""``/v1/jobs``: what became of an upload."""

from __future__ import annotations

from fastapi import APIRouter

from wavvy.service.openapi import errors
from wavvy.service.parameters import RowId
from wavvy.service.schemas import JobAnswer, JobOut
from wavvy.service.state import Current

router = APIRouter(prefix="/v1/jobs", tags=["Jobs"])


@router.get(
    "/{job_id}",
    summary="Look at a job",
    responses=errors("not_found", "invalid_request", "store_unavailable"),
)
def job(job_id: RowId, service: Current) -> JobAnswer:
    """Tell how far a job is, and its result or error once it has ended."""
    return JobAnswer(job=JobOut.of(service.library.catalog.job(job_id)))
