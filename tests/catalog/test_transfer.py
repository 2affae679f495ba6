from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import URL, select

from wavvy.catalog.address import address_of
from wavvy.catalog.job import JobState
from wavvy.catalog.models import Base, MetaRow
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Artwork, SourceFile, TrackTags
from wavvy.catalog.transfer import copy_catalogue
from wavvy.errors import IncompatibleStore, NotFound, StoreBusy, StoreError

DIGEST = "params-1"
TRACKS = 20
PATH = os.fsdecode(b"/caf\xe9/%d.mp3") if os.name != "nt" else "C:\\caf\udce9\\%d.mp3"

Place = Callable[[str], URL]


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """Makes the address of a new catalogue of the given kind."""

    def make(kind: str) -> URL:
        if kind == "postgresql":
            new_database: Callable[[], str] = request.getfixturevalue("new_database")
            return address_of(tmp_path, new_database())
        folder = tmp_path / f"library {len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        return address_of(folder, None)

    return make


def opened(url: URL, tmp_path: Path) -> Catalog:
    text = url.render_as_string(hide_password=False)
    return Catalog.open(tmp_path, params_digest=DIGEST, url=text)


def fill(catalog: Catalog) -> None:
    """Tracks 2 to 20, when 21 was the last one ever; a job of each state."""
    for number in range(1, TRACKS + 2):
        catalog.add_track(
            TrackTags(
                f"Tïtle {number}",
                artists=("Björk", f"Artist {number % 7}"),
                album=f"Album {number % 3}",
                genres=("Pop",) * (number % 2),
                isrc=("GBAYE0500001",),
                track_number=number,
                artwork=Artwork("image/png", bytes([number % 5]) * 1000),
            ),
            content_hash=b"%d" % number,
            duration_ms=number,
            fingerprint=bytes([number]) * 3000,
            source=SourceFile(PATH % number, 2**40 + number, 1_700_000_000_123_456_789),
        )
    catalog.remove_track(1)
    catalog.remove_track(TRACKS + 1)
    for state in get_args(JobState):
        job = catalog.jobs.create("ingest", f"{state}.mp3", {"upload": "ü"})
        if state != "queued":
            claim = catalog.jobs.claim(job.id)
            assert claim is not None
            result = {"id": [7, None, "é"]}
            catalog.jobs.renew(claim, progress=50, message=None, result=result)
            if state != "running":
                catalog.jobs.finish(claim, state, result=result)
    with catalog._database.write() as session:
        session.add(MetaRow(key="name", value="Radio Ö"))


def content(catalog: Catalog) -> dict[str, Any]:
    """All that can be asked of a catalogue, but for jobs that have not ended."""
    ids = catalog.track_ids()
    with catalog._database.read() as session:
        facts = session.execute(select(MetaRow.key, MetaRow.value).order_by(MetaRow.key)).all()
    return {
        "tracks": catalog.tracks(limit=1000),
        "fingerprints": list(catalog.fingerprints(ids)),
        "artworks": [catalog.artwork(track_id) for track_id in ids],
        "sources": [catalog.find_source(SourceFile(PATH % i, 2**40 + i, 1_700_000_000_123_456_789))
                    for i in ids],
        "jobs": [catalog.jobs.get(job_id) for job_id in (3, 4, 5)],
        "last_track_id": catalog.last_track_id(),
        "facts": [tuple(fact) for fact in facts],
        "found": [track.id for track in catalog.tracks("bjork artist 3 album 0")],
    }  # fmt: skip


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
def test_a_copy_is_the_same_catalogue(
    place: Place, tmp_path: Path, source: str, target: str
) -> None:
    old, new = place(source), place(target)
    with opened(old, tmp_path) as catalog:
        fill(catalog)
        before = content(catalog)
    steps: list[tuple[int, int]] = []
    rows = copy_catalogue(
        old, new, params_digest=DIGEST, progress=lambda done, total: steps.append((done, total))
    )
    assert set(rows) == set(Base.metadata.tables)
    assert (rows["tracks"], rows["jobs"], rows["meta"]) == (TRACKS - 1, 3, 2)
    total = sum(rows.values())
    assert [step[1] for step in steps] == [total] * len(steps)
    assert [step[0] for step in steps] == sorted({step[0] for step in steps})
    assert steps[-1] == (total, total)
    with opened(new, tmp_path) as catalog:
        assert content(catalog) == before
        for unfinished in (1, 2):
            with pytest.raises(NotFound):
                catalog.jobs.get(unfinished)
        added = catalog.add_track(
            TrackTags("New", artists=("New artist",), album="New album", genres=("New genre",)),
            content_hash=b"new", duration_ms=1, fingerprint=b"", source=SourceFile("/new", 1, 1),
        )  # fmt: skip
        assert added[0] > before["last_track_id"] > TRACKS
        assert catalog.jobs.create("ingest", "new.mp3").id > 5
    with opened(old, tmp_path) as catalog:
        assert content(catalog) == before


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_an_empty_catalogue_is_copied(place: Place, tmp_path: Path, target: str) -> None:
    old, new = place("sqlite"), place(target)
    opened(old, tmp_path).close()
    assert copy_catalogue(old, new, params_digest=DIGEST, progress=lambda *_: None)["tracks"] == 0
    with opened(new, tmp_path) as catalog:
        assert catalog.last_track_id() == 0


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_what_is_not_empty_is_left_alone(place: Place, tmp_path: Path, target: str) -> None:
    old, new = place("sqlite"), place(target)
    with opened(old, tmp_path) as catalog:
        fill(catalog)
    copy_catalogue(old, new, params_digest=DIGEST, progress=lambda *_: None)
    with opened(new, tmp_path) as catalog:
        before = content(catalog)
    with pytest.raises(StoreError, match="is not empty: copy to a new folder or database"):
        copy_catalogue(old, new, params_digest=DIGEST, progress=lambda *_: None)
    with opened(new, tmp_path) as catalog:
        assert content(catalog) == before


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_copy_that_was_interrupted_leaves_nothing(
    place: Place, tmp_path: Path, target: str
) -> None:
    old, new = place("sqlite"), place(target)
    with opened(old, tmp_path) as catalog:
        fill(catalog)
        before = content(catalog)

    def interrupt(done: int, total: int) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_catalogue(old, new, params_digest=DIGEST, progress=interrupt)
    with opened(new, tmp_path) as catalog:
        assert (catalog.track_ids(), catalog.count().fingerprint_bytes) == ([], 0)
    copy_catalogue(old, new, params_digest=DIGEST, progress=lambda *_: None)
    with opened(new, tmp_path) as catalog:
        assert content(catalog) == before


@pytest.mark.parametrize("last", [True, False], ids=["at the end", "at the beginning"])
def test_a_copy_into_what_others_write_to_is_undone(
    place: Place, tmp_path: Path, last: bool
) -> None:
    old, new = place("sqlite"), place("postgresql")
    with opened(old, tmp_path) as catalog:
        fill(catalog)

    with opened(new, tmp_path) as other:

        def write(done: int, total: int) -> None:
            if (done == total) == last and not other.track_ids():
                tags = TrackTags("Meanwhile", artists=("Someone",))
                other.add_track(
                    tags, content_hash=b"h", duration_ms=1, fingerprint=b"", source=None
                )

        with pytest.raises(StoreBusy, match=r"was written to while .* so nothing was copied: stop"):
            copy_catalogue(old, new, params_digest=DIGEST, progress=write)
        assert [track.title for track in other.tracks()] == ["Meanwhile"]


def test_other_parameters(place: Place, tmp_path: Path) -> None:
    old, new = place("sqlite"), place("sqlite")
    opened(old, tmp_path).close()
    with pytest.raises(IncompatibleStore, match="params-1, this version uses params-2"):
        copy_catalogue(old, new, params_digest="params-2", progress=lambda *_: None)
