from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from wavvy.demo import PIECES, write_wav

OpenPage = Callable[..., Page]


def shown(page: Page) -> list[str]:
    page.locator(".rows .row .names").first.wait_for()
    return page.locator(".rows .row .names > span:first-child").all_inner_texts()


def test_search_and_sort(open_page: OpenPage) -> None:
    page = open_page("/library")
    page.get_by_role("button", name="Title", exact=True).click()
    expect(page.get_by_role("columnheader", name="Title")).to_have_attribute(
        "aria-sort", "ascending"
    )
    titles = [PIECES[number].title for number in (0, 4, 6, 12)]
    expect(page.locator(".rows .row .names > span:first-child")).to_have_text(sorted(titles))
    page.get_by_role("searchbox").fill("moon")
    expect(page.locator(".rows .row")).to_have_count(1)
    assert shown(page) == ["Copper Moon"]
    page.get_by_role("searchbox").fill("coper mon")
    expect(page.locator("mark")).to_have_text(["Copper", "Moon"])
    page.get_by_role("searchbox").fill("nothing has this")
    page.get_by_role("button", name="Show all tracks").click()
    expect(page.locator(".rows .row")).to_have_count(4)


def test_upload_with_progress(
    open_page: OpenPage,
    melody: Callable[..., Any],
    tmp_path: Path,
    music: list[Path],
) -> None:
    good, broken = tmp_path / "Someone - New Tune.wav", tmp_path / "broken.mp3"
    write_wav(good, melody(5, 20.0), 16000)
    broken.write_text("do re mi")
    page = open_page("/library")
    page.get_by_label("Add files").and_(page.locator("input")).set_input_files(
        [good, broken, music[0]]
    )
    uploads = page.get_by_role("region", name="Music on its way in")
    expect(uploads.get_by_role("status")).to_have_text("1 added, 1 already there, 1 failed")
    expect(uploads.get_by_text("Already in the library")).to_be_visible()
    expect(uploads.get_by_text("not audio")).to_be_visible()
    uploads.get_by_role("button", name="Try broken.mp3 again").click()
    expect(uploads.get_by_role("status")).to_have_text("1 added, 1 already there, 1 failed")
    expect(page.get_by_text("New Tune", exact=True)).to_be_visible()


def test_edit(open_page: OpenPage, server: Any) -> None:
    page = open_page("/library")
    page.get_by_role("button", name=f"Edit {PIECES[4].title}").click()
    page.get_by_label("Title", exact=True).fill("Paper Ships")
    page.get_by_label("Artists", exact=True).fill("One; Two")
    page.get_by_label("Released").fill("soon")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Released")).to_be_focused()
    page.get_by_label("Released").fill("1999")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Paper Ships")).to_be_visible()
    (track,) = server.get("/v1/tracks?q=ships")["tracks"]
    assert track["artists"] == [{"name": "One"}, {"name": "Two"}]
    assert track["release_date"] == "1999"


def test_delete_and_undo(open_page: OpenPage, server: Any) -> None:
    page = open_page("/library")
    title = PIECES[12].title
    page.get_by_role("button", name=f"Delete {title}").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name=f"Delete {title}")).to_be_enabled()
    assert server.get(f"/v1/tracks?q={title.split()[0]}")["total"] == 1
    page.get_by_role("button", name=f"Delete {title}").click()
    expect(page.get_by_text(f"{title} was deleted")).to_be_visible()
    assert server.get(f"/v1/tracks?q={title.split()[0]}")["total"] == 1
    expect(page.get_by_role("button", name=f"Delete {title}")).to_have_count(0)
    assert server.get(f"/v1/tracks?q={title.split()[0]}")["total"] == 0


def test_keyboard_alone_gets_to_a_track(open_page: OpenPage) -> None:
    page = open_page("/library")
    shown(page)
    page.get_by_role("searchbox").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
        if re.match("Edit ", name):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert re.match("Edit ", page.evaluate("document.activeElement.getAttribute('aria-label')"))
