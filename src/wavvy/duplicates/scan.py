"""Asking about every track that has not been compared yet, and writing down what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from wavvy.catalog.repository import Catalog
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.duplicates.finder import METHOD, DuplicateFinder
from wavvy.errors import DamagedIndex
from wavvy.index.store import Index

_AT_ONCE = 16


class ScanProgress(NamedTuple):
    """How far a scan is.

    Attributes
    ----------
    done, total : int
        Tracks that were compared, and that there are to compare. Damaged ones stay to be compared.
    pairs : int
        New pairs of the same recording.
    """

    done: int
    total: int
    pairs: int


def scan(
    catalog: Catalog, index: Index, progress: Callable[[ScanProgress], None] = lambda _: None
) -> ScanProgress:
    """Compare every track that was added since the last scan with all others.

    What was found is written down as it goes: a scan that is ended half-way goes on there the next
    time. A track that is not in the index yet is left for then.

    Parameters
    ----------
    catalog : Catalog
        Of which library.
    index : Index
        Of the same.
    progress : callable
        Is given how far it is, each time something is written down; what it raises ends the scan.
    """
    finder = DuplicateFinder(index, index.params)
    # The catalogue first: whatever is due and in the index is then found by all who come later.
    due = np.array(catalog.duplicates.due(METHOD), np.int64)
    ids = due[np.isin(due, index.track_ids())].tolist()
    so_far = ScanProgress(0, len(ids), 0)
    progress(so_far)
    for start in range(0, len(ids), _AT_ONCE):
        found = {
            track_id: finder.find(track_id, peaks)
            for track_id, peaks in _fingerprints(catalog, ids[start : start + _AT_ONCE])
        }
        pairs = so_far.pairs + catalog.duplicates.write(found, METHOD)
        so_far = ScanProgress(so_far.done + len(found), len(ids), pairs)
        progress(so_far)  # after writing: even one that is ended early has come further
    catalog.duplicates.scanned()
    return so_far


def _fingerprints(catalog: Catalog, ids: list[int]) -> Iterator[tuple[int, Fingerprint]]:
    for track_id, blob in catalog.fingerprints(ids):
        try:
            yield track_id, Fingerprint.from_bytes(blob)
        except DamagedIndex:
            continue  # whoever mends the index says so
