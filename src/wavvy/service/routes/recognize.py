"""``POST /v1/recognize``: names the track of a clip."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray

from wavvy.dsp.params import DEFAULT
from wavvy.sandbox import CLIP, Sandbox
from wavvy.service.openapi import errors, upload_body
from wavvy.service.schemas import RecognitionOut
from wavvy.service.state import Current
from wavvy.service.uploads import Upload

if TYPE_CHECKING:
    from wavvy.history.recorder import History
    from wavvy.library import Recognition

router = APIRouter(prefix="/v1", tags=["Recognition"])


@router.post(
    "/recognize",
    summary="Recognise a clip",
    response_model=RecognitionOut,
    response_model_exclude_unset=True,
    responses=errors(
        "too_large",
        "unsupported_media",
        "invalid_request",
        "no_audio",
        "corrupt_media",
        "invalid_audio",
        "busy",
        "store_unavailable",
        "disk_full",
    ),
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
) -> dict[str, Any]:
    """Send a few seconds of audio as a form's `file` or as the body itself.

    Accepted matches come best first; nothing recognised is `"results": []`, not an error. Of a
    long clip the first `WAVVY_MAX_CLIP_SECONDS` are analysed, as `query.duration_ms` tells.
    """
    with service.requests.take():
        upload = await service.uploads.receive(request, allow_raw=True)
        with upload:
            return await service.off_loop(
                _identify,
                upload,
                service.settings.max_clip_seconds,
                service.library.sandbox,
                service.history if remember else None,
                partial(
                    service.library.identify, explain=explain, limit=limit, min_score=min_score
                ),
            )


def _identify(
    upload: Upload,
    max_seconds: int,
    sandbox: Sandbox,
    history: History | None,
    identify: Callable[..., Recognition],
) -> dict[str, Any]:
    recognition = identify(_decode(upload, max_seconds, sandbox), DEFAULT.sample_rate)
    if history is not None:
        history.take("upload", recognition.duration_ms, next(iter(recognition.results), None))
    return recognition.to_dict()


def _decode(upload: Upload, max_seconds: int, sandbox: Sandbox) -> NDArray[np.float32]:
    """Return the first `max_seconds` of a file, mono, shape (n,), at the rate of recognition."""
    with sandbox.decoder(
        upload.path,
        sample_rate=DEFAULT.sample_rate,
        name=upload.name,
        enough_seconds=max_seconds,
        patience=CLIP,
    ) as decoder:
        return np.concatenate(list(decoder))
