"""Where downloads, libraries and results lie."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir() -> Path:
    """Return the folder for everything downloaded or built (``WAVVY_BENCH_CACHE``)."""
    default = Path(__file__).resolve().parent.parent / ".cache" / "bench"
    folder = Path(os.environ.get("WAVVY_BENCH_CACHE") or default).expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
