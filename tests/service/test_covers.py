from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pictures import encoded

from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Artwork, TrackTags
from wavvy.errors import NotFound
from wavvy.service import covers
from wavvy.service.covers import Covers


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path, params_digest="d") as catalog:
        for number, cover in enumerate((encoded("PNG", (200, 200)), b"older than checks")):
            catalog.add_track(
                TrackTags("T", artwork=Artwork("image/png", cover)),
                content_hash=bytes([number]),
                duration_ms=1,
                fingerprint=b"",
                source=None,
            )
        yield catalog


def test_the_older_half_makes_room(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Covers(catalog, tmp_path / "covers")
    for size in (64, 128, 256):
        made.picture(1, made.key(1, size))
    assert len(list((tmp_path / "covers").iterdir())) == 3
    monkeypatch.setattr(covers, "_MAX_BYTES", 1)
    made.picture(1, made.key(1, 512))
    assert len(list((tmp_path / "covers").iterdir())) == 2


def test_a_folder_that_cannot_be_written_keeps_no_cover_from_being_shown(
    catalog: Catalog, tmp_path: Path
) -> None:
    made = Covers(catalog, tmp_path / "covers")
    (tmp_path / "covers").rmdir()
    assert made.picture(1, made.key(1, 64)).data


def test_a_stored_cover_that_is_none(catalog: Catalog, tmp_path: Path) -> None:
    made = Covers(catalog, tmp_path / "covers")
    with pytest.raises(NotFound, match="track 2 cannot be shown"):
        made.picture(2, made.key(2, 64))
    with pytest.raises(NotFound, match="no cover picture for track 3"):
        made.key(3, None)
