"""The index of a data folder: commits, snapshots, merges.

The index is derived from the catalogue: whatever is lost here can be made again. Writers of several
processes take turns by a lock that the caller provides; readers take none. Each commit replaces the
manifest in one step, and readers notice by its file status.
"""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wavvy.dsp.arrays import I64
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import FingerprintParams
from wavvy.errors import DamagedIndex, IncompatibleStore
from wavvy.index import manifest as manifests
from wavvy.index.files import TEMPORARY_SUFFIX, unless_in_use
from wavvy.index.format import GAP_FRAMES, MAX_FRAMES
from wavvy.index.manifest import Manifest
from wavvy.index.search import Snapshot
from wavvy.index.segment import Segment
from wavvy.index.writer import write_fingerprints, write_merged

SUFFIX = ".seg"
DAMAGED_SUFFIX = ".damaged"
MERGE_FACTOR = 8
"""Segments of about one size that are merged into one, each about this many times larger."""


class IndexStats(NamedTuple):
    """Size of the index."""

    segments: int
    tracks: int
    tombstones: int
    postings: int
    bytes: int


class Index:
    """Segments of one folder, and the manifest that lists them.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    params : FingerprintParams
        What the fingerprints were made with.
    lock : context manager
        Entered, possibly more than once by the same thread, around each change.

    Attributes
    ----------
    damaged : list of str
        What was found damaged and set aside; its tracks are missing until they are added again.

    Raises
    ------
    IncompatibleStore
        If the folder was written by another version or with other parameters.
    """

    def __init__(
        self, folder: Path, params: FingerprintParams, lock: AbstractContextManager[Any]
    ) -> None:
        self.folder = folder
        self.params = params
        self.damaged: list[str] = []
        self._lock = lock
        self._mutex = threading.Lock()  # held for moments only: readers never wait for a writer
        self._seen: tuple[int, ...] = ()
        self._manifest = Manifest(params.digest())
        self._snapshot = Snapshot((), ())
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / manifests.FILE_NAME).exists():
            with self._writing():
                pass
        self.refresh()

    @staticmethod
    def discard(folder: Path, lock: AbstractContextManager[Any]) -> None:
        """Give up what is in a folder, even if this version cannot read it, and what lies aside."""
        with lock:
            (folder / manifests.FILE_NAME).unlink(missing_ok=True)
            for path in folder.glob(f"*{DAMAGED_SUFFIX}"):
                with unless_in_use():
                    path.unlink(missing_ok=True)

    def snapshot(self) -> Snapshot:
        """Return the newest commit of any process."""
        self.refresh()
        return self._snapshot

    def track_ids(self) -> I64:
        """Return the sorted ids of all tracks that can be found."""
        segments, dead = self.snapshot()
        alive = [segment.tracks[~gone] for segment, gone in zip(segments, dead, strict=True)]
        return np.unique(np.concatenate(alive)) if alive else np.empty(0, np.int64)

    def stats(self) -> IndexStats:
        """Return the size of the newest commit."""
        segments, _ = self.snapshot()
        return IndexStats(
            len(segments),
            self.track_ids().size,
            len(self._manifest.tombstones),
            sum(segment.header.postings for segment in segments),
            sum(segment.bytes for segment in segments),
        )

    def add(self, tracks: Iterable[tuple[int, Fingerprint]]) -> None:
        """Commit tracks, as one segment or as few as hold them; those already there are skipped.

        An id stands for the same fingerprint for good: a removed track is simply found again.
        """
        with self._writing():
            known = {i for segment in self._snapshot.segments for i in segment.tracks.tolist()}
            given: set[int] = set()
            batch: list[tuple[int, Fingerprint]] = []
            frames = 0
            for track_id, fingerprint in tracks:
                given.add(track_id)
                if track_id in known:
                    continue
                known.add(track_id)
                needed = GAP_FRAMES + fingerprint.counts.size
                if batch and frames + needed > MAX_FRAMES:
                    self._add_segment(batch)
                    batch, frames = [], 0
                batch.append((track_id, fingerprint))
                frames += needed
            if batch:
                self._add_segment(batch)
            if given.intersection(self._manifest.tombstones):
                left = tuple(i for i in self._manifest.tombstones if i not in given)
                self._commit(replace(self._manifest, tombstones=left))
            self._merge_tiers()

    def remove(self, track_ids: Iterable[int]) -> None:
        """Commit that tracks cannot be found any more; a merge drops their data later."""
        with self._writing():
            gone = set(track_ids) & set(self.track_ids().tolist())
            if gone:
                tombstones = sorted({*self._manifest.tombstones, *gone})
                self._commit(replace(self._manifest, tombstones=tuple(tombstones)))

    def merge(self) -> None:
        """Merge all segments into as few as possible and drop what was removed."""
        with self._writing():
            groups: list[list[Segment]] = [[]]
            for segment in sorted(self._snapshot.segments, key=lambda s: s.header.frames):
                if sum(s.header.frames for s in groups[-1]) + segment.header.frames > MAX_FRAMES:
                    groups.append([])
                groups[-1].append(segment)
            for group in groups:
                if len(group) > 1 or (group and self._manifest.tombstones):
                    self._merge(group)

    def clear(self) -> None:
        """Commit an empty index."""
        with self._writing():
            self._commit(Manifest(self.params.digest()))

    def verify(self) -> list[str]:
        """Check every byte; return a sentence for each segment that is damaged."""
        problems = []
        for segment in self.snapshot().segments:
            try:
                segment.verify()
            except DamagedIndex as error:
                problems.append(str(error))
        return problems

    def set_aside(self, names: Iterable[str], reason: str) -> None:
        """Commit that segments are out of use, and keep their files under another name."""
        with self._writing():
            for name in names:
                self._without(self._manifest, name, reason)
                self.refresh()

    def refresh(self) -> None:
        """Take over what other processes have committed."""
        while (status := self._status()) != self._seen:
            try:
                with self._mutex:
                    self._use(Manifest.load(self.folder))
                    self._seen = status
            except (DamagedIndex, FileNotFoundError):
                if self._status() != status:
                    continue  # a merge has just replaced what we were reading
                with self._lock:
                    if self._status() == status:
                        self._recover()

    def _status(self) -> tuple[int, ...]:
        try:
            status = (self.folder / manifests.FILE_NAME).stat()
        except FileNotFoundError:
            return (0,)
        return (status.st_ino, status.st_mtime_ns, status.st_size)

    def _use(self, manifest: Manifest) -> None:
        """Open what a manifest lists; segments already open are kept."""
        if manifest.params_digest != self.params.digest():
            raise IncompatibleStore(
                f"{self.folder} was made with other fingerprint parameters; "
                "run `wavvy index rebuild`"
            )
        opened = {segment.path.name: segment for segment in self._snapshot.segments}
        segments = tuple(
            opened.get(name) or Segment(self.folder / name, manifest.params_digest)
            for name in manifest.segments
        )
        tombstones = np.array(manifest.tombstones, np.int64)
        dead = tuple(np.isin(segment.tracks, tombstones) for segment in segments)
        self._manifest, self._snapshot = manifest, Snapshot(segments, dead)

    def _recover(self) -> None:
        """Set damaged segments aside; without a manifest start anew."""
        try:
            manifest = Manifest.load(self.folder)
        except DamagedIndex as error:
            self.damaged.append(str(error))
            Manifest(self.params.digest()).save(self.folder)
            return
        except FileNotFoundError:
            self.damaged.append(f"{self.folder / manifests.FILE_NAME} is missing")
            Manifest(self.params.digest()).save(self.folder)
            return
        for name in manifest.segments:
            try:
                Segment(self.folder / name, manifest.params_digest)
            except DamagedIndex as error:
                manifest = self._without(manifest, name, str(error))

    def _without(self, manifest: Manifest, name: str, reason: str) -> Manifest:
        """Commit that a segment is out of use, and keep its file under another name."""
        self.damaged.append(reason)
        kept = tuple(other for other in manifest.segments if other != name)
        manifest = replace(manifest, segments=kept)
        manifest.save(self.folder)
        path = self.folder / name
        if path.exists():
            with unless_in_use():
                path.replace(path.with_name(name + DAMAGED_SUFFIX))
        return manifest

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the writer's lock, on top of the newest commit."""
        with self._lock:
            if not (self.folder / manifests.FILE_NAME).exists():
                Manifest(self.params.digest()).save(self.folder)
            self.refresh()
            yield

    def _commit(self, manifest: Manifest) -> None:
        manifest.save(self.folder)
        self.refresh()
        self._drop_unlisted()

    def _drop_unlisted(self) -> None:
        """Remove files of merged segments and of writers that were killed."""
        for path in self.folder.iterdir():
            unlisted = path.suffix == SUFFIX and path.name not in self._manifest.segments
            if unlisted or path.name.endswith(SUFFIX + TEMPORARY_SUFFIX):
                with unless_in_use():
                    path.unlink(missing_ok=True)

    def _new_segment(self) -> Path:
        return self.folder / f"{secrets.token_hex(8)}{SUFFIX}"

    def _add_segment(self, batch: list[tuple[int, Fingerprint]]) -> None:
        path = self._new_segment()
        write_fingerprints(path, batch, self.params)
        self._commit(replace(self._manifest, segments=(*self._manifest.segments, path.name)))

    def _merge_tiers(self) -> None:
        """Merge wherever enough segments of about one size have gathered."""
        while True:
            tiers: defaultdict[int, list[Segment]] = defaultdict(list)
            for segment in self._snapshot.segments:
                if segment.header.frames <= MAX_FRAMES // MERGE_FACTOR:
                    tiers[(segment.header.tracks - 1).bit_length() // 3].append(segment)
            full = [group for group in tiers.values() if len(group) >= MERGE_FACTOR]
            if not full:
                return
            self._merge(full[0][:MERGE_FACTOR])

    def _merge(self, group: list[Segment]) -> None:
        """Merge segments into one, without what was removed and without what is damaged."""
        group = [segment for segment in group if self._is_whole(segment)]
        if not group:
            return
        removed = np.array(self._manifest.tombstones, np.int64)
        tracks = np.unique(np.concatenate([segment.tracks for segment in group]))
        names = [segment.path.name for segment in group]
        kept = [name for name in self._manifest.segments if name not in names]
        if not np.isin(tracks, removed).all():
            path = self._new_segment()
            write_merged(path, group, removed)
            kept.append(path.name)
        left = tuple(sorted(set(removed.tolist()) - set(tracks.tolist())))
        self._commit(replace(self._manifest, segments=tuple(kept), tombstones=left))

    def _is_whole(self, segment: Segment) -> bool:
        """Check every byte of a segment, and set it aside if it is damaged."""
        try:
            segment.verify()
        except DamagedIndex as error:
            self.set_aside([segment.path.name], str(error))
            return False
        return True
