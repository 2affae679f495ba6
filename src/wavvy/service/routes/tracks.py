"""``/v1/tracks``: the library's tracks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from wavvy.catalog.listing import Listing, TrackOrder
from wavvy.catalog.search.query import MAX_LENGTH
from wavvy.errors import NotFound
from wavvy.service import cursors
from wavvy.service.found import HighlightsOut, TrackPage
from wavvy.service.openapi import errors
from wavvy.service.parameters import MAX_ID, RowId
from wavvy.service.schemas import TrackAnswer, TrackOut, TrackPatch
from wavvy.service.state import Current

router = APIRouter(prefix="/v1/tracks", tags=["Tracks"])

_SOUND: dict[str, Any] = {"audio/*": {"schema": {"type": "string", "format": "binary"}}}
# Fixed, since what the system knows of these differs from machine to machine.
_MEDIA_TYPES = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".m4b": "audio/mp4",
    ".mp4": "audio/mp4",
    ".aac": "audio/aac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".webm": "audio/webm",
    ".wma": "audio/x-ms-wma",
    ".amr": "audio/amr",
}


@router.get("", summary="List tracks", responses=errors("invalid_request", "store_unavailable"))
def list_tracks(
    service: Current,
    q: Annotated[
        str | None,
        Query(
            max_length=MAX_LENGTH,
            description="Part of title, artist and album, as `/v1/search` understands it.",
            examples=["harbour lihgts"],
        ),
    ] = None,
    genre: Annotated[
        str | None,
        Query(max_length=500, description="A genre as `/v1/genres` spells it.", examples=["Folk"]),
    ] = None,
    from_year: Annotated[
        int | None,
        Query(ge=0, le=9999, description="Released in this year or later.", examples=[1990]),
    ] = None,
    to_year: Annotated[
        int | None,
        Query(ge=0, le=9998, description="Released in this year or before.", examples=[1999]),
    ] = None,
    sort: Annotated[
        TrackOrder | None,
        Query(
            description="What to sort by; tracks that lack it come last. By default the best match "
            "comes first where there is a `q`, else what was added first.",
            examples=["title"],
        ),
    ] = None,
    descending: Annotated[
        bool, Query(description="Whether the highest comes first.", examples=[False])
    ] = False,
    limit: Annotated[int, Query(ge=1, le=200, description="Tracks a page.", examples=[50])] = 50,
    offset: Annotated[
        int, Query(ge=0, le=MAX_ID, description="Tracks to leave out first.", examples=[0])
    ] = 0,
    after: Annotated[
        str | None,
        Query(
            max_length=30_000,
            pattern="^[A-Za-z0-9_-]+$",
            description="`next` of the page before.",
            examples=["42"],
        ),
    ] = None,
) -> TrackPage:
    """List tracks page by page, in the order they were added or any other."""
    listing = Listing(
        query=q,
        genre=genre,
        from_year=from_year,
        to_year=to_year,
        after=None if after is None else cursors.read(after),
        order=sort or ("relevance" if q and q.strip() else "added"),
        descending=descending,
        offset=offset,
        limit=limit,
    )
    catalog = service.library.catalog
    page = catalog.page(listing)
    found, more = page.found, bool(page.tracks) and offset + len(page.tracks) < page.total
    return TrackPage(
        tracks=[TrackOut.of(track) for track in page.tracks],
        total=page.total,
        next=cursors.write(catalog.cursor(listing, page)) if more else None,
        highlights=None
        if found is None
        else [HighlightsOut.of(found.highlighter.of(track)) for track in page.tracks],
    )


@router.get(
    "/{track_id}",
    summary="Look at a track",
    responses=errors("not_found", "invalid_request", "store_unavailable"),
)
def track(track_id: RowId, service: Current) -> TrackAnswer:
    """Tell what is known about a track."""
    return TrackAnswer(track=TrackOut.of(service.library.track(track_id)))


@router.patch(
    "/{track_id}",
    summary="Edit a track",
    responses=errors("not_found", "invalid_request", "store_busy", "disk_full"),
)
def edit_track(track_id: RowId, patch: TrackPatch, service: Current) -> TrackAnswer:
    """Change what a track is called; adding its file again does not change it back.

    What is left out stays as it is; `null` and an empty list take a value away.
    """
    track = service.library.edit(track_id, patch.changes())
    service.enrichment.wake()  # others may know it by its new name
    return TrackAnswer(track=TrackOut.of(track))


@router.delete(
    "/{track_id}",
    summary="Remove a track",
    status_code=204,
    responses=errors("not_found", "invalid_request", "store_busy", "store_unavailable"),
)
def remove_track(track_id: RowId, service: Current) -> None:
    """Remove a track: it is not recognised any more, and its id is never used again."""
    service.library.remove(track_id)


@router.get(
    "/{track_id}/audio",
    summary="Play a track",
    response_class=FileResponse,
    responses={
        200: {"description": "The file.", "content": _SOUND},
        206: {"description": "The bytes that `Range` asked for.", "content": _SOUND},
        **errors("not_found", "invalid_request"),
    },
)
def audio(track_id: RowId, service: Current) -> FileResponse:
    """Send the file that the track was added from, or a part of it where `Range` asks for one.

    Only a file that `wavvy add` took in, and that has not changed since, is sent. Tracks that were
    uploaded have none. `WAVVY_SERVE_AUDIO=false` switches this off.
    """
    if not service.settings.serve_audio:
        raise NotFound("this server does not play tracks: WAVVY_SERVE_AUDIO is off")
    path = service.library.audio_file(track_id)
    return FileResponse(
        path,
        media_type=_MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream"),
        filename=path.name,
        content_disposition_type="inline",
        headers={"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"},
    )
