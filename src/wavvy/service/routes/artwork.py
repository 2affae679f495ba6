"""``GET /v1/tracks/{id}/artwork``: a track's cover."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from wavvy.service.covers import SIZES
from wavvy.service.openapi import errors
from wavvy.service.parameters import RowId
from wavvy.service.state import Current

router = APIRouter(prefix="/v1/tracks", tags=["Tracks"])

_PICTURE: dict[str, Any] = {
    "description": "The picture.",
    "content": {
        f"image/{kind}": {"schema": {"type": "string", "format": "binary"}}
        for kind in ("jpeg", "png", "gif", "webp")
    },
}


@router.get(
    "/{track_id}/artwork",
    summary="Get a track's cover",
    response_class=Response,
    responses={
        200: _PICTURE,
        304: {"description": "It is as it was when `If-None-Match` was given as its `ETag`."},
        **errors("not_found", "invalid_request", "store_unavailable", "internal"),
    },
)
def artwork(
    track_id: RowId,
    service: Current,
    size: Annotated[
        int | None,
        Query(
            ge=1,
            le=4096,
            description="Pixels of the longer side: the next larger of "
            f"{', '.join(map(str, SIZES))} is sent, but never more than there are. "
            "Left out: the picture as it was found.",
            examples=[256],
        ),
    ] = None,
    if_none_match: Annotated[
        str | None,
        Header(
            max_length=2000,
            description="The `ETag` of the picture you have.",
            examples=['"ba7816bf8f01cfea414140de5dae2223-256"'],
        ),
    ] = None,
) -> Response:
    """Get the cover that was in the track's file, beside it, or found by a provider."""
    key = service.covers.key(track_id, size)
    # A cover may change when the file is tagged anew; asking whether it has costs little.
    headers = {
        "Cache-Control": "private, max-age=3600",
        "ETag": key.etag,
        "X-Content-Type-Options": "nosniff",
    }
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if known & {key.etag, "*"}:
        return Response(status_code=304, headers=headers)
    picture = service.covers.picture(track_id, key)
    return Response(picture.data, media_type=picture.mime, headers=headers)
