from __future__ import annotations

from collections.abc import Callable

import pytest

from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import SourceFile, TrackTags
from wavvy.errors import NotFound

Add = Callable[..., int]


def test_what_is_not_named_stays(catalog: Catalog, add: Add) -> None:
    track_id = add("T", artists=("A", "B"), album="X", genres=("G",), isrc=("GBAYE9200070",))
    before = catalog.track(track_id)
    catalog.edit_track(track_id, {})
    assert catalog.track(track_id) == before
    catalog.edit_track(track_id, {"title": "U"})
    after = catalog.track(track_id)
    assert (after.title, after.artists, after.album) == ("U", ("A", "B"), "X")


def test_everything_can_be_changed_and_found(catalog: Catalog, add: Add) -> None:
    track_id = add("T", artists=("A", "B"), album="X", genres=("G",))
    catalog.edit_track(
        track_id,
        {
            "title": "Neu",
            "artists": ["B", "Zoë", "B"],
            "album": "Y",
            "release_date": "1992-04",
            "genres": ["H", "G"],
            "isrc": ["GBAYE9200070"],
        },
    )
    track = catalog.track(track_id)
    assert track.title == "Neu"
    assert track.artists == ("B", "Zoë", "B")
    assert (track.album, track.release_date) == ("Y", "1992-04")
    assert (track.genres, track.isrc) == (("H", "G"), ("GBAYE9200070",))
    assert [found.id for found in catalog.tracks("zoe neu y")] == [track_id]
    assert catalog.tracks("x") == []


def test_values_can_be_taken_away(catalog: Catalog, add: Add, rows: Callable[[str], int]) -> None:
    track_id = add("T", artists=("A",), album="X", genres=("G",), release_date="1992")
    other = add("Other", artists=("A",))
    catalog.edit_track(
        track_id, {"artists": [], "album": None, "genres": [], "release_date": None, "isrc": []}
    )
    track = catalog.track(track_id)
    assert (track.artists, track.album, track.genres, track.release_date) == ((), None, (), None)
    assert catalog.track(other).artists == ("A",)
    assert [rows(table) for table in ("artists", "albums", "genres")] == [1, 0, 0]


def test_adding_the_file_again_keeps_the_edit(catalog: Catalog, add: Add) -> None:
    track_id = add("T", artists=("A",))
    catalog.edit_track(track_id, {"title": "Mine"})
    again, created = catalog.add_track(
        TrackTags("From the file", artists=("B",)),
        content_hash=b"T",
        duration_ms=1000,
        fingerprint=b"",
        source=SourceFile("/t.mp3", 1, 2),
    )
    assert (again, created) == (track_id, False)
    track = catalog.track(track_id)
    assert (track.title, track.artists) == ("Mine", ("A",))
    assert catalog.sources(track_id) == [SourceFile("/t.mp3", 1, 2)]


@pytest.mark.parametrize("track_id", [0, 1, 2**40])
def test_a_track_that_is_not_there(catalog: Catalog, track_id: int) -> None:
    with pytest.raises(NotFound):
        catalog.edit_track(track_id, {"title": "T"})
