"""What holds for every request: its id, its line in the log, the headers of its answer."""

from __future__ import annotations

import logging
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wavvy.recognition import new_query_id
from wavvy.service.auth import hide_key
from wavvy.service.errors import INTERNAL_MESSAGE
from wavvy.service.handlers import error_response
from wavvy.service.limits import HEADERS
from wavvy.service.logs import REQUEST_ID

log = logging.getLogger("wavvy.access")
_failures = logging.getLogger(__name__)

ID_HEADER = "X-Request-ID"

_GIVEN_ID = re.compile(r"[\w.:+/=-]{1,100}", re.ASCII)

_POLICY = (
    "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY.format(scripts=""),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), display-capture=(self), camera=(), geolocation=()",
}
_DOCS_POLICY = _POLICY.format(scripts=" 'unsafe-inline'")  # it begins with a script of its own


class Requests:
    """The outermost ASGI middleware.

    A client may name its request with ``X-Request-ID``; otherwise it gets a name. It comes back
    with the answer and stands in every line of the log that the request causes. What no one else
    has caught is logged here and answered as an internal error.

    Parameters
    ----------
    app : ASGIApp
        All the rest.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request from its beginning to its line in the log."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        hide_key(scope)
        given = Headers(scope=scope).get(ID_HEADER, "")
        request_id = given if _GIVEN_ID.fullmatch(given) else new_query_id()
        remembered = REQUEST_ID.set(request_id)
        began = time.perf_counter()
        code = 0

        async def send_on(message: Message) -> None:
            nonlocal code
            kind = message["type"]
            if kind in ("http.response.start", "websocket.http.response.start"):
                code = message["status"]
                _complete(message, scope["path"], request_id, scope.get(HEADERS, {}))
            elif kind == "websocket.accept":
                MutableHeaders(scope=message)[ID_HEADER] = request_id
            elif kind == "websocket.close":
                code = message.get("code", 1000)
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception:
            _failures.exception("%s failed", _address(scope))
            if scope["type"] == "http" and not code:
                await error_response("internal", INTERNAL_MESSAGE)(scope, receive, send_on)
        finally:
            took_ms = round(1000 * (time.perf_counter() - began))
            client = (scope.get("client") or ("-",))[0]
            log.info("%s %s %d in %d ms", client, _address(scope), code, took_ms)
            REQUEST_ID.reset(remembered)


def _complete(message: Message, path: str, request_id: str, more: dict[str, str]) -> None:
    headers = MutableHeaders(scope=message)
    headers[ID_HEADER] = request_id
    for name, value in (_HEADERS | more).items():
        headers.setdefault(name, value)
    if path == "/docs":
        headers["Content-Security-Policy"] = _DOCS_POLICY


def _address(scope: Scope) -> str:
    method = scope.get("method", "WS")
    query = scope["query_string"].decode("latin-1")
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    return f"{method} {path}?{query}" if query else f"{method} {path}"
