"""Who is asking, and whether they may: API keys and their scopes."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection
from starlette.types import Scope as Asgi

from wavvy.catalog.keys import SCOPES, KeyStore, Scope, digest
from wavvy.errors import StoreError
from wavvy.service.errors import Forbidden, Unauthorized
from wavvy.service.limits import Limits
from wavvy.service.settings import Settings

log = logging.getLogger(__name__)

TRUST_SECONDS = 10
"""For how long a key that was found is taken to be good, and so the longest a revoked one works."""

_NOTED_SECONDS = 60  # how exact the time of last use is
_MOST_TRUSTED = 10_000
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SECRET = "wavvy.secret"
_CALLER = "wavvy.caller"
_HOW = "send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking.

    Attributes
    ----------
    name : str
        For messages and the log.
    scopes : frozenset of str
        What they may do.
    key : str or None
        Tells keys apart; None for whoever needs none.
    """

    name: str
    scopes: frozenset[Scope]
    key: str | None = None


ANYONE = Caller("anyone", frozenset(SCOPES))
_GIVEN = Caller("WAVVY_API_KEYS", frozenset(SCOPES), "environment")


class Authority:
    """Knows the keys.

    Parameters
    ----------
    settings : Settings
        Whether keys are needed, and those of the environment.
    keys : KeyStore
        Those of the catalogue.
    """

    def __init__(self, settings: Settings, keys: KeyStore) -> None:
        self.needs_keys = settings.needs_keys
        self._given = frozenset(map(digest, settings.given_keys))
        self._keys = keys
        self._trusted: dict[bytes, tuple[Caller, float]] = {}
        self._noted: dict[int, float] = {}

    async def caller(self, secret: str | None) -> Caller:
        """Tell who sent `secret`.

        Raises
        ------
        Unauthorized
            If a key is needed and this is none.
        StoreError
            If the catalogue cannot be asked.
        """
        if not self.needs_keys:
            return ANYONE
        if not secret:
            raise Unauthorized(f"this server needs an API key: {_HOW}")
        hashed = digest(secret)
        if hashed in self._given:
            return _GIVEN
        caller, until = self._trusted.get(hashed, (ANYONE, 0.0))
        if time.monotonic() < until:
            return caller
        found = await asyncio.to_thread(self._keys.find, hashed)
        if found is None:
            self._trusted.pop(hashed, None)
            raise Unauthorized(
                "this API key is not known here, or was revoked: 'wavvy keys create' makes one"
            )
        caller = Caller(found.name, found.scopes, str(found.id))
        if len(self._trusted) >= _MOST_TRUSTED:
            self._trusted.clear()
        self._trusted[hashed] = caller, time.monotonic() + TRUST_SECONDS
        self._note_use(found.id)
        return caller

    def _note_use(self, key_id: int) -> None:
        """Write down, now and then and without keeping anyone waiting, that a key is used."""
        now = time.monotonic()
        if now - self._noted.get(key_id, -_NOTED_SECONDS) >= _NOTED_SECONDS:
            self._noted[key_id] = now
            asyncio.get_running_loop().run_in_executor(None, self._write_use, key_id)

    def _write_use(self, key_id: int) -> None:
        try:
            self._keys.used(key_id)
        except StoreError as error:
            log.warning("the use of key %d could not be written down: %s", key_id, error)


def caller_of(connection: HTTPConnection) -> Caller:
    """Return who sends a request that was let through."""
    caller: Caller = connection.scope[_CALLER]
    return caller


def hide_key(scope: Asgi) -> None:
    """Take ``?key=`` out of a request's address, so that no log and no message can show it."""
    query: bytes = scope.get("query_string", b"")
    if b"key=" not in query:
        return
    parts = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    keys = [value for name, value in parts if name == "key"]
    if keys:
        scope[_SECRET] = keys[-1]
        scope["query_string"] = urlencode([pair for pair in parts if pair[0] != "key"]).encode()


def _secret_of(connection: HTTPConnection) -> str | None:
    scheme, _, credentials = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if (header := connection.headers.get("x-api-key")) is not None:
        return header.strip()
    # Browsers cannot add headers to WebSockets, pictures and players; writes come by fetch.
    if connection.scope["type"] == "websocket" or connection.scope["method"] in _SAFE:
        return connection.scope.get(_SECRET)
    return None


class _Scheme(SecurityBase):
    """A way to send a key, for the documentation alone."""

    def __init__(self, name: str, model: Any) -> None:
        self.scheme_name = name
        self.model = model

    async def __call__(self) -> None: ...


_HINT = "A key that `wavvy keys create` made; none is needed where the server runs for itself."
BEARER = _Scheme("Bearer", HTTPBearer(description=_HINT))
HEADER = _Scheme(
    "X-API-Key",
    APIKey.model_validate({"in": APIKeyIn.header, "name": "X-API-Key", "description": _HINT}),
)


class Needs:
    """A dependency: lets a request through if its key has one of these scopes.

    Parameters
    ----------
    *scopes : str
        Any of them will do, and ``admin`` always.
    writing : str, optional
        What is needed instead to change something, which is all but GET.
    """

    def __init__(self, *scopes: Scope, writing: Scope | None = None) -> None:
        self._reading = frozenset(scopes) | {"admin"}
        self._writing = frozenset({writing, "admin"}) if writing else self._reading

    async def __call__(self, connection: HTTPConnection) -> None:
        """Check one request.

        Raises
        ------
        Unauthorized
            If it has no key that is known.
        RateLimited
            If it is one too many.
        Forbidden
            If its key has other scopes.
        """
        authority: Authority = connection.app.state.service.authority
        limits: Limits = connection.app.state.service.limits
        try:
            caller = await authority.caller(_secret_of(connection))
        except Unauthorized:
            await limits.count(connection, None)  # so that keys cannot be guessed for long
            raise
        await limits.count(connection, caller.key)
        connection.scope[_CALLER] = caller
        reads = connection.scope["type"] == "websocket" or connection.scope["method"] in _SAFE
        wanted = self._reading if reads else self._writing
        if not wanted & caller.scopes:
            names = " or ".join(sorted(wanted - {"admin"}) or ["admin"])
            raise Forbidden(f"the key '{caller.name}' may not do this: it needs the scope {names}")
