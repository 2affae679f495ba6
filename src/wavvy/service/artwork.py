"""Cover pictures: where they are and how they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Response

if TYPE_CHECKING:
    from wavvy.catalog.track import Artwork

# Tags come from anybody's files: only what a browser shows as a mere picture keeps its type.
PICTURE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp")


def artwork_url(track_id: int) -> str:
    """Return the address of a track's cover on this server."""
    return f"/v1/tracks/{track_id}/artwork"


def picture_response(picture: Artwork) -> Response:
    """Return `picture` as a response that browsers may cache for a day."""
    known = picture.mime in PICTURE_TYPES
    return Response(
        picture.data,
        media_type=picture.mime if known else "application/octet-stream",
        headers={
            "Cache-Control": "public, max-age=86400",
            "X-Content-Type-Options": "nosniff",
        },
    )
