"""Every page in both themes and both sizes: looked at by axe, and kept as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from wavvy.demo import PIECES

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(__file__).parent / "pictures"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OpenPage = Callable[..., Page]
LOOKS = [
    pytest.param({"viewport": {"width": width, "height": height}, "color_scheme": scheme}, id=name)
    for name, width, height, scheme in (
        ("desktop-light", 1280, 800, "light"),
        ("desktop-dark", 1280, 800, "dark"),
        ("phone-light", 390, 844, "light"),
        ("phone-dark", 390, 844, "dark"),
    )
]


def look(page: Page, name: str, request: pytest.FixtureRequest) -> None:
    """Keep a picture of the page, and let axe judge it."""
    page.wait_for_timeout(500)  # what moves has come to rest
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}-{request.node.callspec.id}.png")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("(tags) => axe.run({ runOnly: tags })", RULES)
    faults = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found["violations"]
    ]
    assert not faults, f"{name}: {faults}"


@pytest.mark.parametrize("options", LOOKS)
def test_listen_and_why(
    open_page: OpenPage,
    noisy: Callable[..., Path],
    options: dict[str, Any],
    request: pytest.FixtureRequest,
) -> None:
    page = open_page(wav=noisy(3), **options)
    look(page, "listen", request)
    page.get_by_role("button", name="Listen").click()
    page.wait_for_timeout(3500)
    page.screenshot(path=PICTURES / f"listening-{request.node.callspec.id}.png")
    page.locator(".answer").wait_for()
    look(page, "answer", request)
    page.get_by_role("link", name="How it knows").click()
    expect(page.get_by_role("button", name="Play the track")).to_be_enabled()
    look(page, "why", request)


@pytest.mark.parametrize("options", LOOKS)
def test_library_history_and_status(
    open_page: OpenPage,
    server: Any,
    past: None,
    options: dict[str, Any],
    request: pytest.FixtureRequest,
) -> None:
    broken = {"file": ("Interlude.mp3", b"do re mi")}
    httpx2.post(server.url + "/v1/tracks", files=broken, timeout=60)
    page = open_page("/library", **options)
    page.get_by_role("button", name=f"Delete {PIECES[0].title}").click()
    look(page, "library", request)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name=f"Edit {PIECES[0].title}").click()
    look(page, "edit", request)
    page.goto("/history")
    page.locator(".heard li").first.wait_for()
    look(page, "history", request)
    page.get_by_role("button", name="Delete all").click()
    look(page, "history-clear", request)
    page.goto("/status")
    page.get_by_text("Interlude.mp3").first.wait_for()
    look(page, "status", request)


@pytest.mark.parametrize("options", [LOOKS[0], LOOKS[3]])
def test_music_on_its_way_in(
    open_page: OpenPage,
    music: list[Path],
    tmp_path: Path,
    options: dict[str, Any],
    request: pytest.FixtureRequest,
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
    expect(uploads.get_by_text("not audio")).to_be_visible(timeout=30_000)
    look(page, "uploads", request)
    uploads.get_by_role("button", name="Cancel all").click()
    look(page, "uploads-ended", request)


@pytest.mark.parametrize("options", LOOKS[:1])
def test_what_is_not_there(
    open_page: OpenPage, options: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    page = open_page("/nowhere", **options)
    expect(page.get_by_text("There is nothing here")).to_be_visible()
    look(page, "nowhere", request)
    page.goto("/why/gone")
    expect(page.get_by_text("This recording is gone")).to_be_visible()
    look(page, "gone", request)


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
