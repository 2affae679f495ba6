"""Fetch a file from the web and add it to the library."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from wavvy.sandbox.patience import TRACK
from wavvy.service import fetching
from wavvy.service.work.kind import URGENT, Kind, Task


def fetch(task: Task) -> dict[str, Any]:
    """Fetch the file and add it, as if it had been uploaded."""
    url, max_bytes = task.arguments["url"], task.arguments["max_bytes"]
    path = task.uploads / secrets.token_hex(16)

    def progress(received: int, announced: int) -> None:
        share = 80 * received // max(received, announced) if announced else 0
        task.report(share, f"fetching it: {received / 1e6:.1f} MB so far")

    try:
        task.report(0, "fetching it")
        with path.open("xb") as file:
            found = fetching.fetch(url, file, max_bytes=max_bytes, progress=progress)
        name = fetching.file_name(found)
        task.report(80, "listening to it")
        outcome = task.library.add(
            _with_suffix(path, name),
            original_name=name,
            keep_path=False,
            patience=TRACK,
            max_seconds=task.arguments["max_seconds"],
        )
    finally:
        for left in (path, *path.parent.glob(f"{path.name}.*")):
            left.unlink(missing_ok=True)
    if outcome.error is not None:
        raise outcome.error
    return outcome.to_dict()


def _with_suffix(path: Path, name: str) -> Path:
    # The suffix helps readers of tags that go by it.
    suffix = Path(name).suffix
    plain = suffix.isascii() and suffix[1:].isalnum() and len(suffix) < 10
    return path.rename(path.with_suffix(suffix)) if plain else path


KIND = Kind("fetch", fetch, URGENT)
