"""How long a search takes, and how much of that is work.

On a machine that does other things as well, most of the time may be waiting for a turn; the work is
what is left on one that does not.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from wavvy.catalog.repository import Catalog

_SHARES = (0.5, 0.95, 0.99)


class Took(NamedTuple):
    """Seconds on the clock, and of work: of this process and of the database's for it."""

    wall: float
    work: float


class Clock:
    """Times what is done with a catalogue, from one thread.

    Parameters
    ----------
    catalog : Catalog
        A database server's must be on this machine, and that Linux, for its work to be known.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._server: Path | None = None
        if not catalog.is_file:
            with catalog._database.read() as session:
                process = session.scalar(text("SELECT pg_backend_pid()"))
            self._server = Path(f"/proc/{process}/schedstat")
        self.start()

    def start(self) -> None:
        """Begin to count."""
        self._wall, self._work = time.perf_counter(), self._worked()

    def took(self) -> Took:
        """Return what it took since then."""
        return Took(time.perf_counter() - self._wall, self._worked() - self._work)

    def _worked(self) -> float:
        server = 0 if self._server is None else int(self._server.read_text().split()[0])
        return time.process_time() + server / 1e9


_COLUMNS = f"{'p95':>8} {'p99':>8}"
HEADER = f"{'':14} {'time: p50':>11} {_COLUMNS}   {'work: p50':>11} {_COLUMNS}"


def spread(name: str, took: Sequence[Took]) -> str:
    """Return a line of a table under `HEADER`."""
    columns = []
    for index, width in ((0, 11), (1, 11)):
        ordered = sorted(one[index] for one in took)
        picked = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in _SHARES]
        first, *others = (f"{1000 * seconds:.1f} ms" for seconds in picked)
        columns.append(f"{first:>{width}} " + " ".join(f"{other:>8}" for other in others))
    return f"{name:14} " + "   ".join(columns)
