"""``WS /v1/listen``: recognise while listening."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, WebSocket
from fastapi.responses import JSONResponse

from wavvy.service import live
from wavvy.service.errors import error_body
from wavvy.service.schemas import MATCH_EXAMPLE, ErrorBody
from wavvy.service.state import Current

router = APIRouter(prefix="/v1", tags=["Recognition"])

_UPGRADE = "this address speaks WebSocket: open it with a WebSocket client"
_CONVERSATION: dict[str, Any] = {
    "client: start": {"type": "start", "sample_rate": 48000, "format": "s16le", "channels": 1},
    "client: stop": {"type": "stop"},
    "server: progress": {
        "type": "progress",
        "elapsed_ms": 1250,
        "landmarks": [[1120, 440], [1160, 1312]],
        "best": {"title": "Harbour Lights", "score": 0.41},
    },
    "server: match": {"type": "match", "elapsed_ms": 2100, "result": MATCH_EXAMPLE},
    "server: no match": {"type": "no_match", "elapsed_ms": 60000},
    "server: error": {
        "type": "error",
        "error": {
            "code": "invalid_audio",
            "message": "a message of 1023 bytes does not hold whole frames of 2 bytes "
            "(1 x s16le): send whole frames",
            "retry_after_ms": None,
        },
    },
}


@router.websocket("/listen")
async def listen(socket: WebSocket, service: Current) -> None:
    """Hold the conversation that :mod:`wavvy.service.live` describes."""
    await live.hold(socket, service)


@router.get(
    "/listen",
    summary="Recognise while listening (WebSocket)",
    status_code=426,
    responses={
        101: {
            "description": "The WebSocket is open. Messages, as JSON text except the PCM itself:",
            "content": {
                "application/json": {
                    "examples": {
                        name: {"summary": name, "value": message}
                        for name, message in _CONVERSATION.items()
                    }
                }
            },
        },
        426: {
            "model": ErrorBody,
            "description": "Asked without a WebSocket.",
            "content": {"application/json": {"example": error_body("invalid_request", _UPGRADE)}},
        },
    },
)
async def upgrade() -> JSONResponse:
    """Open this address as a WebSocket and hold this conversation.

    1. Send `start` with the shape of your PCM: `format` is `s16le` or `f32le`, `sample_rate`
       8000 to 192000, `channels` 1 to 8, interleaved.
    2. Send PCM as binary messages of whole frames, at most 1 MiB each; tenths of a second are
       good.
    3. Send `stop` when there is no more.

    The server sends `progress` at most four times a second, and `match` as soon as the evidence
    suffices, or `no_match` at the end; then it closes with 1000. After `WAVVY_MAX_CLIP_SECONDS` of
    audio the stream ends as if you had sent `stop`. PCM may come faster than real time: it is read
    as fast as it is analysed. What makes no sense is answered by one `error` and a close code
    from 1003 to 1013.
    """
    return JSONResponse(
        error_body("invalid_request", _UPGRADE),
        status_code=426,
        headers={"Upgrade": "websocket", "Connection": "Upgrade"},
    )
