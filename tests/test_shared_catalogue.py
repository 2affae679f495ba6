"""A library whose catalogue is in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import wavvy

NewDatabase = Callable[[], str]
Samples = np.ndarray[Any, np.dtype[np.float32]]

RATE = 16000


def test_two_libraries_share_catalogue_and_folder(
    new_database: NewDatabase, tmp_path: Path, album: list[Path], clip: Samples
) -> None:
    url = new_database()
    with wavvy.open(tmp_path, url) as one, wavvy.open(tmp_path, database_url=url) as other:
        assert [outcome.status for outcome in one.add_all(album, workers=1)] == ["added"] * 5
        assert [track.title for track in other.tracks("artist 2")] == ["Tune 2"]
        (result,) = other.identify(clip, RATE).results
        assert result.track.title == "Tune 2"
        assert other.add(album[2]).status == "known"
        other.remove(result.track.id)
        assert one.identify(clip, RATE).results == []
        stats = one.stats()
        assert stats.tracks == 4
        assert stats.catalog_bytes > stats.fingerprint_bytes
    assert list(tmp_path.glob("catalog*")) == []


def test_an_index_that_lags_behind_follows_the_catalogue(
    new_database: NewDatabase, tmp_path: Path, album: list[Path], clip: Samples
) -> None:
    url = new_database()
    with wavvy.open(tmp_path / "one", url) as library:
        assert library.add(album[2]).status == "added"
    # Another machine, with an index of its own.
    with wavvy.open(tmp_path / "other", url) as library:
        assert [found.track.title for found in library.identify(clip, RATE).results] == ["Tune 2"]
    # A new database: nothing of the old one may be found.
    with wavvy.open(tmp_path / "one", new_database()) as library:
        assert library.identify(clip, RATE).results == []
        assert library.verify_index() == []
