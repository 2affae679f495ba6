"""Run every program and print one table."""

from __future__ import annotations

import sys

from bench import ingest, live, query, startup
from bench.quality.report import measure as quality
from bench.report import run

PROGRAMS = {
    "ingest": ingest.measure,
    "quality": quality,
    "query": query.measure,
    "startup": startup.measure,
    "live": live.measure,
}

if __name__ == "__main__":
    sys.exit(run(PROGRAMS, "Measure Wavvy on real music and print the table of bench/README.md."))
