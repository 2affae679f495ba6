from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pictures import encoded
from sqlalchemy import text

from wavvy.catalog.history import Heard
from wavvy.catalog.lookups import Answer
from wavvy.catalog.track import Artwork
from wavvy.library import Wavvy
from wavvy.service.covers import Covers
from wavvy.service.warmth import Warmth


def hear(library: Wavvy, *track_ids: int) -> None:
    library.catalog.history.add(
        [Heard(1000 + n, "upload", 5000, track_id, "T") for n, track_id in enumerate(track_ids)]
    )


def test_tracks_that_were_recognised_are_read(library: Wavvy, tmp_path: Path) -> None:
    cover = Artwork("image/png", encoded("PNG", (600, 600)))
    library.catalog.lookups.found(
        2, "spotify", Answer({"url": "https://x"}, 1.0, {}, artwork=cover)
    )
    hear(library, 2, 2, 3, 999)
    library.remove(3)
    warmth = Warmth(library, Covers(library.catalog, tmp_path / "covers"))
    assert warmth.wait(60)
    assert warmth.warmed == 1
    assert len(list((tmp_path / "covers").iterdir())) == 2
    warmth.close()


def test_a_history_that_cannot_be_read_stops_nobody(
    library: Wavvy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with library.catalog._database.write() as session:
        session.execute(text("DROP TABLE recognitions"))
    warmth = Warmth(library, Covers(library.catalog, tmp_path / "covers"))
    assert warmth.wait(60)
    warmth.close()
    assert "could not be read beforehand" in caplog.text


@pytest.mark.parametrize(("share", "read"), [(0.5, True), (0.0, False)])
def test_an_index_that_memory_holds_is_read_as_a_whole(
    library: Wavvy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, read: bool
) -> None:
    monkeypatch.setattr("wavvy.service.warmth.MOST_OF_MEMORY", share)
    pieces: list[int] = []
    map_in = library.map_index_in

    def remember() -> Iterator[int]:
        for piece in map_in():
            pieces.append(piece)
            yield piece

    monkeypatch.setattr(library, "map_index_in", remember)
    warmth = Warmth(library, Covers(library.catalog, tmp_path / "covers"))
    assert warmth.wait(60)
    warmth.close()
    assert sum(pieces) == (library.stats().index.bytes if read else 0)
