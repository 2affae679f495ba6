from __future__ import annotations

import re
from typing import Any

import pytest

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("address", ["/", "/library", "/why/abc", "/nobody/knows"])
def test_a_browser_gets_the_app_at_every_address(server: Any, address: str) -> None:
    page = server.client.get(address, headers=BROWSER)
    assert page.status_code == 200
    assert '<div id="app">' in page.text
    assert page.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("address", ["/v1/nothing", "/health/nothing", "/assets/nothing.js"])
def test_not_in_the_place_of_the_interface_or_of_files(server: Any, address: str) -> None:
    answer = server.client.get(address, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_a_program_is_told_that_nothing_is_there(server: Any) -> None:
    assert server.client.get("/library").json()["error"]["code"] == "not_found"
    assert server.client.post("/library", headers=BROWSER).status_code == 404


def test_files_of_the_app_may_be_kept(server: Any) -> None:
    page = server.client.get("/").text
    scripts = re.findall(r'src="(/assets/[^"]+\.js)"', page)
    assert scripts
    for script in scripts:
        answer = server.client.get(script)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_the_page_runs_nothing_that_stands_in_it(server: Any) -> None:
    page = server.client.get("/").text
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page) == []
