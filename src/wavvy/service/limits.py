"""How many requests one caller may make in a time."""

from __future__ import annotations

import ipaddress
import math
import time
from dataclasses import dataclass
from typing import Protocol

from anyio import to_thread
from starlette.requests import HTTPConnection

from wavvy.service.errors import RateLimited

HEADERS = "wavvy.headers"
"""Where a request's scope holds headers for its answer, whatever that will be."""

_UNITS = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> Rate:
        """Return the rate that is written as ``600/minute``; raises ValueError."""
        number, _, unit = text.partition("/")
        if unit not in _UNITS or not (number.isascii() and number.isdigit()) or not int(number):
            raise ValueError("say off, or how many a second, minute or hour, such as 600/minute")
        return cls(int(number), _UNITS[unit])


class Counters(Protocol):
    """Counts for all processes of a service; see `wavvy.service.cache.Cache`."""

    def add(self, key: str, amount: int, ttl_s: float) -> int:
        """Add to a counter that is forgotten so many seconds after its first use; return it."""
        ...


class Limits:
    """Counts requests by caller: a key, or an address without one.

    Time is cut into windows of the rate's length, the same for all processes.

    Parameters
    ----------
    rate : Rate or None
        The most; None: without limit.
    counters : Counters
        Where they are counted.
    """

    def __init__(self, rate: Rate | None, counters: Counters) -> None:
        self._rate = rate
        self._counters = counters

    async def count(self, connection: HTTPConnection, key: str | None) -> None:
        """Count a request, or a WebSocket that is opened; the answer tells what is left.

        Raises
        ------
        RateLimited
            If it is one too many.
        """
        rate = self._rate
        if rate is None:
            return
        caller = f"key {key}" if key is not None else f"address {_address(connection)}"
        window, passed = divmod(time.time(), rate.seconds)
        counter = f"rate {caller} {int(window)}"
        count = await to_thread.run_sync(self._counters.add, counter, 1, rate.seconds + 1)
        reset_s = rate.seconds - passed
        connection.scope[HEADERS] = {
            "RateLimit-Limit": str(rate.requests),
            "RateLimit-Remaining": str(max(0, rate.requests - count)),
            "RateLimit-Reset": str(math.ceil(reset_s)),
        }
        if count > rate.requests:
            raise RateLimited(
                f"that is more than {rate.requests} requests in {rate.seconds} s: try again in "
                f"{math.ceil(reset_s)} s",
                retry_after_ms=math.ceil(1000 * reset_s),
            )


def _address(connection: HTTPConnection) -> str:
    host = connection.client.host if connection.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        # Whoever has one has all 2^64 of its network.
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host
