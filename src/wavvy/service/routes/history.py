"""``/v1/history``: what was recognised when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BeforeValidator

from wavvy.catalog.history import Source, Span
from wavvy.errors import InvalidRequest
from wavvy.history.export import Format, export, match_to_dict, to_dict
from wavvy.service.openapi import errors
from wavvy.service.parameters import MAX_ID, RowId
from wavvy.service.past import (
    ClearedAnswer,
    DayOut,
    DaysAnswer,
    HistoryPage,
    PastRecognition,
    TopAnswer,
    TopTrackOut,
)
from wavvy.service.state import Current

router = APIRouter(prefix="/v1/history", tags=["History"])

_MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
_READING = errors("invalid_request", "store_busy", "store_unavailable")


def _no_number(value: object) -> object:
    """Refuse what would be taken for seconds since 1970, which no one means here."""
    try:
        float(str(value))
    except ValueError:
        return value
    raise ValueError("say a date or a time, such as 2026-01-01T00:00:00Z")


Moment = Annotated[datetime, BeforeValidator(_no_number)]


def _span(
    begin: Annotated[
        Moment | None,
        Query(
            alias="from",
            description="Only what was heard then or later; UTC unless it names an offset.",
            examples=["2026-01-01T00:00:00Z"],
        ),
    ] = None,
    end: Annotated[
        Moment | None,
        Query(
            alias="to", description="Only what was heard before.", examples=["2026-02-01T00:00:00Z"]
        ),
    ] = None,
    track: Annotated[
        int | None,
        Query(ge=1, le=MAX_ID, description="Only recognitions of this track.", examples=[42]),
    ] = None,
    source: Annotated[
        Source | None, Query(description="Only what came this way.", examples=["live"])
    ] = None,
    matched: Annotated[
        bool | None,
        Query(description="Only what was recognised, or only what was not.", examples=[True]),
    ] = None,
) -> Span:
    return Span(_ms(begin), _ms(end), track, source, matched)


Part = Annotated[Span, Depends(_span)]


@router.get("", summary="List recognitions", responses=_READING)
def list_history(
    service: Current,
    span: Part,
    limit: Annotated[
        int, Query(ge=1, le=200, description="Recognitions a page.", examples=[50])
    ] = 50,
    after: Annotated[
        str | None,
        Query(
            max_length=40,
            description="`next` of the page before.",
            examples=["1769894045120-1207"],
        ),
    ] = None,
) -> HistoryPage:
    """List what was recognised, and what was not, the newest first.

    A track is called what it is called now; one that was removed, what it was called then.
    """
    history = service.library.catalog.history
    page, cursor = history.page(span, limit=limit, after=after)
    return HistoryPage(
        history=[PastRecognition.model_validate(to_dict(heard)) for heard in page],
        total=history.count(span),
        next=cursor,
    )


@router.get(
    "/export",
    summary="Export the history",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The whole history, or the part that was asked for.",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/json": {
                    "schema": {
                        "type": "array",
                        "items": {"$ref": "#/components/schemas/PastRecognition"},
                    },
                    "example": [],
                },
            },
        },
        **_READING,
    },
)
def export_history(
    service: Current,
    span: Part,
    form: Annotated[
        Format, Query(alias="format", description="What to make.", examples=["csv"])
    ] = "csv",
) -> StreamingResponse:
    """Get every recognition as a file, the newest first: CSV with a header, or a JSON array.

    In CSV a name that a spreadsheet would take for a formula has an apostrophe in front.
    """
    return StreamingResponse(
        export(service.library.catalog.history.export(span), form),
        media_type=_MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="wavvy-history.{form}"'},
    )


@router.get("/top", summary="List the most recognised tracks", responses=_READING)
def top_tracks(
    service: Current,
    span: Part,
    limit: Annotated[int, Query(ge=1, le=200, description="Most tracks.", examples=[10])] = 10,
) -> TopAnswer:
    """List which tracks were recognised most often, with how often and when last."""
    tops = service.library.catalog.history.top(span, limit=limit)
    return TopAnswer(
        tracks=[
            TopTrackOut.model_validate(
                match_to_dict(top.heard)
                | {"count": top.count, "last_heard_at": to_dict(top.heard)["heard_at"]}
            )
            for top in tops
        ]
    )


@router.get("/days", summary="Count recognitions by day", responses=_READING)
def count_days(
    service: Current,
    span: Part,
    tz: Annotated[
        str,
        Query(
            max_length=60,
            description="Time zone in which days begin at midnight.",
            examples=["Europe/Berlin"],
        ),
    ] = "UTC",
) -> DaysAnswer:
    """Count what was recognised, and what was not, for each day that has any."""
    days = service.library.catalog.history.days(span, _zone(tz))
    return DaysAnswer(
        days=[DayOut(day=day.day, matched=day.matched, unmatched=day.unmatched) for day in days]
    )


@router.delete(
    "/{heard_id}",
    summary="Delete a recognition",
    status_code=204,
    responses=errors("not_found", "invalid_request", "store_busy", "store_unavailable"),
)
def delete_recognition(heard_id: RowId, service: Current) -> None:
    """Delete one recognition from the history."""
    service.library.catalog.history.delete(heard_id)


@router.delete("", summary="Delete the whole history", responses=_READING)
def clear_history(service: Current) -> ClearedAnswer:
    """Delete every recognition; nothing of the library changes."""
    return ClearedAnswer(deleted=service.history.clear())


def _ms(at: datetime | None) -> int | None:
    if at is None:
        return None
    known = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return round(known.timestamp() * 1000)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidRequest(
            f"query.tz: {name!r} is no time zone: name one such as Europe/Berlin or UTC"
        ) from None
