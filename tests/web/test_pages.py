"""Every page in both themes and both sizes: looked at by axe, and kept as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from wavvy.demo import PIECES

OpenPage = Callable[..., Page]
Look = Callable[[Page, str], None]


def test_listen_and_why(
    open_page: OpenPage,
    noisy: Callable[..., Path],
    options: dict[str, Any],
    look: Look,
) -> None:
    page = open_page(wav=noisy(3), **options)
    look(page, "listen")
    page.get_by_role("button", name="Listen").click()
    page.wait_for_timeout(3500)
    look(page, "listening", judge=False)
    page.locator(".answer").wait_for()
    look(page, "answer")
    page.get_by_role("link", name="How it knows").click()
    expect(page.get_by_role("button", name="Play the track")).to_be_enabled()
    look(page, "why")


def test_library_history_and_status(
    open_page: OpenPage,
    server: Any,
    past: None,
    options: dict[str, Any],
    look: Look,
    stay_undoable: Callable[[Page], None],
) -> None:
    broken = {"file": ("Interlude.mp3", b"do re mi")}
    httpx2.post(server.url + "/v1/tracks", files=broken, timeout=60)
    page = open_page("/library", **options)
    stay_undoable(page)
    page.get_by_role("button", name=f"Delete {PIECES[0].title}").click()
    look(page, "library")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name=f"Edit {PIECES[0].title}").click()
    look(page, "edit")
    page.goto("/history")
    page.locator(".heard li").first.wait_for()
    look(page, "history")
    page.get_by_role("button", name="Delete all").click()
    look(page, "history-clear")
    page.goto("/status")
    page.get_by_text("Interlude.mp3").first.wait_for()
    look(page, "status")


@pytest.mark.parametrize("options", ["desktop-light", "phone-dark"], indirect=True)
def test_music_on_its_way_in(
    open_page: OpenPage,
    music: list[Path],
    tmp_path: Path,
    options: dict[str, Any],
    look: Look,
) -> None:
    broken = tmp_path / "Interlude.mp3"
    broken.write_text("do re mi")
    page = open_page("/library", **options)
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000},
    )
    page.get_by_label("Add files").and_(page.locator("input")).set_input_files([broken, *music])
    uploads = page.get_by_role("region", name="Music on its way in")
    expect(uploads.get_by_text("not audio")).to_be_visible()
    look(page, "uploads")
    uploads.get_by_role("button", name="Cancel all").click()
    look(page, "uploads-ended")


@pytest.mark.parametrize("options", ["desktop-light"], indirect=True)
def test_what_is_not_there(open_page: OpenPage, options: dict[str, Any], look: Look) -> None:
    page = open_page("/nowhere", **options)
    expect(page.get_by_text("There is nothing here")).to_be_visible()
    look(page, "nowhere")
    page.goto("/why/gone")
    expect(page.get_by_text("This recording is gone")).to_be_visible()
    look(page, "gone")


def test_the_theme_can_be_chosen_and_is_kept(open_page: OpenPage) -> None:
    page = open_page(color_scheme="light")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Use dark colours").click()
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark


def test_nothing_is_asked_of_anyone_else(open_page: OpenPage, server: Any) -> None:
    page = open_page("/nowhere")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/library", "/history", "/status"):
        page.goto(path)
        page.wait_for_load_state("networkidle") if path != "/status" else None
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith(server.url)] == []
