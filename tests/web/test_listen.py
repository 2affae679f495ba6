from __future__ import annotations

import json
import logging
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from wavvy.demo import PIECES

log = logging.getLogger(__name__)

OpenPage = Callable[..., Page]
Cut = Callable[..., Path]

TITLES = [PIECES[number].title for number in (0, 4, 6, 12)]
LEAD_S = 1.5
TIMES = """() => {
  window.times = {};
  const button = document.querySelector(".listen-button");
  button.addEventListener("click", () => { times.click = performance.now(); }, true);
  new MutationObserver(() => {
    if (document.querySelector(".answer")) times.answer ??= performance.now();
  }).observe(document.body, { childList: true, subtree: true });
}"""


def listen(page: Page) -> None:
    page.get_by_role("button", name="Listen").click()


def answer(page: Page) -> str:
    page.locator(".answer").wait_for()
    return page.locator(".answer .title").inner_text()


def position_s(page: Page) -> int:
    words = page.get_by_test_id("position").inner_text()
    found = re.search(r"(\d+):(\d\d) of", words)
    assert found, words
    return 60 * int(found[1]) + int(found[2])


def test_music_is_recognised_and_followed(open_page: OpenPage, clean: Cut) -> None:
    page = open_page(wav=clean(1, start_s=20))
    clicked = time.monotonic()
    listen(page)
    expect(page.get_by_role("heading", name="Listening…")).to_be_visible()
    assert answer(page) == TITLES[1]
    at = position_s(page)
    assert 21 <= at <= 20 + time.monotonic() - clicked - LEAD_S + 1
    page.wait_for_timeout(2100)
    assert at + 1 <= position_s(page) <= 20 + time.monotonic() - clicked - LEAD_S + 1
    page.get_by_role("button", name="Listen again").click()
    expect(page.locator(".answer")).to_have_count(0)


def test_music_in_a_noisy_bar_is_recognised(open_page: OpenPage, noisy: Cut) -> None:
    page = open_page(wav=noisy(3))
    listen(page)
    assert answer(page) == TITLES[3]


def test_unknown_music_is_no_match(open_page: OpenPage, unknown: Path) -> None:
    page = open_page(wav=unknown)
    listen(page)
    page.wait_for_timeout(8000)
    page.get_by_role("button", name="Stop and answer").click()
    expect(page.get_by_role("heading", name="No match")).to_be_visible()
    expect(page.get_by_text("not in your library")).to_be_visible()
    page.get_by_role("link", name="What it heard").click()
    expect(page.get_by_role("heading", name="What it heard")).to_be_visible()


def test_a_wrong_answer_can_be_put_right(open_page: OpenPage, clean: Cut) -> None:
    page = open_page(wav=clean(0))
    listen(page)
    assert answer(page) == TITLES[0]
    page.get_by_role("button", name="Not this one").click()
    first = page.get_by_role("button", name=re.compile("^It was ")).first
    chosen = (first.get_attribute("aria-label") or "").removeprefix("It was ")
    assert chosen in set(TITLES) - {TITLES[0]}
    first.click()
    assert answer(page) == chosen


def test_the_answer_survives_the_server(open_page: OpenPage, noisy: Cut, server: Any) -> None:
    page = open_page(wav=noisy(2, start_s=5, seconds=45))  # plays on after the server is back
    listen(page)
    page.wait_for_timeout(1000)  # the music has not begun
    server.kill()
    expect(page.get_by_text("The connection was lost")).to_be_visible()
    server.start()
    assert answer(page) == TITLES[2]


def test_a_refused_microphone_is_explained_and_files_still_work(
    open_page: OpenPage, music: list[Path]
) -> None:
    page = open_page()
    listen(page)
    expect(page.get_by_role("alert")).to_contain_text("The microphone is blocked")
    page.get_by_label("A file", exact=True).set_input_files(music[0])
    assert answer(page) == TITLES[0]


def test_a_dropped_file_is_recognised(open_page: OpenPage, clean: Cut) -> None:
    page = open_page()
    transfer = page.evaluate_handle(
        """(bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "clip.wav", { type: "audio/wav" }));
          return data;
        }""",
        list(clean(2, seconds=5).read_bytes()),
    )
    page.dispatch_event("main", "dragenter", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop it to recognise it")).to_be_visible()
    page.dispatch_event("main", "drop", {"dataTransfer": transfer})
    assert answer(page) == TITLES[2]


def test_what_is_no_audio_is_explained(open_page: OpenPage, tmp_path: Path) -> None:
    broken = tmp_path / "notes.mp3"
    broken.write_text("do re mi")
    page = open_page()
    page.get_by_label("A file", exact=True).set_input_files(broken)
    expect(page.get_by_role("alert")).to_contain_text("is not audio")


def test_an_answer_is_explained_and_played(open_page: OpenPage, clean: Cut) -> None:
    page = open_page(wav=clean(3))
    listen(page)
    answer(page)
    page.get_by_role("link", name="How it knows").click()
    expect(page.get_by_role("heading", name="How it knows")).to_be_visible()
    expect(page.locator(".verdict")).to_contain_text(TITLES[3])
    expect(page.locator(".mark")).to_contain_text("votes")
    deadline = time.monotonic() + 30
    for name in ("Play the track", "Play the clip"):
        page.get_by_role("button", name=name).click()
        while page.evaluate("parseFloat(document.querySelector('.playhead').style.left)") <= 5:
            assert time.monotonic() < deadline, "it does not play"
            page.wait_for_timeout(50)
    expect(page.get_by_text("cannot be played")).to_have_count(0)
    page.get_by_role("link", name="Back").click()
    assert answer(page) == TITLES[3]


def test_nothing_moves_while_listening(open_page: OpenPage, unknown: Path) -> None:
    page = open_page(wav=unknown)
    page.get_by_role("button", name="Listen").wait_for()
    page.evaluate(
        """() => {
          window.shift = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) shift += entry.value;
          }).observe({ type: "layout-shift" });
        }"""
    )
    listen(page)
    expect(page.get_by_role("heading", name="Listening…")).to_be_visible()
    page.wait_for_timeout(5000)
    log.info("layout shift while listening: %.4f", page.evaluate("shift"))
    assert page.evaluate("shift") < 0.01


@pytest.mark.slow
def test_the_answer_comes_within_three_seconds_of_music(open_page: OpenPage, clean: Cut) -> None:
    took, needed = [], []

    def note(frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["type"] == "match":
            needed.append(message["elapsed_ms"] / 1000 - LEAD_S)

    for number in range(10):
        page = open_page(wav=clean(number % 4, start_s=8 + 5 * number))
        page.on("websocket", lambda socket: socket.on("framereceived", note))
        page.evaluate(TIMES)
        listen(page)
        assert answer(page) == TITLES[number % 4]
        took.append(page.evaluate("times.answer - times.click") / 1000 - LEAD_S)
        page.context.browser.close()
    log.info("click to answer: median %.2f s of %d", statistics.median(took), len(took))
    assert len(needed) == len(took)
    assert statistics.median(needed) <= 3, needed
    assert min(took) <= 3, took  # other work on the machine makes the others later
