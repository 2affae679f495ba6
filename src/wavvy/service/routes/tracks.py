"""``/v1/tracks``: the library's tracks."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from wavvy.errors import NotFound
from wavvy.service.openapi import errors, upload_body
from wavvy.service.parameters import MAX_ID, RowId
from wavvy.service.schemas import JobAnswer, JobOut, TrackAnswer, TrackOut, TrackPage
from wavvy.service.state import Current

router = APIRouter(prefix="/v1/tracks", tags=["Tracks"])

_PICTURE: dict[str, Any] = {
    "description": "The picture as it was in the file.",
    "content": {
        f"image/{kind}": {"schema": {"type": "string", "format": "binary"}}
        for kind in ("jpeg", "png", "gif", "webp")
    },
}


@router.post(
    "",
    summary="Upload a track",
    status_code=202,
    responses=errors(
        "too_large",
        "unsupported_media",
        "invalid_request",
        "no_audio",
        "busy",
        "store_busy",
        "disk_full",
        "store_unavailable",
        "internal",
    ),
    openapi_extra=upload_body(allow_raw=False),
)
async def upload_track(request: Request, response: Response, service: Current) -> JobAnswer:
    """Send an audio file as a form's `file`; it is added in the background.

    The answer names the job, and its address is in the `Location` header. The library keeps the
    fingerprint and the tags, not the file.
    """
    with service.requests.take():
        upload = await service.uploads.receive(request, allow_raw=False)
        try:
            job = await to_thread.run_sync(service.jobs.submit, "ingest", upload)
        except BaseException:
            upload.discard()
            raise
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobAnswer(job=JobOut.of(job))


@router.get(
    "", summary="List tracks", responses=errors("invalid_request", "store_unavailable", "internal")
)
def list_tracks(
    service: Current,
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Part of a title, artist or album; case and accents do not matter.",
            examples=["harbour"],
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Tracks a page.", examples=[50])] = 50,
    after: Annotated[
        int, Query(ge=0, le=MAX_ID, description="`next` of the page before.", examples=[0])
    ] = 0,
) -> TrackPage:
    """List tracks page by page, in the order they were added."""
    found = service.library.tracks(q, limit=limit + 1, after_id=after)
    page = found[:limit]
    return TrackPage(
        tracks=[TrackOut.of(track) for track in page],
        next=page[-1].id if len(found) > limit else None,
    )


@router.get(
    "/{track_id}",
    summary="Look at a track",
    responses=errors("not_found", "invalid_request", "store_unavailable", "internal"),
)
def track(track_id: RowId, service: Current) -> TrackAnswer:
    """Tell what is known about a track."""
    return TrackAnswer(track=TrackOut.of(service.library.track(track_id)))


@router.delete(
    "/{track_id}",
    summary="Remove a track",
    status_code=204,
    responses=errors("not_found", "invalid_request", "store_busy", "store_unavailable", "internal"),
)
def remove_track(track_id: RowId, service: Current) -> None:
    """Remove a track: it is not recognised any more, and its id is never used again."""
    service.library.remove(track_id)


@router.get(
    "/{track_id}/artwork",
    summary="Get a track's cover",
    response_class=Response,
    responses={
        200: _PICTURE,
        **errors("not_found", "invalid_request", "store_unavailable", "internal"),
    },
)
def artwork(track_id: RowId, service: Current) -> Response:
    """Get the cover picture that was embedded in the track's file."""
    picture = service.library.catalog.artwork(track_id)
    if picture is None:
        raise NotFound(f"no cover picture for track {track_id}")
    return Response(
        picture.data,
        media_type=picture.mime,
        headers={"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"},
    )
