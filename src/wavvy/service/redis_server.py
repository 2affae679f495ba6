"""The connection to Redis, and whether it is worth asking."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError
from redis.retry import Retry

from wavvy.service.errors import QueueUnavailable

PATIENCE_S = 1.0
"""How long Redis may take to answer, in seconds."""
REST_S = 1.0
"""For how long a Redis that failed is not asked again, in seconds."""


class RedisServer:
    """A Redis server that may be away, and may come back at any moment.

    Parameters
    ----------
    url : str
        ``redis://:password@host:port/number``.
    prefix : str
        Of all keys: several libraries may share a server.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self.url = url
        self.prefix = prefix
        self._client = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
            # Once at once, for a connection from before a restart of the server. Never when it is
            # late: it may yet do what it was asked, and would count twice.
            retry=Retry(NoBackoff(), 1, (NoConnection,)),
            protocol=2,
        )
        self._rests_until = 0.0

    def key(self, *parts: object) -> str:
        """Return the full name of a key."""
        return ":".join((self.prefix, *map(str, parts)))

    @property
    def rests(self) -> bool:
        """Whether it failed a moment ago, and asking would only take time."""
        return time.monotonic() < self._rests_until

    @contextmanager
    def asked(self) -> Iterator[Any]:
        """Give the client, for a question or two.

        Raises
        ------
        QueueUnavailable
            Redis does not answer, or did not a moment ago.
        """
        if self.rests:
            raise _away("a moment ago")
        try:
            yield self._client
        except RedisError as error:
            self._rests_until = time.monotonic() + REST_S
            raise _away(" ".join(str(error).split()) or type(error).__name__) from error

    def listener(self) -> Any:
        """Return a client of one thread, whose questions may take several seconds."""
        return Redis.from_url(
            self.url,
            decode_responses=True,
            socket_timeout=10,
            socket_connect_timeout=PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _away(reason: str) -> QueueUnavailable:
    return QueueUnavailable(
        f"Redis does not answer ({reason}): try again in 2 s; if it lasts, start Redis or mend "
        "WAVVY_REDIS_URL"
    )
