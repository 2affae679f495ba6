"""``/v1/jobs/{id}/events``: a job as it goes on, by WebSocket or as server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from wavvy.catalog.database import MAX_ID
from wavvy.errors import InvalidRequest, WavvyError
from wavvy.service import following
from wavvy.service.errors import INTERNAL_MESSAGE, answer_for, error_body, error_content
from wavvy.service.events import Event, EventId, parse_id
from wavvy.service.job_schemas import JobEvent
from wavvy.service.openapi import errors
from wavvy.service.parameters import RowId
from wavvy.service.state import Current, Service

router = APIRouter(prefix="/v1/jobs", tags=["Jobs"])

log = logging.getLogger(__name__)

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # a proxy must not collect it
_EXAMPLE: dict[str, Any] = (JobEvent.model_config["json_schema_extra"])["examples"][0]  # type: ignore[index, assignment]

LastEventId = Annotated[
    str | None,
    Query(
        max_length=40,
        description="`id` of the last event you got: only later ones are sent.",
        examples=["1769860800000-0"],
    ),
]


@router.websocket("/{job_id}/events")
async def socket_events(
    socket: WebSocket, service: Current, job_id: str, last_event_id: str | None = None
) -> None:
    """Send the events of a job as messages until it has ended, then close with 1000."""
    await socket.accept()
    sending = asyncio.create_task(_send(socket, service, job_id, last_event_id))
    leaving = asyncio.create_task(_until_gone(socket))
    try:
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect):
                await task


async def _until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass  # nothing that a client says has a meaning here


async def _send(socket: WebSocket, service: Service, job_id: str, last: str | None) -> None:
    try:
        found = _follow(service, _row_id(job_id), parse_id(last) if last else None)
        async with aclosing(found):
            async for event in found:
                await socket.send_text('{"type":"alive"}' if event is None else _text(event))
        await socket.close(1000)
    except WebSocketDisconnect:
        return
    except WavvyError as error:
        await _end(socket, error.code, str(error))
    except Exception:
        log.exception("following job %s failed", job_id)
        await _end(socket, "internal", INTERNAL_MESSAGE)


async def _end(socket: WebSocket, code: str, message: str) -> None:
    with suppress(WebSocketDisconnect):
        await socket.send_json({"type": "error", "error": error_content(code, message)})
        await socket.close(answer_for(code).close)


@router.get(
    "/{job_id}/events",
    summary="Follow a job",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events. The data of each is like this:",
            "model": JobEvent,
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": f"id: {_EXAMPLE['id']}\ndata: {json.dumps(_EXAMPLE)}\n\n",
                }
            },
        },
        204: {"description": "The job has ended, and you have seen how: do not connect again."},
        **errors("not_found", "invalid_request", "busy", "store_unavailable"),
    },
)
async def events(
    job_id: RowId,
    service: Current,
    last_event_id: LastEventId = None,
    last_event_header: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            max_length=40,
            description="The same, as browsers send it when they connect again.",
            examples=["1769860800000-0"],
        ),
    ] = None,
) -> Response:
    """Send the job as it is now and whenever it has come further, until it has ended.

    Each event is the whole job. The same address is a WebSocket: its messages are the data of
    these events, `{"type": "alive"}` where nothing happens for long, and one `error` before it is
    closed for another reason than the end of the job. Whoever was cut off goes on with
    `last_event_id`, on any server of this library.
    """
    last = last_event_header or last_event_id
    found = _follow(service, job_id, parse_id(last) if last else None)
    try:
        first = await anext(found)  # what is wrong is said before the stream begins
    except StopAsyncIteration:
        return Response(status_code=204)

    async def stream() -> AsyncIterator[str]:
        try:
            yield _lines(first)
            async with aclosing(found):
                async for event in found:
                    yield _lines(event)
        except WavvyError as error:
            yield f"event: error\ndata: {json.dumps(error_body(error.code, str(error)))}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers=_HEADERS)


async def _follow(
    service: Service, job_id: int, last: EventId | None
) -> AsyncGenerator[Event | None]:
    found = following.follow(
        job_id, last, store=service.library.catalog.jobs, log=service.events, hub=service.hub
    )
    with service.followers.take():
        async with aclosing(found):
            async for event in found:
                yield event


def _row_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) <= MAX_ID):
        raise InvalidRequest(f"{text[:40]!r} is no id of a job: it is a number")
    return int(text)


def _text(event: Event) -> str:
    return f'{{"type":"job","id":"{event.name}","job":{event.text}}}'


def _lines(event: Event | None) -> str:
    if event is None:
        return ": alive\n\n"
    return f"id: {event.name}\ndata: {_text(event)}\n\n"
