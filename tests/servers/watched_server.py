"""A server that measures how long its event loop is held up by any one callback.

Run as ``python watched_server.py REPORT``; settings come from the environment. What the operating
system gave to others meanwhile does not count: only working and waiting do.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import uvicorn

from wavvy.service.app import serve
from wavvy.service.settings import Settings

_SLOW_S = 0.02

slow: list[tuple[float, str]] = []
_run = asyncio.Handle._run
_began: list[float] = []
_where: list[str] = []


def _unscheduled() -> float:
    """Seconds that this thread was ready to run and did not."""
    status = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    return int(status.read_bytes().split()[1]) / 1e9


def _watched_run(handle: Any) -> Any:
    before, began = _unscheduled(), time.perf_counter()
    _where.clear()
    _began[:] = [began]
    try:
        return _run(handle)
    finally:
        _began.clear()
        took = time.perf_counter() - began
        if took > _SLOW_S:
            took -= _unscheduled() - before
            if took > _SLOW_S:
                slow.append((took, " < ".join(_where) or repr(handle)[:200]))


def _look(loop_thread: int) -> None:
    """Note what the event loop is at, once it has been at it for long."""
    while True:
        time.sleep(_SLOW_S / 2)
        if _began and not _where and time.perf_counter() - _began[0] > _SLOW_S:
            stack = traceback.extract_stack(sys._current_frames()[loop_thread])
            _where[:] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in stack[::-1][:12]]


class _FromReady(logging.Handler):
    """Forgets what happened before the server was ready."""

    def emit(self, record: logging.LogRecord) -> None:
        if "is ready" in record.getMessage():
            slow.clear()


def main() -> None:
    logging.getLogger("wavvy.service.server").addHandler(_FromReady())
    threading.Thread(target=_look, args=(threading.get_ident(),), daemon=True).start()
    asyncio.Handle._run = _watched_run  # type: ignore[method-assign]
    uvicorn.Config.get_loop_factory = lambda _: asyncio.new_event_loop  # type: ignore[method-assign, assignment]
    try:
        serve(Settings())
    finally:
        Path(sys.argv[1]).write_text(json.dumps(sorted(slow, reverse=True)))


if __name__ == "__main__":
    main()
