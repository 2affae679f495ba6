"""How big a library is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from wavvy.index.store import IndexStats


@dataclass(frozen=True, slots=True)
class LibraryStats:
    """Size of a library."""

    tracks: int
    duration_ms: int
    index: IndexStats
    fingerprint_bytes: int
    catalog_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """Return what ``wavvy stats --json`` prints."""
        return asdict(self) | {"index": self.index._asdict()}
