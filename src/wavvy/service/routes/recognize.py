"""``POST /v1/recognize``: names the track of a clip."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from wavvy.service.clips import Options
from wavvy.service.job_schemas import JobAnswer
from wavvy.service.openapi import errors, upload_body
from wavvy.service.schemas import RecognitionOut
from wavvy.service.state import Current

router = APIRouter(prefix="/v1", tags=["Recognition"])


@router.post(
    "/recognize",
    summary="Recognise a clip",
    response_model=RecognitionOut,
    response_model_exclude_unset=True,
    responses={
        202: {"model": JobAnswer, "description": "Asked with `async=true`: a job."},
        **errors(
            "too_large",
            "unsupported_media",
            "invalid_request",
            "no_audio",
            "corrupt_media",
            "invalid_audio",
            "busy",
            "queue_unavailable",
            "store_unavailable",
            "disk_full",
        ),
    },
    openapi_extra=upload_body(allow_raw=True),
)
async def recognize(
    request: Request,
    service: Current,
    explain: Annotated[
        bool,
        Query(
            description="Whether to tell why, or why not. Then silence, and a clip too short to "
            "judge, are not refused but explained.",
            examples=[True],
        ),
    ] = False,
    limit: Annotated[
        int, Query(ge=1, le=100, description="Most results to return.", examples=[5])
    ] = 100,
    min_score: Annotated[
        float | None,
        Query(
            ge=0,
            le=1,
            description="Accept from this score on, instead of the calibrated threshold; 0 tells "
            "the best guesses.",
            examples=[0.5],
        ),
    ] = None,
    remember: Annotated[
        bool,
        Query(
            description="Whether the history keeps it: say no when you ask again about a clip.",
            examples=[False],
        ),
    ] = True,
    in_background: Annotated[
        bool,
        Query(
            alias="async",
            description="Whether to answer 202 with a job, whose result will be the answer.",
            examples=[False],
        ),
    ] = False,
) -> Any:
    """Send a few seconds of audio as a form's `file` or as the body itself.

    Accepted matches come best first; nothing recognised is `"results": []`, not an error. Of a
    long clip the first `WAVVY_MAX_CLIP_SECONDS` are analysed, as `query.duration_ms` tells.
    """
    options = Options(service.settings.max_clip_seconds, limit, min_score, explain, remember)
    with service.requests.take():
        if not in_background:
            with await service.uploads.receive(request, allow_raw=True) as upload:
                found = await service.off_loop(
                    service.clips.identify, upload.path, upload.name, options
                )
            return found.to_dict()
        await to_thread.run_sync(service.jobs.check)
        upload = await service.uploads.receive(request, allow_raw=True)
        job = await service.submit("recognize", upload, {"options": asdict(options)})
    return JSONResponse(
        JobAnswer.of(job).model_dump(mode="json", exclude_unset=True),
        status_code=202,
        headers={"Location": f"/v1/jobs/{job.id}"},
    )
