"""The same recording twice: found, compared by ear, cleared up, or said to be two."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from playwright.sync_api import Page, expect

import wavvy
from wavvy.demo import PIECES
from wavvy.dsp.decode import decode_file

OpenPage = Callable[..., Page]
RATE = 44_100
TITLES = [PIECES[number].title for number in (0, 4)]


def encode(samples: np.ndarray[Any, np.dtype[np.float32]], path: Path, codec: str) -> Path:
    """Write samples as a file of few bits."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=RATE, layout="mono")
        stream.bit_rate = 96_000
        for start in range(0, samples.size, 1024):
            block = samples[None, start : start + 1024]
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def server(  # type: ignore[no-untyped-def]
    start_server, music: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A server whose library has one piece three times, and one twice."""
    folder = tmp_path_factory.mktemp("copies")
    first, second = (decode_file(path, sample_rate=RATE) for path in music[:2])
    copies = [
        encode(first, folder / "copy.mp3", "libmp3lame"),
        encode(first[2 * RATE :], folder / "late.m4a", "aac"),
        encode(second, folder / "again.mp3", "libmp3lame"),
    ]
    data_dir = tmp_path_factory.mktemp("twice")
    with wavvy.open(data_dir) as library:
        for path in [*music[:2], *copies]:
            assert library.add(path).error is None
    server = start_server(data_dir)
    yield server
    server.stop()


def looked(page: Page) -> None:
    """Have duplicates looked for, unless that was done."""
    page.locator(".scan").wait_for()
    if page.get_by_text("Not looked yet.").count():
        page.get_by_role("button", name="Look for duplicates").click()
    expect(page.get_by_role("article")).to_have_count(2)


def test_how_it_looks(
    open_page: OpenPage,
    options: dict[str, Any],
    look: Callable[[Page, str], None],
    stay_undoable: Callable[[Page], None],
) -> None:
    page = open_page("/library/duplicates", **options)
    stay_undoable(page)
    page.locator(".scan").wait_for()
    if page.get_by_text("Not looked yet.").count():
        look(page, "duplicates-unlooked")
    looked(page)
    page.get_by_role("button", name="Remove copy.mp3").click()
    page.get_by_role("button", name=f"Not duplicates: {TITLES[1]}").click()
    page.evaluate("scrollTo(0, 0)")
    look(page, "duplicates")
    for _ in range(2):
        page.get_by_role("button", name="Undo").first.click()


def test_found_cleared_up_and_set_apart(
    open_page: OpenPage, server: Any, stay_undoable: Callable[[Page], None]
) -> None:
    page = open_page("/library/duplicates")
    looked(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Duplicates2 recordings")
    page.goto("/library")
    stay_undoable(page)
    page.get_by_role("link", name="Duplicates 2").click()
    group = page.get_by_role("article", name=TITLES[0])
    expect(group.get_by_role("radio").first).to_be_checked()
    expect(group.get_by_role("listitem").first).to_contain_text("Best file")
    expect(group.get_by_role("listitem").last).to_contain_text("% alike")

    # Where one file is heard, the other goes on.
    group.get_by_role("button", name="Play copy.mp3").click()
    group.get_by_role("button", name="Play late.m4a").click()
    group.get_by_role("button", name="Pause late.m4a").click()

    # By keyboard alone; undone, it is as before.
    remove = group.get_by_role("button", name="Remove the 2 others")
    remove.press("Enter")
    expect(group).to_contain_text("2 files removed")
    expect(page.get_by_role("article", name=TITLES[1])).to_be_focused()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(group).to_be_focused()
    assert server.get("/v1/tracks")["total"] == 5

    # Whoever leaves wants what was asked for.
    remove.click()
    page.get_by_role("button", name=f"Not duplicates: {TITLES[1]}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Duplicates0 recordings")
    page.get_by_role("link", name="Back to the library").click()
    expect(page.locator(".rows .row")).to_have_count(3)
    deadline = time.monotonic() + 30
    while server.get("/v1/duplicates")["total"]:
        assert time.monotonic() < deadline, "they are duplicates still"
        page.wait_for_timeout(50)
    page.goto("/library/duplicates")
    expect(page.get_by_text("No duplicates")).to_be_visible()
    page.get_by_role("button", name="Look for duplicates").click()
    expect(page.get_by_text("Looked just now. Every track has been compared.")).to_be_visible()
    left = {track["title"] for track in server.get("/v1/tracks")["tracks"]}
    assert left == {*TITLES, "again"}
    assert server.get("/v1/duplicates")["total"] == 0
