"""A library of fifty thousand tracks in the page."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from bench.search.library import open_filled
from playwright.sync_api import Page, expect

log = logging.getLogger(__name__)

TRACKS = 50_000
PATIENCE_S = 180
"""For runs that stall: after that, no other is begun."""
# Scrolls far, evenly and in leaps, and tells the longest time between two frames and the longest
# task, in milliseconds. It gives up where a frame does not come at all.
SCROLL = """async () => {
  const box = document.querySelector(".scroller");
  let task = 0;
  const tasks = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) task = Math.max(task, duration);
  });
  tasks.observe({ type: "longtask" });
  const frame = () => new Promise((come, fail) => {
    requestAnimationFrame(come);
    setTimeout(() => fail(new Error("no frame for half a minute")), 30000);
  });
  let last = await frame(), gap = 0, frames = 0;
  const step = async (to) => {
    box.scrollTop = to;
    const now = await frame();
    gap = Math.max(gap, now - last);
    last = now;
    frames++;
  };
  const end = box.scrollHeight - box.clientHeight;
  for (let n = 0; n < 150; n++) await step(n * 120);
  for (let n = 0; n < 100; n++) await step((n * 7919 * 997) % end);
  for (let n = 0; n < 50; n++) await step(end - n * 300);
  await step(end);
  tasks.disconnect();
  return { gap, task, frames, end };
}"""


@pytest.fixture(scope="module")
def server(start_server, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """A server whose library is large."""
    folder = tmp_path_factory.mktemp("large")
    open_filled(folder, TRACKS).close()
    return start_server(folder)


@pytest.mark.slow
def test_it_scrolls_without_a_stall(open_page: Callable[..., Page]) -> None:
    page = open_page("/library")
    expect(page.get_by_text("50,000 tracks")).to_be_visible()
    page.locator(".rows .row .names").first.wait_for()
    runs: list[dict[str, Any]] = []
    end = time.monotonic() + PATIENCE_S
    # Other work on the machine only ever makes it worse, so the best run counts.
    while not runs or (runs[-1]["gap"] > 100 and time.monotonic() < end):
        runs.append(page.evaluate(SCROLL))
    best = min(runs, key=lambda run: run["gap"])
    log.info(
        "50,000 tracks: longest frame %.0f ms, longest task %.0f ms", best["gap"], best["task"]
    )
    assert best["end"] > 1_000_000
    assert best["frames"] > 300
    assert best["gap"] <= 100, runs
    expect(page.locator(f'.row[aria-rowindex="{TRACKS + 1}"] .names')).to_be_visible()
