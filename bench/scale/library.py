"""Data folders of any number of tracks: some real ones, the rest synthetic.

Rows go into the catalogue in bulk, fingerprints through `Index.add` into the index, which is merged
as far as one at rest is. What is built is a data folder like any other.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, insert

from bench.cache import cache_dir
from bench.corpus import Corpus
from bench.pool import processes
from bench.scale import sources, synthesis
from bench.scale.memory import Watch
from bench.scale.sources import Sources, fingerprints
from bench.scale.synthesis import Synthesiser
from wavvy.catalog.address import FILE_NAME
from wavvy.catalog.models import FingerprintRow, SourceRow, TrackRow
from wavvy.catalog.schema import HEAD, identity, open_database
from wavvy.catalog.search.index import index_all
from wavvy.dsp import landmarks
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.index.format import VERSION
from wavvy.index.store import Index

REAL_TRACKS = 130
"""In every library, and all of the smallest one: those whose clips are asked, and some more."""
BATCH = 1000
FACTS = "scale.json"


class Member(NamedTuple):
    """A track to be put in; `file` is None for a synthetic one."""

    track_id: int
    fingerprint: Fingerprint
    file: Path | None


@dataclass(frozen=True, slots=True)
class Facts:
    """How a library was built.

    Attributes
    ----------
    tracks : int
    hours : float
        Of music.
    index_seconds : float
        Time of `Index.add` and of the merges.
    merge_seconds : float
        Of that the merges.
    peak_bytes : int
        Highest anonymous memory of the process that built it, a batch of tracks included.
    """

    tracks: int
    hours: float
    index_seconds: float
    merge_seconds: float
    peak_bytes: int


def real_files(music: Corpus, more: Sequence[Path]) -> list[Path]:
    """Return the real tracks of every library: those of the report part, and some of `more`."""
    others = [file for file in more if file not in music.library]
    return [*music.library, *others[: max(0, REAL_TRACKS - len(music.library))]]


def built(
    size: int, real: Sequence[Path], made_from: Sequence[Path], name: str = "library"
) -> tuple[Path, Facts]:
    """Return the data folder of so many tracks, built if it is not in the cache folder.

    One of each name and size is kept there.
    """
    digest = hashlib.sha256(repr((VERSION, HEAD, DEFAULT, real, made_from)).encode())
    for module in (sources, synthesis, landmarks):
        digest.update(Path(module.__file__ or "").read_bytes())
    parent = cache_dir() / "scale"
    folder = parent / f"{name}-{size}-{digest.hexdigest()[:8]}"
    facts = folder / FACTS
    if not facts.exists():
        for stale in parent.glob(f"{name}-{size}-*"):
            shutil.rmtree(stale)
        print(f"scale: building a library of {size} tracks", file=sys.stderr)
        tracks, parts = fingerprints(real), fingerprints(made_from)
        with processes() as pool:
            pool.submit(build, folder, size, real, tracks, parts).result()
    return folder, Facts(**json.loads(facts.read_text(encoding="utf-8")))


def members(
    size: int, real: Sequence[tuple[Path, Fingerprint]], synthesiser: Synthesiser, first: int
) -> list[Member]:
    """Return a batch of tracks from the id `first` on; the real ones lie evenly among them."""
    ids = {1 + place * size // len(real): track for place, track in enumerate(real)}
    batch = []
    for track_id in range(first, min(first + BATCH, size + 1)):
        if track_id in ids:
            file, fingerprint = ids[track_id]
            batch.append(Member(track_id, fingerprint, file))
        else:
            batch.append(Member(track_id, synthesiser.fingerprint(track_id), None))
    return batch


def build(
    folder: Path,
    size: int,
    real: Sequence[Path],
    tracks: Sequence[Fingerprint],
    parts: Sequence[Fingerprint],
) -> None:
    """Build a library; the facts about it are written last."""
    synthesiser = Synthesiser(Sources.of(parts))
    known = list(zip(real, tracks, strict=True))
    folder.mkdir(parents=True)
    url = URL.create("sqlite", database=str(folder / FILE_NAME))
    database = open_database(url, DEFAULT.digest())
    index = Index(folder / "index", DEFAULT, nullcontext(), catalog=identity(database))
    frames = 0
    seconds = 0.0
    with Watch.of() as memory:
        for first in range(1, size + 1, BATCH):
            batch = members(size, known, synthesiser, first)
            frames += sum(member.fingerprint.counts.size for member in batch)
            with database.write() as session:
                session.execute(insert(TrackRow), [_row(member) for member in batch])
                session.execute(insert(FingerprintRow), [_blob(member) for member in batch])
                if files := [_source(member) for member in batch if member.file]:
                    session.execute(insert(SourceRow), files)
            begin = time.perf_counter()
            index.add((member.track_id, member.fingerprint) for member in batch)
            seconds += time.perf_counter() - begin
        with database.write() as session:
            index_all(session.connection())
        begin = time.perf_counter()
        while index.merge_due(resting=True):
            pass
        merging = time.perf_counter() - begin
    database.close()
    hours = frames * DEFAULT.hop_ms / 3_600_000
    facts = Facts(size, hours, seconds + merging, merging, memory.peak)
    (folder / FACTS).write_text(json.dumps(asdict(facts)), encoding="utf-8")


def _row(member: Member) -> dict[str, object]:
    return {
        "id": member.track_id,
        "content_hash": hashlib.blake2b(b"%d" % member.track_id, digest_size=32).digest(),
        "title": member.file.stem if member.file else f"Synthetic {member.track_id}",
        "duration_ms": round(member.fingerprint.counts.size * DEFAULT.hop_ms),
        "isrc": [],
        "added_at": datetime.now(UTC),
    }


def _blob(member: Member) -> dict[str, object]:
    return {"track_id": member.track_id, "data": member.fingerprint.to_bytes()}


def _source(member: Member) -> dict[str, object]:
    path = str(member.file)
    return {"path": path, "size": 0, "mtime_ns": member.track_id, "track_id": member.track_id}
