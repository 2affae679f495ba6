from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Artwork, SourceFile, TrackTags
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


def add_file(catalog: Catalog, mtime_ns: int, tags: TrackTags, path: str = "/t.mp3") -> int:
    """Add one recording from a file that was changed at `mtime_ns`."""
    track_id, _ = catalog.add_track(
        tags,
        content_hash=b"T",
        duration_ms=1000,
        fingerprint=b"",
        source=SourceFile(path, 1, mtime_ns),
    )
    return track_id


def test_a_file_that_is_tagged_anew_changes_what_nobody_edited(
    catalog: Catalog, rows: Callable[[str], int]
) -> None:
    track_id = add_file(catalog, 1, TrackTags("T", artists=("A",), album="X", genres=("G",)))
    catalog.edit_track(track_id, {"title": "Mine", "album": None})
    cover = Artwork("image/png", b"png")
    tags = TrackTags(
        "T2", artists=("B", "C"), album="Y", genres=("H",), label="L", disc_number=2, artwork=cover
    )
    assert add_file(catalog, 2, tags) == track_id
    track = catalog.track(track_id)
    assert (track.title, track.album) == ("Mine", None)
    assert (track.artists, track.genres) == (("B", "C"), ("H",))
    assert (track.label, track.disc_number) == ("L", 2)
    assert catalog.artwork(track_id) == cover
    assert [found.id for found in catalog.tracks("mine c")] == [track_id]
    assert [rows(table) for table in ("artists", "albums", "genres")] == [2, 0, 1]


def test_another_file_of_the_same_audio_changes_nothing(catalog: Catalog) -> None:
    track_id = add_file(catalog, 1, TrackTags("T", artists=("A",)))
    add_file(catalog, 1, TrackTags("Copy", artists=("B",)), path="/copy.mp3")
    add_file(catalog, 2, TrackTags("Copy 2", artists=("B",)), path="/copy.mp3")
    track = catalog.track(track_id)
    assert (track.title, track.artists) == ("T", ("A",))


def test_of_a_track_from_before_origins_were_known_anything_may_be_an_edit(
    catalog: Catalog,
) -> None:
    track_id = add_file(catalog, 1, TrackTags("T", artists=("A",)))
    with catalog._database.write() as session:
        session.execute(text("UPDATE tracks SET provenance = NULL"))
    add_file(catalog, 2, TrackTags("T2", artists=("B",), album="Y"))
    track = catalog.track(track_id)
    assert (track.title, track.artists, track.album) == ("T", ("A",), "Y")


@pytest.mark.parametrize("track_id", [0, 1, 2**40])
def test_a_track_that_is_not_there(catalog: Catalog, track_id: int) -> None:
    with pytest.raises(NotFound):
        catalog.edit_track(track_id, {"title": "T"})
