"""One tab of Chromium, driven over its own protocol by what is needed and no more.

Playwright would have the browser report all network traffic, and keep a copy of each frame.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 90.0
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--window-size=1280,800",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)


class BetweenPages(RuntimeError):
    """One page has gone and the next has not come, so there is nobody to ask."""


class Tab:
    """A page, asked by JavaScript.

    Parameters
    ----------
    socket : ClientConnection
        To the page's debugger.
    browser : psutil.Process
        The browser that shows it.
    """

    def __init__(self, socket: ClientConnection, browser: psutil.Process) -> None:
        self._socket = socket
        self._browser = browser
        self._sent = 0

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result; raises BetweenPages."""
        self._sent += 1
        self._socket.send(
            json.dumps({"id": self._sent, "method": method, "params": parameters}), text=True
        )
        while True:
            message = json.loads(self._socket.recv(PATIENCE_S))
            if message.get("id") == self._sent:
                if "error" in message:
                    said = message["error"]["message"]
                    between = "xecution context" in said or "navigated" in said
                    raise (BetweenPages if between else RuntimeError)(f"{method}: {said}")
                result: dict[str, Any] = message["result"]
                return result

    def evaluate(self, expression: str) -> Any:
        """Return what an expression is in the page, as JSON; a person might have caused it."""
        found = self.send(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['result'].get('description')}")
        return found["result"].get("value")

    def wait_until(self, condition: str) -> None:
        """Wait until an expression is true, of the page that is there then."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(BetweenPages):
                if self.evaluate(condition):
                    return
            time.sleep(0.1)
        raise TimeoutError(condition)

    def metrics(self) -> dict[str, float]:
        """Return the page's metrics after a garbage collection, by name."""
        for _ in range(2):  # the first frees what the second can take
            self.send("HeapProfiler.collectGarbage")
        self.send("Performance.enable")
        found = self.send("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] for metric in found}

    def count(self, name: str) -> int:
        """Count the objects of a class that the page has and cannot let go of."""
        prototype = self._handle("Runtime.evaluate", "result", expression=f"{name}.prototype")
        found = self._handle("Runtime.queryObjects", "objects", prototypeObjectId=prototype)
        length = self.send(
            "Runtime.callFunctionOn",
            objectId=found,
            functionDeclaration="function () { return this.length; }",
            returnByValue=True,
        )["result"]["value"]
        for handle in (found, prototype):
            self.send("Runtime.releaseObject", objectId=handle)
        return int(length)

    def _handle(self, method: str, answer: str, **parameters: Any) -> str:
        return str(self.send(method, **parameters)[answer]["objectId"])

    def resident_mb(self) -> float:
        """Return the memory that the page's process has for itself, in 10^6 bytes."""
        renderers = [
            process.memory_full_info().uss
            for process in self._browser.children(recursive=True)
            if "--type=renderer" in process.cmdline()
        ]
        return float(max(renderers, default=0)) / 1e6


@contextmanager
def tab(address: str, microphone: Path, profile: Path) -> Iterator[Tab]:
    """Open an address in a browser whose microphone plays a file over and over."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("there is no Chromium on this machine (Debian: apt-get install chromium)")
    command = [
        chromium,
        *FLAGS,
        f"--user-data-dir={profile}",
        f"--use-file-for-fake-audio-capture={microphone}",
        address,
    ]
    log = profile.with_name("chromium.log")
    with log.open("wb") as output:
        browser = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        with connect(_debugger(log), max_size=None, proxy=None) as socket:
            yield Tab(socket, psutil.Process(browser.pid))
    finally:
        browser.terminate()
        browser.wait(30)


def _debugger(log: Path) -> str:
    """Return where the debugger of the one page is, once it is there."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = re.search(r"DevTools listening on ws://(\S+?)/", log.read_text("utf-8", "replace"))
        if found:
            targets = httpx2.get(f"http://{found[1]}/json", timeout=10).json()
            for target in targets:
                if target["type"] == "page" and target["url"].startswith("http"):
                    return str(target["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise TimeoutError(f"the browser did not start, see {log}")
