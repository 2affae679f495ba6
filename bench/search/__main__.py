"""Measure the text search: ``python -m bench.search``.

Makes a catalogue of made-up names, in SQLite or, with ``--database-url``, in an empty database of
PostgreSQL; it is kept and used again. Reports the time of a search, with each beginning of a
query as a search of its own, and how often the right track is among the first three.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.cache import cache_dir
from bench.search.clock import HEADER, Clock, Took, spread
from bench.search.library import names, open_filled
from bench.search.names import Name
from bench.search.queries import MISTAKES, plain_queries
from wavvy.catalog.listing import Listing
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import TrackTags

ADDED = 200


def main() -> None:
    """Measure what the command line asks for."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--database-url", help="an empty database of PostgreSQL")
    parser.add_argument("--folder", type=Path, default=cache_dir() / "search")
    options = parser.parse_args()
    library = names(options.tracks)
    folder = options.folder / str(options.tracks)
    began = time.perf_counter()
    with open_filled(folder, options.tracks, options.database_url) as catalog:
        opened = time.perf_counter() - began
        print(f"{catalog.location}: {options.tracks:,} tracks, opened or made in {opened:.0f} s")
        measure(catalog, library, options.queries)
        adding(catalog)


def measure(catalog: Catalog, library: Sequence[Name], count: int) -> None:
    """Print a table of times and of what was found."""
    clock = Clock(catalog)
    queries = plain_queries(library, count, seed=7)
    for query, _ in queries[:20]:
        _search(catalog, query, clock)
    print(HEADER, "  first  first 3")
    typed = [query[:end] for query, _ in queries[: count // 5] for end in range(1, len(query) + 1)]
    print(spread("as you type", [_search(catalog, part, clock)[0] for part in typed]))
    for name, mistake in MISTAKES.items():
        draw = random.Random(11)
        times, places = [], []
        for query, at in queries:
            took, found = _search(catalog, mistake(query, draw), clock)
            times.append(took)
            right = [n for n, track_id in enumerate(found) if _same(library, track_id, at)]
            places.append(right[0] if right else len(library))
        first, three = (sum(place < n for place in places) / len(places) for n in (1, 3))
        print(spread(name, times), f"  {first:5.1%}  {three:7.1%}")


def adding(catalog: Catalog) -> None:
    """Print what adding a track costs."""
    clock = Clock(catalog)
    times, made = [], []
    tag = time.time_ns()
    for number in range(ADDED):
        tags = TrackTags(f"Quite New {tag} {number}", artists=(f"Someone {number % 7}",), album="N")
        clock.start()
        track_id, _ = catalog.add_track(
            tags, content_hash=f"{tag} {number}".encode(), duration_ms=1, fingerprint=b"x" * 20_000,
            source=None,
        )  # fmt: skip
        times.append(clock.took())
        made.append(track_id)
    for track_id in made:
        catalog.remove_track(track_id)
    print(spread("adding a track", times))


def _search(catalog: Catalog, query: str, clock: Clock) -> tuple[Took, list[int]]:
    clock.start()
    page = catalog.page(Listing(query=query, order="relevance", limit=20))
    return clock.took(), [track.id for track in page.tracks]


def _same(library: Sequence[Name], track_id: int, at: int) -> bool:
    """Tell whether a track is the right one, or one that is called the same."""
    if track_id > len(library):
        return False
    return library[track_id - 1][:2] == library[at][:2]


if __name__ == "__main__":
    main()
