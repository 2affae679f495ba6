"""Libraries that the bench measures against, built once and kept in the cache folder."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import wavvy
from bench.cache import cache_dir

SOURCE = Path(wavvy.__file__).parent


def folder_for(tracks: Sequence[Path]) -> Path:
    """Return the data folder of these tracks, as fingerprinted by the code as it is now."""
    digest = hashlib.sha256()
    for path in sorted([*SOURCE.glob("dsp/*.py"), *SOURCE.glob("index/*.py")]):
        digest.update(path.read_bytes())
    digest.update("\n".join(map(str, tracks)).encode())
    return cache_dir() / f"library-{len(tracks)}-{digest.hexdigest()[:8]}"


def open_library(tracks: Sequence[Path]) -> wavvy.Wavvy:
    """Open the library of exactly these tracks, adding what it lacks."""
    folder = folder_for(tracks)
    for stale in folder.parent.glob(f"library-{len(tracks)}-*"):
        if stale != folder:
            shutil.rmtree(stale)
    library = wavvy.open(folder)
    print(f"library: {len(tracks)} tracks", file=sys.stderr)
    for outcome in library.add_all(tracks):
        if outcome.status == "failed":
            sys.exit(f"{outcome.file}: {outcome.error}")
    return library
