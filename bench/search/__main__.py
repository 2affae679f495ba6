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
    parser.add_argument(
        "--repeats",
        type=int,
        default=1,
        help="searches of which the quickest counts: more than "
        "one where others use the machine too",
    )
    parser.add_argument("--database-url", help="an empty database of PostgreSQL")
    parser.add_argument("--folder", type=Path, default=cache_dir() / "search")
    options = parser.parse_args()
    library = names(options.tracks)
    folder = options.folder / str(options.tracks)
    began = time.perf_counter()
    with open_filled(folder, options.tracks, options.database_url) as catalog:
        opened = time.perf_counter() - began
        print(f"{catalog.location}: {options.tracks:,} tracks, opened or made in {opened:.0f} s")
        measure(catalog, library, options.queries, options.repeats)
        adding(catalog)


def measure(catalog: Catalog, library: Sequence[Name], count: int, repeats: int) -> None:
    """Print a table of times and of what was found."""
    queries = plain_queries(library, count, seed=7)
    for query, _ in queries[:20]:
        _timed(catalog, query, 1)
    print(f"{'':14} {'p50':>7} {'p95':>7} {'p99':>7} {'worst':>7}   first  first 3")
    times: list[float] = []
    for query, _ in queries[: max(30, count // 5)]:
        times += [_timed(catalog, query[:end], repeats)[0] for end in range(1, len(query) + 1)]
    print(f"{'as you type':14} {_spread(times)}   {len(times):,} searches")
    for name, mistake in MISTAKES.items():
        draw = random.Random(11)
        times, places, missed = [], [], []
        for query, at in queries:
            typed = mistake(query, draw)
            took, found = _timed(catalog, typed, repeats)
            times.append(took)
            right = [n for n, track_id in enumerate(found) if _same(library, track_id, at)]
            places.append(right[0] if right else 99)
            if places[-1] > 2:
                missed.append((typed, library[at].title, library[at].artist))
        first, three = (sum(place < n for place in places) / len(places) for n in (1, 3))
        print(f"{name:14} {_spread(times)}   {first:5.1%}  {three:7.1%}")
        for miss in missed[:4]:
            print("    missed:", *miss, sep=" | ")


def adding(catalog: Catalog) -> None:
    """Print what adding a track costs."""
    times = []
    tag = time.time_ns()
    made = []
    for number in range(ADDED):
        tags = TrackTags(f"Quite New {tag} {number}", artists=(f"Someone {number % 7}",), album="N")
        began = time.perf_counter()
        track_id, _ = catalog.add_track(
            tags, content_hash=f"{tag} {number}".encode(), duration_ms=1, fingerprint=b"x" * 20_000,
            source=None,
        )  # fmt: skip
        times.append(time.perf_counter() - began)
        made.append(track_id)
    for track_id in made:
        catalog.remove_track(track_id)
    print(f"{'adding a track':14} {_spread(times)}")


def _timed(catalog: Catalog, query: str, repeats: int) -> tuple[float, list[int]]:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        page = catalog.page(Listing(query=query, order="relevance", limit=20))
        times.append(time.perf_counter() - began)
    return min(times), [track.id for track in page.tracks]


def _same(library: Sequence[Name], track_id: int, at: int) -> bool:
    """Tell whether a track is the right one, or one that is called the same."""
    if track_id > len(library):
        return False
    return library[track_id - 1][:2] == library[at][:2]


def _spread(times: Sequence[float]) -> str:
    ordered = sorted(times)
    shares = (0.5, 0.95, 0.99, 1)
    picked = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in shares]
    return " ".join(f"{1000 * value:5.1f}ms" for value in picked)


if __name__ == "__main__":
    main()
