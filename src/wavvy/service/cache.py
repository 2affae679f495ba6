"""One cache for all: in Redis where there is one, so that all processes share it, or in memory.

What it is for must work without it. When Redis is away everything is a miss, and counters count in
this process alone. All methods may block for a moment: on the event loop call them in a thread.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wavvy.service.errors import QueueUnavailable

if TYPE_CHECKING:
    from wavvy.service.redis_server import RedisServer

MISSING: Final[Any] = object()
"""What `Cache.get` returns for what is not there: None may have been kept as well."""

_MOST_ENTRIES = 10_000
_MOST_CHARACTERS = 64_000_000
_MAKING_S = 10  # how long one process waits for another that makes the same
_LOOK_EVERY_S = 0.02

_LET_GO = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


class CacheStats(NamedTuple):
    """How well this process was served since it started.

    Attributes
    ----------
    hits, misses : int
        Questions answered, or not. A hit may be a "there is no such thing".
    failures : int
        Questions that Redis did not answer, misses among them.
    """

    hits: int
    misses: int
    failures: int


class Cache:
    """Keeps JSON values for a time.

    Parameters
    ----------
    server : RedisServer, optional
        Where; without it in memory, where the entries used longest ago make room.
    """

    def __init__(self, server: RedisServer | None = None) -> None:
        self._server = server
        self._memory = _Memory()
        self._mutex = threading.Lock()
        self._being_made: dict[str, Future[Any]] = {}
        self._hits = self._misses = self._failures = 0

    def get(self, key: str) -> Any:
        """Return what is kept under a key, or `MISSING`."""
        text = self._read(key)
        with self._mutex:
            self._hits += text is not None
            self._misses += text is None
        return MISSING if text is None else json.loads(text)

    def set(self, key: str, value: Any, ttl_s: float) -> None:
        """Keep a JSON value for so many seconds; None is one too: known not to be there."""
        text = json.dumps(value)
        if self._server is None:
            self._memory.set(key, text, ttl_s)
            return
        try:
            with self._server.asked() as redis:
                redis.set(self._server.key("cache", key), text, px=max(1, round(1000 * ttl_s)))
        except QueueUnavailable:
            self._failed()

    def fetch(
        self,
        key: str,
        ttl_s: float,
        make: Callable[[], Any],
        *,
        absent_ttl_s: float | None = None,
    ) -> Any:
        """Return what is kept under a key; if nothing is, make it and keep it.

        However many ask at once, one makes it and the others wait: the threads of a process, and
        with Redis the processes too, for up to 10 s.

        Parameters
        ----------
        key : str
            Of the entry.
        ttl_s : float
            How long to keep it, in seconds.
        make : callable
            Returns a JSON value. What it raises is raised to all who wait, and not kept.
        absent_ttl_s : float, optional
            How long to keep None instead.
        """
        value = self.get(key)
        if value is not MISSING:
            return value
        with self._mutex:
            making = self._being_made.get(key)
            mine: Future[Any] = Future()
            if making is None:
                self._being_made[key] = mine
        if making is not None:
            return making.result()
        try:
            value = self._make(key, ttl_s, make, ttl_s if absent_ttl_s is None else absent_ttl_s)
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(value)
            return value
        finally:
            with self._mutex:
                del self._being_made[key]

    def add(self, key: str, amount: int, ttl_s: float) -> int:
        """Add to a counter that is forgotten so many seconds after its first use; return it."""
        if self._server is not None:
            name = self._server.key("count", key)
            try:
                with self._server.asked() as redis:
                    counting = redis.pipeline()
                    counting.set(name, 0, px=max(1, round(1000 * ttl_s)), nx=True)
                    counting.incrby(name, amount)
                    return int(counting.execute()[1])
            except QueueUnavailable:
                self._failed()
        return self._memory.add(key, amount, ttl_s)

    def stats(self) -> CacheStats:
        """Tell how well this process was served."""
        with self._mutex:
            return CacheStats(self._hits, self._misses, self._failures)

    def _read(self, key: str) -> str | None:
        if self._server is None:
            return self._memory.get(key)
        try:
            with self._server.asked() as redis:
                found: str | None = redis.get(self._server.key("cache", key))
                return found
        except QueueUnavailable:
            self._failed()
            return None

    def _make(self, key: str, ttl_s: float, make: Callable[[], Any], absent_ttl_s: float) -> Any:
        token = self._begin(key)
        try:
            if token == "" and (text := self._made_elsewhere(key)) is not None:
                return json.loads(text)
            if (text := self._read(key)) is not None:  # made since this one asked
                return json.loads(text)
            value = make()
            self.set(key, value, absent_ttl_s if value is None else ttl_s)
            return value
        finally:
            if token:
                self._let_go(key, token)

    def _begin(self, key: str) -> str | None:
        """Claim the making of an entry; "" where another process has, None where none can ask."""
        if self._server is None:
            return None
        token = secrets.token_hex(8)
        try:
            with self._server.asked() as redis:
                name = self._server.key("making", key)
                return token if redis.set(name, token, nx=True, ex=_MAKING_S) else ""
        except QueueUnavailable:
            self._failed()
            return None

    def _made_elsewhere(self, key: str) -> str | None:
        """Wait for another process to make an entry; None if it does not."""
        assert self._server is not None
        until = time.monotonic() + _MAKING_S
        try:
            while time.monotonic() < until:
                with self._server.asked() as redis:
                    made, at_it = redis.mget(
                        self._server.key("cache", key), self._server.key("making", key)
                    )
                if made is not None or at_it is None:
                    return str(made) if made is not None else None
                time.sleep(_LOOK_EVERY_S)
        except QueueUnavailable:
            self._failed()
        return None

    def _let_go(self, key: str, token: str) -> None:
        assert self._server is not None
        try:
            with self._server.asked() as redis:
                redis.eval(_LET_GO, 1, self._server.key("making", key), token)
        except QueueUnavailable:
            self._failed()  # it ends by itself

    def _failed(self) -> None:
        with self._mutex:
            self._failures += 1


class _Memory:
    """Entries of this process."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._entries: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._characters = 0
        self._counters: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def get(self, key: str) -> str | None:
        with self._mutex:
            until, text = self._entries.get(key, (0.0, ""))
            if time.monotonic() >= until:
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return text

    def set(self, key: str, text: str, ttl_s: float) -> None:
        with self._mutex:
            self._drop(key)
            self._entries[key] = time.monotonic() + ttl_s, text
            self._characters += len(text)
            while len(self._entries) > _MOST_ENTRIES or self._characters > _MOST_CHARACTERS:
                self._drop(next(iter(self._entries)))

    def add(self, key: str, amount: int, ttl_s: float) -> int:
        now = time.monotonic()
        with self._mutex:
            until, count = self._counters.get(key, (0.0, 0))
            if now >= until:
                until, count = now + ttl_s, 0
            self._counters[key] = until, count + amount
            self._counters.move_to_end(key)
            while len(self._counters) > _MOST_ENTRIES:
                self._counters.popitem(last=False)
            return count + amount

    def _drop(self, key: str) -> None:
        dropped = self._entries.pop(key, None)
        if dropped is not None:
            self._characters -= len(dropped[1])
