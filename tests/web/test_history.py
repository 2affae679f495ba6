from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page, expect

from wavvy.demo import PIECES

OpenPage = Callable[..., Page]


def test_what_was_recognised_is_there_until_it_is_deleted(
    open_page: OpenPage, server: Any, clean: Callable[..., Path]
) -> None:
    httpx2.delete(server.url + "/v1/history", timeout=60)
    page = open_page("/history")
    page.get_by_label("Period").select_option("all")
    expect(page.get_by_text("Nothing recognised yet")).to_be_visible()

    with clean(0).open("rb") as clip:
        answer = httpx2.post(server.url + "/v1/recognize", files={"file": clip}, timeout=60)
    assert answer.json()["results"]
    title = PIECES[0].title
    page.reload()
    row = page.locator(".heard li")
    expect(row).to_have_count(1)
    expect(row.get_by_text(title)).to_be_visible()
    expect(page.locator(".top-tracks li")).to_have_count(1)
    expect(page.get_by_role("img", name="1 recognised, 0 without a match")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    (exported,) = csv.DictReader(download.value.path().read_text("utf-8").splitlines())
    assert exported["title"] == title

    page.get_by_role("button", name=f"Delete {title}").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name=f"Delete {title}")).to_be_enabled()
    assert server.get("/v1/history")["total"] == 1
    page.get_by_role("button", name=f"Delete {title}").click()
    expect(row).to_have_count(0)
    assert server.get("/v1/history")["total"] == 0


def test_filters_pages_and_deleting_all(open_page: OpenPage, server: Any, past: None) -> None:
    page = open_page("/history")
    expect(page.get_by_text("60 recognitions")).to_be_visible()
    expect(page.locator(".heard li")).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".heard li")).to_have_count(60)
    expect(page.get_by_text("not in the library any more")).to_have_count(1)
    page.get_by_label("Show").select_option("No match")
    expect(page.get_by_text("12 recognitions")).to_be_visible()

    page.get_by_role("button", name="Delete all").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("All 60 recognitions")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert server.get("/v1/history")["total"] == 60
    page.get_by_role("button", name="Delete all").click()
    dialog.get_by_role("button", name="Delete all").click()
    expect(page.get_by_text("Nothing in this time")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    page.get_by_role("link", name="Listen").last.click()
    expect(page).to_have_url(server.url + "/")
