"""Exception handlers: every failed request gets the one error body."""

from __future__ import annotations

import math
from contextlib import suppress

from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.routing import Match, Route

from wavvy.errors import WavvyError
from wavvy.service.errors import answer_for, error_body, error_content
from wavvy.service.routes import ROUTERS
from wavvy.service.routes.page import deep_link, page
from wavvy.service.validation import one_line


def install(app: FastAPI) -> None:
    """Register the handlers on `app`."""

    @app.exception_handler(WavvyError)
    async def wavvy_error(connection: HTTPConnection, error: WavvyError) -> Response | None:
        if isinstance(connection, WebSocket):
            await refuse_socket(connection, error)
            return None
        return error_response(error.code, str(error), getattr(error, "retry_after_ms", None))

    @app.exception_handler(RequestValidationError)
    async def validation_error(_request: Request, error: RequestValidationError) -> Response:
        return error_response("invalid_request", one_line(error.errors()))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        path = request.url.path
        if error.status_code == 404 and deep_link(request):
            return await page()
        if error.status_code == 404:
            response = error_response("not_found", f"there is nothing at {path}: see /docs")
        elif error.status_code == 405:
            message = f"{request.method} is not allowed at {path}: see /docs"
            response = error_response("method_not_allowed", message)
            response.headers["Allow"] = ", ".join(sorted(_methods(request)))
            return response
        elif error.status_code == 413:
            response = error_response("too_large", str(error.detail))
        else:
            response = error_response("invalid_request", str(error.detail))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(ClientDisconnect)
    async def client_gone(_request: Request, _error: ClientDisconnect) -> Response:
        return error_response("invalid_request", "the request ended early")  # nobody reads it


def _methods(request: Request) -> set[str]:
    """Return what an address can be asked with; the framework looks at its first route only."""
    # The application has whole routers among its routes, which tell no methods.
    ours = [route for router, _ in ROUTERS for route in router.routes]
    routes = [route for route in (*ours, *request.app.routes) if isinstance(route, Route)]
    for first in routes:
        if first.matches(request.scope)[0] is not Match.NONE:
            return set().union(
                *(route.methods or () for route in routes if route.path == first.path)
            )
    return set()


async def refuse_socket(socket: WebSocket, error: WavvyError) -> None:
    """Open a WebSocket only to say why it is closed: a browser shows no other answer to a page."""
    with suppress(WebSocketDisconnect):
        await socket.accept()
        retry_after_ms = getattr(error, "retry_after_ms", None)
        content = error_content(error.code, str(error), retry_after_ms)
        await socket.send_json({"type": "error", "error": content})
        await socket.close(answer_for(error.code).close)


def error_response(code: str, message: str, retry_after_ms: int | None = None) -> JSONResponse:
    """Return the answer for `code`, with ``Retry-After`` where trying again makes sense."""
    answer = answer_for(code)
    body = error_body(code, message, retry_after_ms)
    headers = {}
    if (retry := body["error"]["retry_after_ms"]) is not None:
        headers["Retry-After"] = str(math.ceil(retry / 1000))
    if code == "unauthorized":
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status_code=answer.status, headers=headers)
