from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Artwork, SourceFile, TrackTags
from wavvy.errors import NotFound, TooLarge

OpenCatalog = Callable[[], Catalog]

DIGEST = "params-1"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def test_a_track_comes_back_as_it_was_added(open_catalog: OpenCatalog) -> None:
    tags = TrackTags(
        title="Hoppípolla",
        artists=("Sigur Rós", "Amiina"),
        album="Takk…",
        release_date="2005-09-12",
        genres=("Post-Rock", "Ambient"),
        isrc=("GBAYE0500001",),
        track_number=3,
        artwork=Artwork("image/png", PNG),
    )
    source = SourceFile("/müsik/a b.flac", 123_456_789_012, 1_700_000_000_123_456_789)
    with open_catalog() as catalog:
        track_id, created = catalog.add_track(
            tags, content_hash=b"h", duration_ms=268_000, fingerprint=b"\0fp", source=source
        )
    assert created
    with open_catalog() as catalog:
        track = catalog.track(track_id)
        assert (track.title, track.artists, track.album) == (tags.title, tags.artists, tags.album)
        assert (track.release_date, track.genres, track.isrc) == (
            tags.release_date,
            tags.genres,
            tags.isrc,
        )
        assert (track.track_number, track.duration_ms) == (3, 268_000)
        assert (track.file, track.has_artwork) == (source.path, True)
        assert timedelta() <= datetime.now(UTC) - track.added_at < timedelta(minutes=1)
        assert catalog.artwork(track_id) == tags.artwork
        assert list(catalog.fingerprints([track_id])) == [(track_id, b"\0fp")]
        assert catalog.find_content(b"h") == track_id
        assert catalog.find_source(source) == track_id


def test_a_track_with_a_title_only(catalog: Catalog, add: Callable[..., int]) -> None:
    track = catalog.track(add("Title"))
    assert (track.artists, track.album, track.release_date) == ((), None, None)
    assert (track.genres, track.isrc, track.track_number) == ((), (), None)
    assert (track.file, track.has_artwork) == (None, False)
    assert catalog.artwork(track.id) is None


def test_the_same_content_is_added_once(catalog: Catalog) -> None:
    old, new = SourceFile("/a.mp3", 1, 2), SourceFile("/b.mp3", 3, 4)
    first = catalog.add_track(
        TrackTags("One"), content_hash=b"h", duration_ms=1, fingerprint=b"1", source=old
    )
    second = catalog.add_track(
        TrackTags("Two"), content_hash=b"h", duration_ms=2, fingerprint=b"22", source=new
    )
    assert second == (first[0], False)
    track = catalog.track(first[0])
    assert (track.title, track.duration_ms, track.file) == ("One", 1, "/a.mp3")
    assert list(catalog.fingerprints([track.id])) == [(track.id, b"1")]
    assert catalog.find_source(old) == catalog.find_source(new) == track.id


def test_same_names_share_a_row(
    catalog: Catalog, add: Callable[..., int], rows: Callable[[str], int]
) -> None:
    one = add("One", artists=("A", "A"), album="X", genres=("Rock",))
    two = add("Two", artists=("B", "A"), album="X", genres=("Rock",))
    assert [catalog.track(i).artists for i in (one, two)] == [("A", "A"), ("B", "A")]
    assert [rows(table) for table in ("artists", "albums", "genres")] == [2, 1, 1]


def test_the_same_cover_is_kept_once(
    catalog: Catalog, add: Callable[..., int], rows: Callable[[str], int]
) -> None:
    cover = Artwork("image/png", PNG)
    ids = [add(title, artwork=cover) for title in "abc"]
    assert rows("artworks") == 1
    assert [catalog.artwork(i) for i in ids] == [cover] * 3


def test_a_cover_over_the_limit_is_refused() -> None:
    assert Artwork("image/png", bytes(Artwork.MAX_BYTES))
    with pytest.raises(TooLarge, match="cover picture of 10485761 bytes"):
        Artwork("image/png", bytes(Artwork.MAX_BYTES + 1))


def test_changed_file_is_not_found(catalog: Catalog) -> None:
    source = SourceFile("/a.mp3", 1, 2)
    catalog.add_track(
        TrackTags("T"), content_hash=b"h", duration_ms=1, fingerprint=b"f", source=source
    )
    assert catalog.find_source(SourceFile("/a.mp3", 1, 3)) is None
    assert catalog.find_source(SourceFile("/a.mp3", 2, 2)) is None
    assert catalog.find_source(SourceFile("/A.mp3", 1, 2)) is None


def test_touched_file_is_found_again(catalog: Catalog, add: Callable[..., int]) -> None:
    track_id = add("T")
    for source in (SourceFile("/a.mp3", 1, 2), SourceFile("/a.mp3", 1, 9)):
        catalog.touch_source(track_id, source)
        assert catalog.find_source(source) == track_id
    assert catalog.find_source(SourceFile("/a.mp3", 1, 2)) is None
    assert catalog.track(track_id).file == "/a.mp3"


def test_a_file_with_new_content_belongs_to_the_new_track(catalog: Catalog) -> None:
    ids = [
        catalog.add_track(
            TrackTags(title),
            content_hash=title.encode(),
            duration_ms=1,
            fingerprint=b"f",
            source=SourceFile("/a.mp3", size, 0),
        )[0]
        for size, title in enumerate(("Old", "New"))
    ]
    assert [catalog.track(i).file for i in ids] == [None, "/a.mp3"]


def test_a_file_name_that_is_no_unicode(catalog: Catalog, add: Callable[..., int]) -> None:
    path = os.fsdecode(b"/caf\xe9.mp3") if os.name != "nt" else "C:\\caf\udce9.mp3"
    catalog.touch_source(add("T"), SourceFile(path, 1, 2))
    assert catalog.tracks()[0].file == path


def test_touching_an_unknown_track(catalog: Catalog) -> None:
    with pytest.raises(NotFound, match="no track 5"):
        catalog.touch_source(5, SourceFile("/a.mp3", 1, 2))
    assert catalog.find_source(SourceFile("/a.mp3", 1, 2)) is None


@pytest.mark.parametrize("track_id", [1, 0, -1, 2**31, 2**70])
def test_unknown_track(catalog: Catalog, track_id: int) -> None:
    with pytest.raises(NotFound, match=f"no track {track_id}"):
        catalog.track(track_id)
    with pytest.raises(NotFound, match=f"no track {track_id}"):
        catalog.remove_track(track_id)
    assert catalog.tracks_by_id([track_id]) == {}
    assert catalog.artwork(track_id) is None
    assert list(catalog.fingerprints([track_id])) == []


def test_removing_takes_all_that_belongs_to_the_track(
    catalog: Catalog, add: Callable[..., int], rows: Callable[[str], int]
) -> None:
    track_id = add(
        "T", artists=("A", "B"), album="X", genres=("G",), artwork=Artwork("image/png", PNG)
    )
    catalog.touch_source(track_id, SourceFile("/a.mp3", 1, 2))
    catalog.remove_track(track_id)
    tables = "tracks track_artists track_genres fingerprints sources artists albums genres artworks"
    assert {table: rows(table) for table in tables.split()} == dict.fromkeys(tables.split(), 0)
    with pytest.raises(NotFound):
        catalog.track(track_id)


def test_removing_keeps_what_others_use(
    catalog: Catalog, add: Callable[..., int], rows: Callable[[str], int]
) -> None:
    cover = Artwork("image/png", PNG)
    gone = add("Gone", artists=("A", "B"), album="X", genres=("G", "H"), artwork=cover)
    kept = add("Kept", artists=("A",), album="X", genres=("G",), artwork=cover)
    before = catalog.track(kept)
    catalog.remove_track(gone)
    assert catalog.track(kept) == before
    assert catalog.artwork(kept) == cover
    assert list(catalog.fingerprints([gone, kept])) == [(kept, b"fp Kept")]
    assert [rows(table) for table in ("artists", "genres")] == [1, 1]


def test_ids_are_never_used_again(open_catalog: OpenCatalog) -> None:
    seen = []
    for _ in range(3):
        with open_catalog() as catalog:
            track_id, created = catalog.add_track(
                TrackTags("T"), content_hash=b"h", duration_ms=1, fingerprint=b"f", source=None
            )
            assert created
            catalog.remove_track(track_id)
            seen.append(track_id)
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (None, ["Mañana", "50% off", "under_score"]),
        ("", ["Mañana", "50% off", "under_score"]),
        ("MANANA", ["Mañana"]),
        ("bjork", ["Mañana"]),
        ("ork hom", ["Mañana"]),
        ("homog bjö", ["Mañana"]),
        ("mañana nothing", ["Mañana"]),
        ("nothing", []),
        ("50", ["50% off"]),
        ("score", ["under_score"]),
        ("%", []),
        ("_", []),
        ("\0\ud800", []),
    ],
)
def test_search(
    catalog: Catalog, add: Callable[..., int], query: str | None, found: list[str]
) -> None:
    add("Mañana", artists=("Björk",), album="Homogenic")
    add("50% off")
    add("under_score")
    assert [track.title for track in catalog.tracks(query)] == found


def test_listing_in_pages(catalog: Catalog, add: Callable[..., int]) -> None:
    ids = [add(f"T{n}", artists=("A",)) for n in range(5)]
    first = catalog.tracks("t", limit=3)
    second = catalog.tracks("t", limit=3, after_id=first[-1].id)
    assert [track.id for track in (*first, *second)] == ids
    assert catalog.tracks(after_id=ids[-1]) == catalog.tracks(after_id=2**70) == []


def test_many_ids_at_once(catalog: Catalog, add: Callable[..., int]) -> None:
    ids = [add(f"T{n}") for n in range(70)]
    catalog.remove_track(ids.pop(3))
    assert catalog.track_ids() == ids
    asked = np.array([*reversed(ids), 4000, *range(5000, 45_000)])
    assert set(catalog.tracks_by_id(asked)) == set(ids)
    assert list(catalog.fingerprints(asked)) == [
        (i, f"fp {catalog.track(i).title}".encode()) for i in reversed(ids)
    ]


def test_counting(catalog: Catalog, add: Callable[..., int]) -> None:
    stats = catalog.count()
    assert (stats.tracks, stats.duration_ms, stats.fingerprint_bytes) == (0, 0, 0)
    add("a")
    add("bc")
    stats = catalog.count()
    assert (stats.tracks, stats.duration_ms, stats.fingerprint_bytes) == (2, 2000, 9)


def test_another_database_by_url(tmp_path: Path, data_dir: Path) -> None:
    url = f"sqlite:///{(tmp_path / 'elsewhere.db').as_posix()}"
    with Catalog.open(data_dir, params_digest=DIGEST, url=url) as catalog:
        assert catalog.track_ids() == []
    assert (tmp_path / "elsewhere.db").exists()
    assert not (data_dir / "catalog.sqlite3").exists()
