from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture(scope="module")
def server(start_server, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """A server whose library is empty."""
    return start_server(tmp_path_factory.mktemp("empty"))


@pytest.mark.slow
def test_an_empty_library_becomes_one_to_try(open_page: Callable[..., Page]) -> None:
    page = open_page("/library")
    expect(page.get_by_text("No music yet")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
    expect(page.get_by_role("link", name="Add music")).to_be_visible()
    page.get_by_role("button", name="Try the demo").click()
    expect(page.get_by_text("Composing music")).to_be_visible()
    page.get_by_role("link", name="See and play them").click(timeout=180_000)
    expect(page.get_by_text("15 tracks")).to_be_visible()
    page.get_by_role("button", name="Play Copper Moon").click()
    expect(page.get_by_role("button", name="Pause Copper Moon")).to_be_visible()
