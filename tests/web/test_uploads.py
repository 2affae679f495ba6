"""Music on its way in through the page, whatever happens to the server meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocket, WebSocketRoute, expect

from wavvy.demo import write_wav

OpenPage = Callable[..., Page]
RATE = 16_000


@pytest.fixture(scope="module")
def server(start_server, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """A server whose library is empty at first."""
    return start_server(tmp_path_factory.mktemp("uploaded"))


@pytest.fixture
def tunes(melody: Callable[..., Any], tmp_path: Path) -> Callable[..., list[Path]]:
    """Make so many files, other ones for each seed."""

    def make(seed: int, count: int, seconds: float = 5.0) -> list[Path]:
        paths = [tmp_path / f"Someone - Tune {seed + number}.wav" for number in range(count)]
        for number, path in enumerate(paths):
            write_wav(path, melody(seed + number, seconds), RATE)
        return paths

    return make


def add(page: Page, paths: list[Path]) -> Locator:
    """Choose files, and return the list of uploads."""
    page.get_by_label("Add files").and_(page.locator("input")).first.set_input_files(paths)
    return page.get_by_role("region", name="Music on its way in")


def throttle(page: Page) -> Callable[[int], object]:
    """Return what bounds the page's uploads, in bytes a second; -1 is no bound."""
    session = page.context.new_cdp_session(page)
    network = {"offline": False, "latency": 0, "downloadThroughput": -1}
    return lambda speed: session.send(
        "Network.emulateNetworkConditions", {**network, "uploadThroughput": speed}
    )


def test_many_files_open_few_sockets(
    open_page: OpenPage, server: Any, tunes: Callable[..., list[Path]]
) -> None:
    page = open_page("/library")
    now, most = 0, 0

    def opened(socket: WebSocket) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        socket.on("close", closed)

    def closed(_: object) -> None:
        nonlocal now
        now -= 1

    page.on("websocket", opened)
    uploads = add(page, tunes(1000, 30))
    expect(uploads.get_by_role("status")).to_have_text("30 added", timeout=180_000)
    assert 1 <= most <= 6
    assert server.get("/v1/tracks")["total"] == 30


def test_a_server_that_dies_meanwhile_is_waited_for(
    open_page: OpenPage, server: Any, tunes: Callable[..., list[Path]]
) -> None:
    before = server.get("/v1/tracks")["total"]
    page = open_page("/library")
    slow_down = throttle(page)
    slow_down(60_000)
    uploads = add(page, tunes(2000, 6))
    expect(uploads.get_by_text(re.compile(r"Sending, .* of 160 kB"))).to_have_count(3)
    server.kill()
    expect(uploads.get_by_text("Waiting for the server")).to_have_count(3)
    server.start()
    slow_down(-1)
    expect(uploads.get_by_role("status")).to_have_text("6 added", timeout=180_000)
    assert server.get("/v1/tracks")["total"] == before + 6


def test_a_job_goes_on_after_the_server_dies(
    open_page: OpenPage, server: Any, tunes: Callable[..., list[Path]]
) -> None:
    page = open_page("/library")
    uploads = add(page, tunes(3000, 1, seconds=400))
    expect(uploads.get_by_text(re.compile(r", \d+ %$"))).to_be_visible()
    server.kill()
    server.start()
    expect(uploads.get_by_role("status")).to_have_text("1 added", timeout=180_000)
    (job,) = server.get("/v1/jobs?limit=1")["jobs"]
    assert (job["state"], job["attempts"]) == ("done", 2)


def test_a_lost_answer_makes_no_second_job(
    open_page: OpenPage, server: Any, tunes: Callable[..., list[Path]]
) -> None:
    page = open_page("/library")
    # The server has answered when the browser takes the connection for broken.
    page.evaluate(
        """() => {
          const send = XMLHttpRequest.prototype.send;
          XMLHttpRequest.prototype.send = function (body) {
            XMLHttpRequest.prototype.send = send;
            this.onload = () => { window.lost = this.response.job.id; this.onerror(); };
            return send.call(this, body);
          };
        }"""
    )
    uploads = add(page, tunes(4000, 1))
    expect(uploads.get_by_role("status")).to_have_text("1 added")
    assert server.get("/v1/jobs?limit=1")["jobs"][0]["id"] == page.evaluate("lost")


def test_without_sockets_the_server_is_asked(
    open_page: OpenPage, tunes: Callable[..., list[Path]]
) -> None:
    page = open_page("/library")
    refused = []

    def refuse(socket: WebSocketRoute) -> None:
        refused.append(socket.url)
        socket.close()

    page.route_web_socket(re.compile("/events"), refuse)
    uploads = add(page, tunes(5000, 1))
    expect(uploads.get_by_role("status")).to_have_text("1 added")
    assert refused


def test_cancelling_one_and_all(
    open_page: OpenPage, server: Any, tunes: Callable[..., list[Path]]
) -> None:
    before = server.get("/v1/tracks")["total"]
    page = open_page("/library")
    slow_down = throttle(page)
    slow_down(5_000)
    paths = tunes(6000, 5)
    uploads = add(page, paths)
    uploads.get_by_role("button", name=f"Cancel {paths[0].name}").click()
    expect(uploads.get_by_text("Cancelled")).to_have_count(1)
    uploads.get_by_role("button", name="Cancel all").click()
    expect(uploads.get_by_role("status")).to_have_text("0 added, 5 cancelled")
    slow_down(-1)
    uploads.get_by_role("button", name=f"Try {paths[4].name} again").click()
    expect(uploads.get_by_role("status")).to_have_text("1 added, 4 cancelled")
    assert server.get("/v1/tracks")["total"] == before + 1
