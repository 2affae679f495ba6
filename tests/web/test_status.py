from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Page, expect

from wavvy.catalog.repository import Catalog
from wavvy.demo import write_wav
from wavvy.dsp.params import DEFAULT


def test_jobs_are_seen_cancelled_and_tried_again(
    open_page: Callable[..., Page], server: Any, melody: Callable[..., Any], tmp_path: Path
) -> None:
    def send(name: str, content: bytes) -> None:
        answer = httpx2.post(server.url + "/v1/tracks", files={"file": (name, content)}, timeout=60)
        assert answer.status_code == 202

    send("broken.mp3", b"do re mi")
    page = open_page("/status")
    expect(page.get_by_text("This server")).to_be_visible()
    failed = page.get_by_role("list", name="Failed")
    expect(failed.get_by_text("not audio")).to_be_visible()
    failed.get_by_role("button", name="Try broken.mp3 again").click()
    expect(failed.get_by_role("alert")).to_contain_text("not kept any more")

    folder = tmp_path / "music"
    folder.mkdir()
    write_wav(folder / "0.wav", melody(7, 25.0), 16000)
    for number in range(1, 2000):
        (folder / f"{number}.wav").symlink_to(folder / "0.wav")
    with Catalog.open(server.data_dir, params_digest=DEFAULT.digest()) as catalog:
        job = catalog.jobs.create("import", str(folder), {"folder": str(folder)})
    running = page.get_by_role("list", name="Running")
    expect(page.get_by_text("Busy with 1 of 1")).to_be_visible()
    running.get_by_role("button", name=f"Cancel {folder}").click()
    expect(running).to_have_count(0)
    assert server.get(f"/v1/jobs/{job.id}")["job"]["state"] == "cancelled"


def test_a_recognition_shows_in_the_charts(
    open_page: Callable[..., Page], server: Any, clean: Callable[..., Any]
) -> None:
    page = open_page("/status")
    expect(page.get_by_text("No clip in the last five minutes")).to_be_visible()
    for _ in range(2):  # the second time from the cache
        with clean(0).open("rb") as clip:
            httpx2.post(server.url + "/v1/recognize", files={"file": clip}, timeout=60)
    expect(page.get_by_text("Median")).to_be_visible()
    expect(page.get_by_text("50 %")).to_be_visible()
