"""``/v1/duplicates``: tracks that are the same recording."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from wavvy.duplicates.finder import METHOD
from wavvy.service.duplicate_schemas import DuplicateGroupOut, DuplicatePage
from wavvy.service.job_schemas import JobAnswer
from wavvy.service.openapi import errors
from wavvy.service.parameters import MAX_ID
from wavvy.service.state import Current
from wavvy.service.work import dedupe

router = APIRouter(prefix="/v1/duplicates", tags=["Tracks"])

GroupId = Annotated[
    str,
    Path(
        pattern=r"^[1-9]\d{0,18}(-[1-9]\d{0,18}){1,99}$",
        description="Ids of two or more tracks, joined by hyphens, such as the `id` of a group.",
        examples=["42-77"],
    ),
]


@router.get("", summary="List duplicates", responses=errors("invalid_request", "store_unavailable"))
def list_duplicates(
    service: Current,
    limit: Annotated[int, Query(ge=1, le=200, description="Groups a page.", examples=[50])] = 50,
    after: Annotated[
        int, Query(ge=0, le=MAX_ID, description="`next` of the page before.", examples=[42])
    ] = 0,
) -> DuplicatePage:
    """List tracks that are the same recording, group by group.

    The files may differ in encoding and bit rate, in volume, and by some seconds at their ends.
    `POST /v1/duplicates` looks for them. To clear a group up, remove the tracks that are not to
    stay.
    """
    store = service.library.catalog.duplicates
    page, state = store.groups(limit=limit, after=after), store.state(METHOD)
    running = service.library.catalog.jobs.open_of(dedupe.KIND.name)
    return DuplicatePage(
        groups=[DuplicateGroupOut.of(group) for group in page.groups],
        total=page.total,
        next=page.groups[-1].track_ids[0] if page.more else None,
        scanned_at=state.scanned_at,
        waiting=state.waiting,
        job_id=None if running is None else running.id,
    )


@router.post(
    "",
    summary="Look for duplicates",
    status_code=202,
    response_model_exclude_unset=True,
    responses=errors("busy", "queue_unavailable", "store_busy", "store_unavailable", "disk_full"),
)
def find_duplicates(response: Response, service: Current) -> JobAnswer:
    """Compare the tracks that were added since the last time with all others, in the background.

    If that is being done already, the answer names the job that does it.
    """
    running = service.library.catalog.jobs.open_of(dedupe.KIND.name)
    job = running or service.jobs.submit(dedupe.KIND.name, "new tracks", {})
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobAnswer.of(job)


@router.delete(
    "/{group_id}",
    summary="Say that tracks are no duplicates",
    status_code=204,
    responses=errors(
        "not_found", "invalid_request", "store_busy", "store_unavailable", "disk_full"
    ),
)
def not_duplicates(group_id: GroupId, service: Current) -> None:
    """Say that no two of some tracks are the same recording: no list shows them together again.

    That stays said when their tracks are removed and added again. The tracks themselves stay.
    """
    service.library.catalog.duplicates.set_apart([int(part) for part in group_id.split("-")])
