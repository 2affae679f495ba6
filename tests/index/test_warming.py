from __future__ import annotations

import numpy as np
import pytest

from wavvy.dsp.params import DEFAULT
from wavvy.index import segment as module
from wavvy.index.warming import warm
from wavvy.library import Wavvy


def test_what_a_search_for_a_track_touches_is_read(
    shared: Wavvy, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, np.ndarray, np.ndarray]] = []
    prefetch = module.Segment.prefetch

    def remember(segment: module.Segment, starts: np.ndarray, ends: np.ndarray) -> None:
        read.append((segment.path.name, starts, ends))
        prefetch(segment, starts, ends)

    monkeypatch.setattr(module.Segment, "prefetch", remember)
    snapshot = shared.index.snapshot()
    assert warm(snapshot, [2, 3, 99], DEFAULT) == 2
    assert len(read) == 2 * len(snapshot.segments)
    for _, starts, ends in read:
        assert starts.size > 50
        assert (np.diff(starts) >= 0).all()
        assert (ends >= starts).all()


def test_tracks_that_are_not_there(shared: Wavvy, empty: Wavvy) -> None:
    assert warm(shared.index.snapshot(), [], DEFAULT) == 0
    assert warm(shared.index.snapshot(), [0, 99, 2**40], DEFAULT) == 0
    assert warm(empty.index.snapshot(), [1], DEFAULT) == 0


def test_a_removed_track_is_left_out(library: Wavvy) -> None:
    library.remove(2)
    assert library.warm_tracks([1, 2]) == 1
