"""Request bodies: none is read into memory without bound, and none is left lying unread."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BYTES = 1_000_000
"""Largest body that is not streamed to disk."""

_DRAIN_SECONDS = 10


class Bodies:
    """ASGI middleware that bounds bodies.

    Routes that stream their body bound it themselves. Where a request is answered before its body
    was read, as when the server is busy, the rest is read and thrown away first: otherwise the
    connection would be reset while the client is still sending, and it would never see the answer.

    Parameters
    ----------
    app : ASGIApp
        What reads the bodies.
    streamed : collection of str
        Paths of routes that stream theirs.
    worth_draining : int
        Announced bodies that are larger are not waited for, in bytes.
    """

    def __init__(self, app: ASGIApp, streamed: Collection[str], worth_draining: int) -> None:
        self._app = app
        self._streamed = streamed
        self._worth_draining = worth_draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body bounded."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = _length(headers)
        limit = None if scope["path"] in self._streamed else MAX_BYTES
        received, unread = 0, announced > 0 or "transfer-encoding" in headers

        async def receive_bounded() -> Message:
            nonlocal received, unread
            if limit is not None and announced > limit:
                raise _too_large(limit)
            message = await receive()
            unread = unread and message.get("more_body", False)
            received += len(message.get("body", b""))
            if limit is not None and received > limit:
                raise _too_large(limit)
            return message

        async def send_after_body(message: Message) -> None:
            nonlocal unread
            # A client that asks first has sent nothing yet, and will not.
            waits = headers.get("expect", "").lower() == "100-continue" and not received
            if unread and not waits and announced <= self._worth_draining:
                unread = False
                await _drain(receive)
            await send(message)

        await self._app(scope, receive_bounded, send_after_body)


async def _drain(receive: Receive) -> None:
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while (await receive()).get("more_body", False):
                pass
    except TimeoutError:
        return


def _length(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _too_large(limit: int) -> HTTPException:
    # The framework lets only this kind of error through while it reads a body.
    return HTTPException(413, f"the body is larger than {limit // 1000} kB: send less")
