"""The conversations over WebSockets: listening, and following a job."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK

from wavvy.client.errors import ApiError, Unreachable
from wavvy.service.job_schemas import JobEvent
from wavvy.service.schemas import MatchOut


class Guess(BaseModel):
    """The leading candidate, not yet an answer."""

    title: str
    score: float


class Progress(BaseModel):
    """Nothing is sure yet."""

    type: Literal["progress"]
    elapsed_ms: int
    landmarks: list[tuple[int, int]]
    best: Guess | None


class Match(BaseModel):
    """A track was recognised; nothing follows."""

    type: Literal["match"]
    elapsed_ms: int
    result: MatchOut


class NoMatch(BaseModel):
    """It has ended and nothing was recognised."""

    type: Literal["no_match"]
    elapsed_ms: int


ListenEvent = Progress | Match | NoMatch

_EVENTS: TypeAdapter[ListenEvent] = TypeAdapter(
    Annotated[Progress | Match | NoMatch, Field(discriminator="type")]
)


def socket_url(base_url: str, path: str) -> str:
    """Return the address of a WebSocket of a server."""
    return base_url.rstrip("/").replace("http", "ws", 1) + path


def start(sample_rate: int, sample_format: str, channels: int) -> str:
    """Return the first message of a stream."""
    return json.dumps(
        {
            "type": "start",
            "sample_rate": sample_rate,
            "format": sample_format,
            "channels": channels,
        }
    )


STOP = '{"type":"stop"}'


def heard(message: str | bytes) -> ListenEvent:
    """Return what the server says; its errors are raised."""
    content = _content(message)
    try:
        return _EVENTS.validate_python(content)
    except ValidationError:
        raise Unreachable(f"the server says {content.get('type')!r}: is it newer?") from None


def followed(message: str | bytes) -> JobEvent | None:
    """Return what a message tells of a job; None if it only says that the server is alive."""
    content = _content(message)
    return None if content.get("type") == "alive" else JobEvent.model_validate(content)


def closed(error: ConnectionClosed) -> Unreachable | None:
    """Return what a closed connection means: None is that all was said."""
    if isinstance(error, ConnectionClosedOK):
        return None
    return Unreachable("the connection was lost before all was said")


def _content(message: str | bytes) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(message)
    if content.get("type") == "error":
        raise ApiError(content["error"])
    return content
