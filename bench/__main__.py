"""Run every program and print one table."""

from __future__ import annotations

import sys

from bench import ingest, live, query, recognition, startup
from bench.report import run

PROGRAMS = {
    "ingest": ingest.measure,
    "recognition": recognition.measure,
    "query": query.measure,
    "startup": startup.measure,
    "live": live.measure,
}

if __name__ == "__main__":
    sys.exit(run(PROGRAMS, "Measure Wavvy on real music and print the table of bench/README.md."))
