"""The index of a data folder: commits, snapshots, merges.

The index is derived from the catalogue: whatever is lost here can be made again. Writers of several
processes take turns by a lock that the caller provides; readers take none. Each commit replaces the
manifest in one step, and readers notice by its file status. A merge works beside writers and holds
them up for its commit alone.
"""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wavvy.dsp.arrays import I64
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import FingerprintParams
from wavvy.errors import DamagedIndex, IncompatibleStore, StoreError
from wavvy.index import manifest as manifests
from wavvy.index.files import (
    TEMPORARY_SUFFIX,
    folder_errors,
    link_or_copy,
    make_folder,
    sync_folder,
    unless_in_use,
)
from wavvy.index.format import BATCH_FRAMES, GAP_FRAMES
from wavvy.index.manifest import Manifest
from wavvy.index.merging import due, packed
from wavvy.index.segment import Segment
from wavvy.index.snapshot import Snapshot
from wavvy.index.writer import write_fingerprints, write_merged

SUFFIX = ".seg"
DAMAGED_SUFFIX = ".damaged"
MERGING_SUFFIX = ".merging"
"""Of what a merge writes until it commits: no writer takes it for a leftover."""


class IndexStats(NamedTuple):
    """Size of the index."""

    segments: int
    tracks: int
    tombstones: int
    postings: int
    bytes: int


class _State(NamedTuple):
    """A commit as it was read, when the status of the manifest's file was this."""

    manifest: Manifest
    snapshot: Snapshot
    status: tuple[int, ...] = ()


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
    catalog : str, optional
        Identity of the catalogue that the tracks come from.
    changed : callable, optional
        Called when another commit than the first has been read, and when the index is found lost.

    Attributes
    ----------
    damaged : list of str
        What was found damaged and set aside; its tracks are missing until they are added again.
    lost : bool
        Whether there is nothing to go on from: no manifest, a damaged one, or one of an older
        version or of another catalogue. What was open before is still searched, and the next
        change goes on from it: the tracks that others have added since are missing then.

    Raises
    ------
    IncompatibleStore
        If the folder was written by a newer version or with other parameters.
    StoreError
        If the folder cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        params: FingerprintParams,
        lock: AbstractContextManager[Any],
        *,
        catalog: str = "",
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        self.folder = folder
        self.params = params
        self.damaged: list[str] = []
        self.lost = True
        self._lock = lock
        self._catalog = catalog
        self._changed = changed
        self._mutex = threading.Lock()  # held while a commit is read
        self._seen: tuple[int, ...] = ()
        self._state = _State(Manifest(params.digest(), catalog), Snapshot((), ()))
        with folder_errors(folder):
            make_folder(folder)
        self.refresh()

    @staticmethod
    def supersede(folder: Path, beside: Path, lock: AbstractContextManager[Any]) -> None:
        """Commit another index in the place of what a folder holds, even if it cannot be read.

        Parameters
        ----------
        beside : Path
            Folder of the other index, on the same disk and not in use; it is used up.
        """
        with lock, folder_errors(folder):
            manifest = Manifest.load(beside)
            for name in manifest.segments:
                (beside / name).replace(folder / name)
            sync_folder(folder)
            manifest.save(folder)
            _drop_unlisted(folder, manifest)
            for path in folder.glob(f"*{DAMAGED_SUFFIX}"):
                with unless_in_use():
                    path.unlink(missing_ok=True)
            shutil.rmtree(beside, ignore_errors=True)

    def snapshot(self) -> Snapshot:
        """Return the newest commit of any process.

        Raises
        ------
        StoreError
            If it cannot be read, or is of another catalogue.
        """
        self._refresh(wait=False)
        return self._state.snapshot

    @property
    def version(self) -> str:
        """A name of the commit that `snapshot` returns: another one once anything has changed.

        Raises
        ------
        StoreError
            As `snapshot` does.
        """
        self._refresh(wait=False)
        return "-".join(map(str, self._state.status))

    def track_ids(self) -> I64:
        """Return the sorted ids of all tracks that can be found."""
        segments, dead = self.snapshot()
        return _sorted_ids(
            segment.tracks[~gone] for segment, gone in zip(segments, dead, strict=True)
        )

    def last_track_id(self) -> int:
        """Return the highest id that the segments hold, removed tracks included; 0 for none."""
        segments = self.snapshot().segments
        return max((int(segment.tracks.max()) for segment in segments), default=0)

    def stats(self) -> IndexStats:
        """Return the size of the newest commit."""
        self._refresh(wait=False)
        manifest, (segments, dead), _ = self._state
        return IndexStats(
            len(segments),
            sum(int((~gone).sum()) for gone in dead),
            manifest.tombstones.size,
            sum(segment.header.postings for segment in segments),
            sum(segment.bytes for segment in segments),
        )

    def add(self, tracks: Iterable[tuple[int, Fingerprint]]) -> int:
        """Commit tracks, as one segment or as few as hold them; those already there are skipped.

        An id stands for the same fingerprint for good: a removed track is simply found again.

        Parameters
        ----------
        tracks : iterable of (track id, Fingerprint)
            Asked for while no other writer changes the index.

        Returns
        -------
        int
            How many they were.
        """
        with self._writing():
            held = _sorted_ids(segment.tracks for segment in self._state.snapshot.segments)
            given: set[int] = set()
            batch: list[tuple[int, Fingerprint]] = []
            frames = 0
            for track_id, fingerprint in tracks:
                if track_id in given:
                    continue
                given.add(track_id)
                place = int(np.searchsorted(held, track_id))
                if place < held.size and held[place] == track_id:
                    continue
                needed = GAP_FRAMES + fingerprint.counts.size
                if batch and frames + needed > BATCH_FRAMES:
                    self._add_segment(batch)
                    batch, frames = [], 0
                batch.append((track_id, fingerprint))
                frames += needed
            if batch:
                self._add_segment(batch)
            tombstones = self._state.manifest.tombstones
            left = tombstones[~np.isin(tombstones, _array(given))]
            if left.size < tombstones.size:
                self._commit(replace(self._state.manifest, tombstones=left))
            return len(given)

    def remove(self, track_ids: Iterable[int]) -> None:
        """Commit that tracks cannot be found any more; a merge drops their data later."""
        with self._writing():
            given = np.unique(_array(track_ids))
            gone = given[np.isin(given, self.track_ids())]
            if gone.size:
                tombstones = _sorted_ids([self._state.manifest.tombstones, gone])
                self._commit(replace(self._state.manifest, tombstones=tombstones))

    def merge_due(self, *, resting: bool = False) -> bool:
        """Merge what is due next, while others write and read; tell whether anything was.

        One merge of a folder runs at a time: the caller sees to it.

        Parameters
        ----------
        resting : bool
            Whether nothing has been written for a while, so that more is due.
        """
        self.refresh()
        group = due(self._state.snapshot, resting=resting)
        if group:
            self._merge(group)
        return bool(group)

    def merge(self) -> None:
        """Merge all segments into as few as possible and drop what was removed.

        One merge of a folder runs at a time: the caller sees to it.
        """
        self.refresh()
        tombstones = self._state.manifest.tombstones
        for group in packed(self._state.snapshot.segments):
            if len(group) > 1 or np.isin(group[0].tracks, tombstones).any():
                self._merge(group)

    def copy_to(self, folder: Path) -> None:
        """Write the newest commit to another folder; on the same disk the files are shared.

        No merge may run meanwhile: the caller sees to it.
        """
        self.refresh()
        manifest = self._state.manifest
        with folder_errors(folder):
            make_folder(folder)
            for name in manifest.segments:
                link_or_copy(self.folder / name, folder / name)
            manifest.save(folder)

    def clear(self) -> None:
        """Commit an empty index."""
        with self._writing():
            self._commit(Manifest(self.params.digest(), self._catalog))

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
                self._without(self._state.manifest, name, reason)
                self.refresh()

    def refresh(self) -> None:
        """Take over what other processes have committed; raises StoreError if it cannot be read."""
        self._refresh(wait=True)

    def _refresh(self, *, wait: bool) -> None:
        with folder_errors(self.folder):
            while (status := self._status()) != self._seen:
                if not self._mutex.acquire(blocking=wait):
                    return  # another thread is reading it; until then the last one will do
                try:
                    self._read(status)
                    continue
                except (DamagedIndex, FileNotFoundError):
                    pass
                finally:
                    self._mutex.release()
                if self._status() != status:
                    continue  # a merge has just replaced what was being read
                with self._lock:
                    if self._status() == status:
                        self._set_aside_damaged()

    def _status(self) -> tuple[int, ...]:
        try:
            status = (self.folder / manifests.FILE_NAME).stat()
        except FileNotFoundError:
            return (0,)
        return (status.st_ino, status.st_mtime_ns, status.st_size)

    def _read(self, status: tuple[int, ...]) -> None:
        """Read the manifest, and open what it lists; raises DamagedIndex for a segment."""
        try:
            manifest = Manifest.load(self.folder)
        except FileNotFoundError:
            self._lose(status, f"{self.folder / manifests.FILE_NAME} is missing" * bool(self._seen))
            return
        except DamagedIndex as error:
            self._lose(status, str(error))
            return
        if manifest.catalog != self._catalog:
            if self._seen:
                raise StoreError(
                    f"{self.folder} belongs to another catalogue or version now: "
                    "the data folder was replaced, start Wavvy again"
                )
            self._lose(status)
            return
        self._use(manifest, status)
        first, self._seen, self.lost = not self._seen, status, False
        if not first:
            self._changed()

    def _lose(self, status: tuple[int, ...], reason: str = "") -> None:
        self._seen, self.lost = status, True
        if reason:
            self.damaged.append(reason)
            self._changed()

    def _use(self, manifest: Manifest, status: tuple[int, ...]) -> None:
        """Open what a manifest lists; segments already open are kept."""
        if manifest.params_digest != self.params.digest():
            raise IncompatibleStore(
                f"{self.folder} was made with other fingerprint parameters; "
                "run `wavvy index rebuild`"
            )
        opened = {segment.path.name: segment for segment in self._state.snapshot.segments}
        segments = tuple(
            opened.get(name) or Segment(self.folder / name, manifest.params_digest)
            for name in manifest.segments
        )
        dead = tuple(np.isin(segment.tracks, manifest.tombstones) for segment in segments)
        self._state = _State(manifest, Snapshot(segments, dead), status)

    def _set_aside_damaged(self) -> None:
        manifest = Manifest.load(self.folder)
        for name in manifest.segments:
            try:
                Segment(self.folder / name, manifest.params_digest)
            except DamagedIndex as error:
                manifest = self._without(manifest, name, str(error))

    def _without(self, manifest: Manifest, name: str, reason: str) -> Manifest:
        """Commit that a segment is out of use, and keep its file under another name."""
        kept = tuple(other for other in manifest.segments if other != name)
        manifest = replace(manifest, segments=kept)
        manifest.save(self.folder)
        self.damaged.append(reason)  # whoever sees it sees the commit too
        path = self.folder / name
        if path.exists():
            with unless_in_use():
                path.replace(path.with_name(name + DAMAGED_SUFFIX))
        return manifest

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the writer's lock, on top of the newest commit."""
        with self._lock, folder_errors(self.folder):
            make_folder(self.folder)
            self.refresh()
            if self.lost:
                self._commit(self._left())
            yield

    def _left(self) -> Manifest:
        """Return the last commit that was read, as far as its segments are still there."""
        held = self._state.manifest
        return replace(
            held, segments=tuple(name for name in held.segments if (self.folder / name).exists())
        )

    def _commit(self, manifest: Manifest) -> None:
        manifest.save(self.folder)
        self.refresh()
        _drop_unlisted(self.folder, manifest)

    def _new_segment(self) -> Path:
        return self.folder / f"{secrets.token_hex(8)}{SUFFIX}"

    def _add_segment(self, batch: list[tuple[int, Fingerprint]]) -> None:
        path = self._new_segment()
        write_fingerprints(path, batch, self.params)
        manifest = self._state.manifest
        self._commit(replace(manifest, segments=(*manifest.segments, path.name)))

    def _merge(self, group: list[Segment]) -> None:
        """Merge segments into one, without what was removed and without what is damaged."""
        with folder_errors(self.folder):
            for path in self.folder.glob(f"*{MERGING_SUFFIX}*"):
                path.unlink(missing_ok=True)  # of a process that was killed
            group = [segment for segment in group if self._is_whole(segment)]
            if not group:
                return
            tracks = _sorted_ids(segment.tracks for segment in group)
            dropped = tracks[np.isin(tracks, self._state.manifest.tombstones)]
            path = self._new_segment()
            draft = path.with_name(path.name + MERGING_SUFFIX)
            if dropped.size < tracks.size:
                write_merged(draft, group, dropped)
            with self._writing():
                self._commit_merge(group, dropped, draft, path)

    def _commit_merge(self, group: list[Segment], dropped: I64, draft: Path, path: Path) -> None:
        manifest = self._state.manifest
        names = {segment.path.name for segment in group}
        still_removed = bool(np.isin(dropped, manifest.tombstones).all())
        if not still_removed or not names.issubset(manifest.segments):
            # A track has come back, or a segment was set aside: what is due is another merge now.
            draft.unlink(missing_ok=True)
            return
        kept = [name for name in manifest.segments if name not in names]
        if draft.exists():
            draft.replace(path)
            sync_folder(self.folder)
            kept.append(path.name)
        left = manifest.tombstones[~np.isin(manifest.tombstones, dropped)]
        self._commit(replace(manifest, segments=tuple(kept), tombstones=left))

    def _is_whole(self, segment: Segment) -> bool:
        """Check every byte of a segment, and set it aside if it is damaged."""
        try:
            segment.verify()
        except DamagedIndex as error:
            self.set_aside([segment.path.name], str(error))
            return False
        return True


def _drop_unlisted(folder: Path, manifest: Manifest) -> None:
    """Remove files of merged segments and of writers that were killed."""
    for path in folder.iterdir():
        unlisted = path.suffix == SUFFIX and path.name not in manifest.segments
        if unlisted or path.name.endswith(SUFFIX + TEMPORARY_SUFFIX):
            with unless_in_use():
                path.unlink(missing_ok=True)


def _array(ids: Iterable[int]) -> I64:
    return np.fromiter(ids, np.int64)


def _sorted_ids(parts: Iterable[I64]) -> I64:
    """Put ids together of which none is there twice; they are nearly in order most often."""
    return np.sort(np.concatenate([np.empty(0, np.int64), *parts]), kind="stable")
