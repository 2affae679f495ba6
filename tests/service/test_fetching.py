"""Fetching reaches the web, and nothing else: real sockets, and names that lie."""

from __future__ import annotations

import io
import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from wavvy.errors import InvalidRequest, TooLarge, UnreadableFile
from wavvy.service import fetching
from wavvy.service.fetching import Address, check_public, checked_url, fetch, file_name


class Site(ThreadingHTTPServer):
    """A web server that remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Pages)
        self.asked: list[tuple[str, str | None]] = []
        self.port = self.server_address[1]


class Pages(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Host"]))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/loop":
            self.send_response(307)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path == "/missing":
            self.send_error(404)
        else:
            self.send_response(200)
            if "claims" in self.path:
                self.send_header("Content-Length", "5000000")
            self.end_headers()
            for _ in range(20):
                self.wfile.write(b"x" * 50_000)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as opened:
        thread = threading.Thread(target=opened.serve_forever)
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


def this_machine_too(address: Address, host: str) -> None:
    """Let the test's own server pass for a public one; 127.0.0.2 stays private."""
    if address != ipaddress.ip_address("127.0.0.1"):
        check_public(address, host)


def get(url: str, max_bytes: int = 2_000_000) -> tuple[bytes, str]:
    into = io.BytesIO()
    found = fetch(url, into, max_bytes=max_bytes, check=this_machine_too)
    return into.getvalue(), found


def test_a_file_is_fetched_and_redirects_are_followed(site: Site) -> None:
    base = f"http://127.0.0.1:{site.port}"
    content, found = get(f"{base}/to/{base}/to//song%20one.mp3?x=1")
    assert content == b"x" * 1_000_000
    assert found == f"{base}/song%20one.mp3?x=1"
    assert file_name(found) == "song one.mp3"
    assert site.asked[-1] == ("/song%20one.mp3?x=1", f"127.0.0.1:{site.port}")


@pytest.mark.parametrize("path", ["/long", "/claims-to-be-long"])
def test_no_more_is_taken_than_allowed(site: Site, path: str) -> None:
    into = io.BytesIO()
    with pytest.raises(TooLarge, match="WAVVY_MAX_UPLOAD_MB"):
        fetch(
            f"http://127.0.0.1:{site.port}{path}",
            into,
            max_bytes=400_000,
            check=this_machine_too,
        )
    assert len(into.getvalue()) <= 400_000


def test_what_takes_too_long_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_SECONDS", -1)
    with pytest.raises(UnreadableFile, match="takes more than"):
        get(f"http://127.0.0.1:{site.port}/x")


@pytest.mark.parametrize(("path", "reason"), [("/missing", "answered 404"), ("/loop", "redirects")])
def test_what_is_not_there_is_said(site: Site, path: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        get(f"http://127.0.0.1:{site.port}{path}")


def test_what_does_not_answer_is_said(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(UnreadableFile, match="cannot be read"):
        get(f"http://127.0.0.1:{port}/x")
    with pytest.raises(UnreadableFile, match=r"there is no no-such-host\.invalid"):
        get("http://no-such-host.invalid/x")


PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    with pytest.raises(InvalidRequest, match="inside this network"):
        check_public(ipaddress.ip_address(address), "host")
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(InvalidRequest, match="inside this network"):
        checked_url(f"http://{host}/song.mp3")


def test_public_addresses_are_not() -> None:
    for address in ("93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"):
        check_public(ipaddress.ip_address(address), "host")


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://a/b", "gopher://a", "http://", "//a/b", "a.mp3"),
        *("http://a:0/", "http://user:secret@a/b", "http://a/b c", "http://a/\r\nX: y"),
        *("http://é/", "http://[::1/"),
    ],
)
def test_addresses_without_sense_are_refused(url: str) -> None:
    with pytest.raises(InvalidRequest, match="url") as refused:
        checked_url(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f.1"])
def test_a_name_for_this_machine_connects_to_nothing(site: Site, name: str) -> None:
    with pytest.raises((InvalidRequest, UnreadableFile)):
        fetch(f"http://{name}:{site.port}/x", io.BytesIO(), max_bytes=10)
    assert site.asked == []


def test_a_redirect_inside_is_refused(site: Site) -> None:
    inside = f"http://127.0.0.2:{site.port}/secret"
    with pytest.raises(InvalidRequest, match="inside this network"):
        get(f"http://127.0.0.1:{site.port}/to/{inside}")
    with pytest.raises(InvalidRequest, match="only http"):
        get(f"http://127.0.0.1:{site.port}/to/file:///etc/passwd")
    assert "/secret" not in [path for path, _ in site.asked]


def test_a_name_that_changes_its_mind_gains_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: what was checked is connected to, whatever the name leads to next."""
    answers = iter(["93.184.215.14", "127.0.0.1"])
    connected: list[str] = []

    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        assert host == "rebinding.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        connected.append(address[0])
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(UnreadableFile):
        fetch(f"http://rebinding.example:{site.port}/x", io.BytesIO(), max_bytes=10)
    assert connected == ["93.184.215.14"]
    with pytest.raises(InvalidRequest, match="inside this network"):
        fetch(f"http://rebinding.example:{site.port}/x", io.BytesIO(), max_bytes=10)
    assert connected == ["93.184.215.14"]


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(_: str, port: int, **__: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("93.184.215.14", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(InvalidRequest, match="inside this network"):
        fetch("http://mixed.example/x", io.BytesIO(), max_bytes=10)
