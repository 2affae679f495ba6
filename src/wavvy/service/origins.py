"""Which web pages, and under which names, may use this server.

A browser lets any page send requests to any address, a server on the user's own machine included.
So a page of another site may write nothing here and open no WebSocket, unless it is among
`cors_origins`. And since a page's own name may be made to point to this machine (DNS rebinding), a
server that is for this machine alone answers to the machine's own names only.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from wavvy.service.handlers import error_response
from wavvy.service.settings import Settings, is_loopback

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Origins:
    """ASGI middleware that refuses requests of foreign pages and under foreign names.

    Parameters
    ----------
    app : ASGIApp
        What the others reach.
    settings : Settings
        ``host``, ``allowed_hosts`` and ``cors_origins``.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._origins = frozenset(settings.cors_origins)
        self._hosts = settings.allowed_hosts
        self._any_host = not settings.allowed_hosts and not is_loopback(settings.host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] in ("http", "websocket"):
            problem = self._problem(scope)
            if problem is not None:
                await error_response("forbidden", problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _problem(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        # Whoever watches over the process comes by address, and is told no secrets.
        if not self._knows(_name(host)) and not scope["path"].startswith("/health/"):
            return (
                f"this server is not known as {_name(host)}: reach it as localhost, or add the "
                "name to WAVVY_ALLOWED_HOSTS"
            )
        if scope["type"] == "http" and scope["method"] in _SAFE:
            return None
        origin = headers.get("origin")
        if origin is None:
            foreign = headers.get("sec-fetch-site") == "cross-site"
        else:
            origin = origin.lower()
            same = origin.partition("://")[2] == host
            foreign = not (same or origin in self._origins or "*" in self._origins)
        if foreign:
            return (
                f"pages of {origin or 'another site'} may not do this: add the origin to "
                "WAVVY_CORS_ORIGINS, or let your proxy pass the Host header on"
            )
        return None

    def _knows(self, name: str) -> bool:
        if self._any_host or not name or is_loopback(name):
            return True
        return any(fnmatchcase(name, pattern) for pattern in self._hosts)


def _name(host: str) -> str:
    """Return the name or address in a Host header, without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")
