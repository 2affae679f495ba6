"""Fetching a file from the web, without reaching into the network that this server is in.

Whoever may name an address must not use this server to look at what only it can see. So each
connection goes to an address that was looked up once and found to be public, whatever the name may
lead to a moment later, and that holds for each redirect too.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from typing import BinaryIO, Final
from urllib.parse import unquote, urljoin, urlsplit

import httpcore2

from wavvy.errors import InvalidRequest, TooLarge, UnreadableFile

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_SECONDS = 300
"""How long fetching a file may take."""

_MOST_REDIRECTS = 5
_READ_SECONDS = 30.0
_REDIRECTS = {301, 302, 303, 307, 308}
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


def check_public(address: Address, host: str) -> None:
    """Refuse an address of this machine, of its network, or of none.

    Raises
    ------
    InvalidRequest
        If it is not public.
    """
    if not all(_is_public(inner) for inner in (address, *_inside(address))):
        raise InvalidRequest(f"url: {host} is an address inside this network: name a public one")


def checked_url(url: str, check: Callable[[Address, str], None] = check_public) -> str:
    """Return an address that may be fetched, as far as can be told by looking at it.

    Raises
    ------
    InvalidRequest
        If it is no http or https address, or holds a user or password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise InvalidRequest("url: only http:// and https:// addresses can be fetched")
    if parts.username is not None or parts.password is not None:
        raise InvalidRequest("url: it holds a user or password: leave them out")
    if not url.isascii() or re.search(r"[\x00-\x20\x7f]", url):
        raise InvalidRequest("url: spell what is not a plain character as %XX")
    with suppress(ValueError):
        check(ipaddress.ip_address(host), host)
    return url


def file_name(url: str) -> str:
    """Return the name of the file that an address leads to, without folders."""
    name = unquote(urlsplit(url).path).replace("\\", "/").rsplit("/", 1)[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", name)[:255] or "download"


def fetch(
    url: str,
    into: BinaryIO,
    *,
    max_bytes: int,
    progress: Callable[[int, int], None] = lambda _received, _announced: None,
    check: Callable[[Address, str], None] = check_public,
) -> str:
    """Fetch a file, following redirects.

    Parameters
    ----------
    url : str
        Where it is.
    into : binary file
        Where it goes.
    max_bytes : int
        Most that is taken.
    progress : callable
        Is given, again and again, how many bytes there are, and how many there will be or 0; what
        it raises ends the fetching.
    check : callable
        Raises `InvalidRequest` for an address that must not be connected to.

    Returns
    -------
    str
        Where it was found in the end.

    Raises
    ------
    InvalidRequest
        If the address is not public or makes no sense, be it of a redirect.
    TooLarge
        If there is more than `max_bytes`.
    UnreadableFile
        If it is not there, or does not come.
    """
    deadline = time.monotonic() + MOST_SECONDS
    try:
        with httpcore2.ConnectionPool(network_backend=_Checking(check)) as pool:
            for _ in range(_MOST_REDIRECTS + 1):
                with _get(pool, checked_url(url, check)) as response:
                    if response.status in _REDIRECTS:
                        url = urljoin(url, _header(response, "location"))
                        continue
                    if response.status != 200:
                        raise UnreadableFile(
                            f"{file_name(url)}: {_host(url)} answered {response.status}"
                        )
                    _save(response, url, into, max_bytes, deadline, progress)
                    return url
    except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
        reason = str(error) or type(error).__name__
        raise UnreadableFile(f"{file_name(url)}: {_host(url)} cannot be read: {reason}") from None
    raise UnreadableFile(f"{file_name(url)}: there are more than {_MOST_REDIRECTS} redirects")


def _get(pool: httpcore2.ConnectionPool, url: str) -> AbstractContextManager[httpcore2.Response]:
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), _READ_SECONDS)
    headers: list[tuple[bytes | str, bytes | str]] = [
        ("Host", urlsplit(url).netloc),
        ("User-Agent", "wavvy"),
        ("Accept-Encoding", "identity"),
    ]
    return pool.stream("GET", url, headers=headers, extensions={"timeout": timeouts})


def _save(
    response: httpcore2.Response,
    url: str,
    into: BinaryIO,
    max_bytes: int,
    deadline: float,
    progress: Callable[[int, int], None],
) -> None:
    length = _header(response, "content-length")
    announced = int(length) if length.isascii() and length.isdigit() else 0
    received = 0
    for chunk in response.iter_stream():
        received += len(chunk)
        if max(received, announced) > max_bytes:
            raise TooLarge(
                f"{file_name(url)} is larger than {max_bytes // 1_000_000} MB: choose a smaller "
                "file or raise WAVVY_MAX_UPLOAD_MB"
            )
        if time.monotonic() > deadline:
            raise UnreadableFile(f"{file_name(url)}: it takes more than {MOST_SECONDS} s to come")
        into.write(chunk)
        progress(received, announced)


class _Checking(httpcore2.SyncBackend):
    """Connects to addresses that were checked, and to no others."""

    def __init__(self, check: Callable[[Address, str], None]) -> None:
        self._check = check

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Look `host` up once, and connect to what was found; TLS still asks for `host`."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore2.ConnectError(f"there is no {host}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
        for address in addresses:
            self._check(ipaddress.ip_address(address), host)
        return super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def _inside(address: Address) -> Iterable[Address]:
    """Return the IPv4 addresses that an IPv6 address may be a disguise of."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            yield address.ipv4_mapped
        if address.sixtofour:
            yield address.sixtofour
        if address.teredo:
            yield from address.teredo
        if address in _NAT64:
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _header(response: httpcore2.Response, name: str) -> str:
    for key, value in response.headers:
        if key.lower() == name.encode():
            return str(value.decode("latin-1"))
    return ""


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the server"
