"""``wavvy stats``: how big the library is."""

from __future__ import annotations

from wavvy.cli import terminal
from wavvy.cli.options import DataDir, Json, database_url, open_library
from wavvy.cli.quantity import count, duration, size


def stats(json: Json = False, data_dir: DataDir = None) -> None:
    """Show how much music the library holds and what it takes on disk."""
    with open_library(data_dir) as library:
        figures = library.stats()
        folder = library.data_dir
        catalogue = library.catalog.location
    if json:
        terminal.json_line(figures.to_dict())
        return
    index = figures.index
    terminal.pair("tracks", f"{figures.tracks:,}")
    terminal.pair("music", duration(figures.duration_ms))
    terminal.pair("landmarks", f"{index.postings:,}")
    terminal.pair("index", f"{size(index.bytes)} in {count(index.segments, 'segment')}")
    if index.tombstones:
        terminal.pair("removed", f"{index.tombstones:,}, in the index until it is merged")
    terminal.pair("fingerprints", size(figures.fingerprint_bytes))
    terminal.pair("catalogue", f"{size(figures.catalog_bytes)}, fingerprints included")
    if database_url():
        terminal.pair("database", catalogue)
    terminal.pair("folder", str(folder))
