"""A real server with composed music, and a real browser whose microphone plays a file."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

import wavvy
from wavvy.catalog.history import Heard
from wavvy.catalog.repository import Catalog
from wavvy.demo import PIECES, compose_library, noisy_clip, write_wav
from wavvy.dsp.decode import decode_file
from wavvy.dsp.params import DEFAULT

RATE = 44100
LEAD_S = 1.5
"""Silence before the music, while the browser opens its microphone."""

CHOSEN = tuple(PIECES[number] for number in (0, 4, 6, 12))
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
LOOKS = {
    "desktop-light": {"viewport": DESKTOP, "color_scheme": "light"},
    "desktop-dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone-light": {"viewport": PHONE, "color_scheme": "light"},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
}
"""Options of a page: sizes and themes."""

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
REST = """() => Promise.allSettled(
  document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime < Infinity)
    .map((each) => each.finished)
)"""
STAY_UNDOABLE = """() => {
  const { setTimeout } = window;
  window.setTimeout = (run, ms) => setTimeout(run, ms === 8000 ? 600000 : ms);
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PICTURES = Path(__file__).parent / "pictures"

# What does not come on a busy machine within Playwright's own 5 s may still come.
expect.set_options(timeout=60_000)

Samples = np.ndarray[Any, np.dtype[np.float32]]


@dataclass
class Server:
    """A server process that can be killed and started again at the same address."""

    data_dir: Path
    port: int
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        log = self.data_dir.with_name(self.data_dir.name + ".log")
        environment = os.environ | {
            "WAVVY_DATA_DIR": str(self.data_dir),
            "WAVVY_PORT": str(self.port),
        }
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "wavvy.cli", "serve"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 300
        while not re.search(r"ready: http", log.read_text("utf-8")):
            assert self.process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, "the server did not get ready"
            time.sleep(0.05)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=30)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = httpx2.get(self.url + path, timeout=60).json()
        return answer


StartServer = Callable[[Path], Server]


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four composed pieces, tagged."""
    return compose_library(tmp_path_factory.mktemp("music"), pieces=CHOSEN)


@pytest.fixture(scope="session")
def start_server() -> Iterator[StartServer]:
    running: list[Server] = []

    def start(data_dir: Path) -> Server:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        running.append(Server(data_dir, port))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture(scope="module")
def server(
    start_server: StartServer, music: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Server:
    """A server whose library is the composed pieces."""
    data_dir = tmp_path_factory.mktemp("data")
    with wavvy.open(data_dir) as library:
        for path in music:
            assert library.add(path).error is None
    return start_server(data_dir)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (path := shutil.which(name)) is not None:
            return path
    missing = "no Chromium on this machine: install it (Debian: apt-get install chromium)"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Start Playwright for one file: while it runs, its thread can run no other event loop."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def launch(playwright: Playwright, chromium: str) -> Callable[..., Browser]:
    """Start a browser, with more arguments if some are given."""

    def start(*more: str) -> Browser:
        arguments = [
            "--no-sandbox",
            "--use-fake-device-for-media-stream",
            "--autoplay-policy=no-user-gesture-required",
            *more,
        ]
        return playwright.chromium.launch(executable_path=chromium, args=arguments)

    return start


@pytest.fixture(scope="module")
def deaf(launch: Callable[..., Browser]) -> Iterator[Callable[[], Browser]]:
    """Give the browser that is refused a microphone: one for a file, another if it was closed."""
    opened: list[Browser] = []

    def give() -> Browser:
        if not opened or not opened[-1].is_connected():
            opened.append(launch("--deny-permission-prompts"))
        return opened[-1]

    yield give
    for browser in opened:
        browser.close()


@pytest.fixture
def hearing(launch: Callable[..., Browser]) -> Iterator[Callable[[Path], Browser]]:
    """Start a browser whose microphone plays a file once."""
    opened: list[Browser] = []

    def start(wav: Path) -> Browser:
        # A file that is not there would be silence, and no error.
        assert np.abs(decode_file(wav, sample_rate=8000)).max() > 0
        capture = f"--use-file-for-fake-audio-capture={wav}%noloop"
        opened.append(launch("--use-fake-ui-for-media-stream", capture))
        return opened[-1]

    yield start
    for browser in opened:
        browser.close()


@pytest.fixture
def open_page(
    deaf: Callable[[], Browser], hearing: Callable[[Path], Browser], server: Server
) -> Iterator[Callable[..., Page]]:
    """Open the app as one who was never there; what goes wrong in the page fails the test.

    The microphone plays `wav` once; without one it is refused.
    """
    opened: list[BrowserContext] = []

    def start(path: str = "/", *, wav: Path | None = None, **options: Any) -> Page:
        browser = deaf() if wav is None else hearing(wav)
        context = browser.new_context(base_url=server.url, **({"viewport": DESKTOP} | options))
        opened.append(context)
        context.set_default_timeout(90_000)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"the page failed: {error}"))
        page.goto(path)
        return page

    yield start
    for context in opened:
        context.close()


@pytest.fixture(params=list(LOOKS))
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give the options of each look in turn."""
    return LOOKS[request.param]


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keep a picture of a page under a name, and let axe judge it."""

    def keep(page: Page, name: str, *, judge: bool = True) -> None:
        PICTURES.mkdir(exist_ok=True)
        picture = PICTURES / f"{name}-{request.node.callspec.id}.png"
        if not judge:
            page.screenshot(path=picture)
            return
        page.wait_for_timeout(500)
        page.evaluate(REST)
        page.screenshot(path=picture)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("(tags) => axe.run({ runOnly: tags })", RULES)
        faults = [
            (fault["id"], [node["html"][:200] for node in fault["nodes"]])
            for fault in found["violations"]
        ]
        assert not faults, f"{name}: {faults}"

    return keep


@pytest.fixture
def record(tmp_path: Path) -> Callable[[Samples], Path]:
    """Write what a microphone is to hear: silence, the sound, silence."""

    def write(samples: Samples) -> Path:
        path = tmp_path / "microphone.wav"
        lead, tail = (np.zeros(round(s * RATE), np.float32) for s in (LEAD_S, 1.0))
        write_wav(path, np.concatenate([lead, samples, tail]), RATE)
        return path

    return write


@pytest.fixture
def stay_undoable() -> Callable[[Page], None]:
    """Keep all that may be undone on a page so for long, however slow the machine is."""
    return lambda page: page.evaluate(STAY_UNDOABLE)


@pytest.fixture
def clean(music: list[Path], record: Callable[[Samples], Path]) -> Callable[..., Path]:
    """What a microphone hears of a piece in silence."""

    def cut(number: int, start_s: int = 20, seconds: int = 10) -> Path:
        samples = decode_file(music[number], sample_rate=RATE)
        return record(samples[start_s * RATE : (start_s + seconds) * RATE])

    return cut


@pytest.fixture
def noisy(music: list[Path], record: Callable[[Samples], Path]) -> Callable[..., Path]:
    """What a microphone hears of a piece in a noisy bar."""

    def cut(number: int, start_s: int = 20, seconds: int = 12) -> Path:
        clip = noisy_clip(
            music[number],
            start_ms=1000 * start_s,
            duration_ms=1000 * seconds,
            sample_rate=RATE,
        )
        return record(clip)

    return cut


@pytest.fixture
def unknown(melody: Callable[..., Samples], record: Callable[[Samples], Path]) -> Path:
    """Music that is not in the library."""
    return record(melody(77, 10.0, RATE))


@pytest.fixture
def past(server: Server) -> None:
    """Some days of history on the server, and nothing else in it."""
    now = time.time_ns() // 1_000_000
    heard = []
    for number in range(60):
        piece = CHOSEN[number % 3]
        at = now - number * 7 * 3_600_000
        if number % 5 == 4:
            heard.append(Heard(at, "live", 8000))
        else:
            title, artists = (piece.title, (piece.artist,)) if number != 7 else ("Gone", ())
            track_id = 1 + number % 3 if number != 7 else 999
            heard.append(Heard(at, "upload", 5000, track_id, title, artists, None, 61_000, 0.9998))
    with Catalog.open(server.data_dir, params_digest=DEFAULT.digest()) as catalog:
        catalog.history.clear()
        catalog.history.add(heard)
