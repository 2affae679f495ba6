from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from wavvy.catalog.lookups import Answer
from wavvy.catalog.models import LookupRow
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Artwork, MusicBrainzIds

Add = Callable[..., int]

ANSWER = Answer(
    {"url": "https://example.org/1"},
    0.97,
    {"album": "X", "isrc": ["GBAYE9200070"], "genres": ["Folk"]},
    MusicBrainzIds(recording=("r",)),
    Artwork("image/png", b"cover"),
)


def later(catalog: Catalog, pause: timedelta) -> None:
    """Let time pass: whatever is to be tried again is so much sooner."""
    now = datetime.now(UTC)
    with catalog._database.write() as session:
        soon = update(LookupRow).where(LookupRow.retry_at < now + pause)
        session.execute(soon.values(retry_at=now - timedelta(seconds=1)))


def test_each_track_is_claimed_once(catalog: Catalog, add: Add) -> None:
    ids = [add(f"T{number}") for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        claimed = [*pool.map(lambda _: catalog.lookups.claim("spotify"), range(10))]
    assert sorted(track.id for track in claimed if track) == ids
    assert claimed.count(None) == 2
    other = catalog.lookups.claim("youtube", after_id=ids[3])
    assert other is not None
    assert other.id == ids[4]
    assert catalog.lookups.count_due("spotify") == 0
    assert catalog.lookups.count_due("musicbrainz") == 8


def test_a_claim_lapses_and_can_be_given_back(catalog: Catalog, add: Add) -> None:
    track_id = add("T")
    assert catalog.lookups.claim("spotify") is not None
    assert catalog.lookups.claim("spotify") is None
    later(catalog, timedelta(minutes=2))
    assert catalog.lookups.claim("spotify") is not None
    catalog.lookups.release(track_id, "spotify")
    assert catalog.lookups.claim("spotify") is not None


def test_what_was_found_stands_for_good(catalog: Catalog, add: Add) -> None:
    track_id = add("T", artists=("A",), genres=("Rock",))
    catalog.lookups.claim("spotify")
    catalog.lookups.found(track_id, "spotify", ANSWER)
    track = catalog.track(track_id)
    assert track.links == {"spotify": [{"url": "https://example.org/1"}]}
    assert (track.album, track.isrc, track.genres) == ("X", ("GBAYE9200070",), ("Rock",))
    assert track.musicbrainz == MusicBrainzIds(recording=("r",))
    assert catalog.artwork(track_id) == ANSWER.artwork
    assert [found.id for found in catalog.tracks("x")] == [track_id]
    later(catalog, timedelta(days=9999))
    assert catalog.lookups.claim("spotify") is None
    assert catalog.lookups.counts() == {"spotify": {"found": 1}}


def test_no_answer_is_tried_again_in_months_and_a_failure_ever_later(
    catalog: Catalog, add: Add
) -> None:
    track_id = add("T")
    catalog.lookups.not_found(track_id, "spotify")
    later(catalog, timedelta(days=80))
    assert catalog.lookups.claim("spotify") is None
    assert catalog.lookups.count_due("spotify", again=["none"]) == 1
    later(catalog, timedelta(days=100))
    assert catalog.lookups.claim("spotify") is not None
    for pause in (timedelta(minutes=14), timedelta(minutes=59), timedelta(hours=3)):
        catalog.lookups.failed(track_id, "spotify")
        later(catalog, pause)
        assert catalog.lookups.claim("spotify") is None
        later(catalog, 5 * pause)
        assert catalog.lookups.claim("spotify") is not None


def test_a_track_that_was_removed_meanwhile(
    catalog: Catalog, add: Add, rows: Callable[[str], int]
) -> None:
    track_id = add("T")
    catalog.lookups.claim("spotify")
    catalog.remove_track(track_id)
    catalog.lookups.found(track_id, "spotify", ANSWER)
    catalog.lookups.not_found(track_id, "spotify")
    catalog.lookups.failed(track_id, "spotify")
    catalog.lookups.release(track_id, "spotify")
    assert [rows(table) for table in ("lookups", "artworks", "albums")] == [0, 0, 0]
