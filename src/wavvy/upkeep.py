"""Keeping the index as the catalogue says: after a crash, after damage, and merged."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from wavvy.background import Background
from wavvy.catalog.repository import Catalog
from wavvy.dsp.arrays import I64
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.errors import DamagedIndex, DiskFull, IncompatibleStore, StoreError, WavvyError
from wavvy.index.files import folder_errors, make_folder
from wavvy.index.store import Index
from wavvy.locks import MergeLock, WritersLock

CLOSING_SECONDS = 10.0
"""How long closing a library waits for merges, unless something else is said."""

RESTING_SECONDS = 60.0
"""Time without a change after which the index is at rest: what is due then is merged too. As often
it is compared with the catalogue: a process that changed that may have been killed on the way."""

FOLLOWING_SECONDS = 1.0
"""Time within which whoever changes the catalogue has the index follow."""

Progress = Callable[[int, int], None]
"""Is told how many of how many tracks an index that is made anew holds so far."""

_REPLAY_TRACKS = 256  # fingerprints held at once while the index is brought up to date
_LOG_SECONDS = 10.0
_BESIDE = "rebuilding"

log = logging.getLogger(__name__)


class Upkeep:
    """The index of a data folder, kept as the catalogue says.

    Merges, and what mends damage, run in a thread of their own, beside readers and writers.

    Parameters
    ----------
    catalog : Catalog
        The truth.
    folder : Path
        Where the index is, or will be.
    fresh : callable, optional
        Given, the index is made anew, whatever state it is in, and this is told how far it is.

    Raises
    ------
    StoreError
        If the folder cannot be used.
    """

    def __init__(self, catalog: Catalog, folder: Path, *, fresh: Progress | None = None) -> None:
        self._catalog = catalog
        self._identity = catalog.identity()
        self._folder = folder
        self._unreadable: dict[int, str] = {}
        self._mended = 0  # how much of what was found damaged has been made good
        self._trouble = ""
        self._opened = False
        self._suspect = False  # whether the index may have missed a change of the catalogue
        self._mending = threading.Lock()
        self._changed_at = self._compared_at = time.monotonic()
        self._background = Background(self._tidy, "wavvy-upkeep", interval_s=RESTING_SECONDS)
        with folder_errors(folder):
            make_folder(folder)
        self._lock = WritersLock(folder / "lock")
        self._merging = MergeLock(folder / "merge.lock")
        if fresh:
            with self._merging.held():
                self._make_anew(fresh)
        self.index = Index(
            folder,
            DEFAULT,
            self._lock,
            catalog=self._identity,
            changed=self._wake,
        )
        self._opened = True
        try:
            self.catch_up()
        except BaseException:
            self._background.close(0.0)
            raise

    @property
    def warnings(self) -> list[str]:
        """Sentences about what was found damaged since the library was opened."""
        mended = [
            f"{reason}; its tracks were taken from the catalogue again"
            for reason in self.index.damaged[: self._mended]
        ]
        broken = [
            f"{reason}; its tracks are being taken from the catalogue again"
            for reason in self.index.damaged[self._mended :]
        ]
        trouble = [self._trouble] if self._trouble else []
        return [*mended, *broken, *self._unreadable.values(), *trouble]

    def settle(self, seconds: float | None = None) -> bool:
        """Merge and mend what is due, and wait for it; tell whether nothing is left."""
        self._background.wake()
        return self._background.wait(seconds)

    def close(self, patience: float) -> None:
        """Wait up to so many seconds for what is due, then begin no more."""
        self._background.close(patience)

    def catch_up(self) -> None:
        """Bring the index to the state of the catalogue, which a crash may have kept it from."""
        with self._mending:
            damaged, self._suspect = len(self.index.damaged), False
            try:
                self._bring_up()
            except BaseException:
                self._suspect = True
                raise
            self._mended = damaged

    def _bring_up(self) -> None:
        self.index.refresh()
        if self.index.lost:
            with self._merging.held():
                self.index.refresh()
                if self.index.lost:  # no other process was faster
                    self._make_anew(self._logged(), resume=True)
            self.index.refresh()
        elif self.index.last_track_id() > self._catalog.last_track_id():
            # The catalogue is an older copy: its next ids will stand for other tracks.
            self.index.clear()
        self._replay(self.index)

    def rebuild(self, progress: Progress) -> None:
        """Make the index anew; until it is done, the old one answers."""
        with self._merging.held():
            self._make_anew(progress)
        self.index.refresh()

    def merge(self) -> None:
        """Merge all segments into as few as possible, and mend what is found damaged."""
        with self._merging.held():
            self.index.merge()
        self._mend()

    def copy_to(self, folder: Path) -> None:
        """Copy the index as of one commit, while others add and remove."""
        with self._merging.held():  # what is listed stays until it is copied
            self.index.copy_to(folder)

    def verify(self) -> list[str]:
        """Check every byte, and every track against the catalogue; describe each problem."""
        problems = self.index.verify()
        missing, gone = self._behind(self.index)
        if missing.size or gone.size:
            time.sleep(FOLLOWING_SECONDS)
            behind = zip((missing, gone), self._behind(self.index), strict=True)
            missing, gone = (np.intersect1d(before, now, True) for before, now in behind)
        if missing.size or gone.size:
            problems.append(
                f"the index lacks {missing.size} tracks of the catalogue and holds {gone.size} "
                "that were removed; run `wavvy index rebuild`"
            )
        different = 0 if problems else sum(1 for _ in self._different())
        if different:
            problems.append(
                f"the index holds {different} tracks otherwise than the catalogue; "
                "run `wavvy index rebuild`"
            )
        return problems

    def fingerprints(self, track_ids: list[int]) -> Iterator[tuple[int, Fingerprint]]:
        """Yield those of some tracks that can be indexed, each with its fingerprint."""
        for track_id, blob in self._catalog.fingerprints(track_ids):
            try:
                yield track_id, Fingerprint.from_bytes(blob)
            except DamagedIndex as error:
                self._unreadable[track_id] = (
                    f"track {track_id} cannot be found: {error}; remove it first"
                )

    @contextmanager
    def following(self) -> Iterator[None]:
        """Mark a change of catalogue and index: if it fails half-way, the next one catches up."""
        try:
            yield
        except StoreError:
            self._suspect = True
            raise

    def _wake(self) -> None:
        self._changed_at = time.monotonic()
        if self._opened:  # until then `catch_up` is still to come
            self._background.wake()

    def _tidy(self) -> None:
        try:
            with folder_errors(self._folder):
                self.index.refresh()
                self._compare_now_and_again()
                resting = time.monotonic() - self._changed_at >= RESTING_SECONDS
                self._mend()
                while self._merge_until_damage(resting):
                    self._mend()
            self._trouble = ""
        except Exception as error:  # whatever it was, in a minute there is another try
            self._trouble = f"the index could not be looked after: {str(error) or repr(error)}"
            log.warning(self._trouble, exc_info=not isinstance(error, WavvyError))

    def _merge_until_damage(self, resting: bool) -> bool:
        """Merge what is due, unless another process does; tell whether damage stopped it.

        Mending may need the lock that is held here.
        """
        with self._merging.held_if_free() as free:
            if free:
                shutil.rmtree(self._folder / _BESIDE, ignore_errors=True)  # of who was killed
            while free and not self._background.closing and self.index.merge_due(resting=resting):
                if self._owed():
                    return True
        return False

    def _owed(self) -> bool:
        """Tell whether the index is to be brought to the state of the catalogue."""
        return self._suspect or len(self.index.damaged) > self._mended

    def _compare_now_and_again(self) -> None:
        now = time.monotonic()
        if now - self._compared_at >= RESTING_SECONDS:
            self._compared_at = now
            self._suspect |= any(ids.size for ids in self._behind(self.index))

    def _mend(self) -> None:
        if self._owed():
            for reason in self.index.damaged[self._mended :]:
                log.warning("%s; its tracks are taken from the catalogue again", reason)
            self.catch_up()

    def _make_anew(self, progress: Progress, *, resume: bool = False) -> None:
        """Make an index beside the old one, perhaps of what a crash has left; then swap them."""
        with folder_errors(self._folder):
            beside = self._folder / _BESIDE
            if not resume:
                shutil.rmtree(beside, ignore_errors=True)
            index = self._open_beside(beside)
            try:
                while self._replay(index, progress) > _REPLAY_TRACKS:
                    pass  # as many have come meanwhile
                with self._lock:
                    self._replay(index)  # the last few; who writes waits for no merge
                    del index  # closes its files
                    Index.supersede(self._folder, beside, self._lock)
            except BaseException as error:
                if isinstance(error, DiskFull) or not resume:
                    shutil.rmtree(beside, ignore_errors=True)
                raise

    def _logged(self) -> Progress:
        """Say that the index is made anew, and return what says now and then how far it is."""
        if tracks := self._catalog.count().tracks:
            log.warning("the index is made anew from the catalogue: %s tracks", f"{tracks:,}")
        said = time.monotonic()

        def say(held: int, total: int) -> None:
            nonlocal said
            if time.monotonic() - said >= _LOG_SECONDS:
                said = time.monotonic()
                log.info("%s of %s tracks are in the new index", f"{held:,}", f"{total:,}")

        return say

    def _open_beside(self, folder: Path) -> Index:
        try:
            index = Index(folder, DEFAULT, nullcontext(), catalog=self._identity)
        except IncompatibleStore:
            shutil.rmtree(folder)
            index = Index(folder, DEFAULT, nullcontext(), catalog=self._identity)
        if index.lost or index.last_track_id() > self._catalog.last_track_id():
            index.clear()  # as in `_bring_up`
        return index

    def _replay(self, index: Index, progress: Progress | None = None) -> int:
        """Add and remove what the catalogue has and has not; return how many were added.

        With somebody to tell how far it is, it merges on the way: an index of many tracks is made.
        """
        missing, gone = self._behind(index)
        if gone.size:
            index.remove(gone.tolist())
        held, added = index.track_ids().size, 0
        for start in range(0, missing.size, _REPLAY_TRACKS):
            some = missing[start : start + _REPLAY_TRACKS].tolist()
            added += index.add(self.fingerprints(some))  # read while the index is locked
            if progress:
                progress(held + added, held + missing.size)
                while index.merge_due():
                    pass
        return added

    def _behind(self, index: Index) -> tuple[I64, I64]:
        """Return the tracks that an index lacks, and those it holds though they were removed."""
        # The index first: what another process adds meanwhile must not look removed.
        indexed = index.track_ids()
        known = np.array(self._catalog.track_ids(), np.int64)
        return np.setdiff1d(known, indexed, True), np.setdiff1d(indexed, known, True)

    def _different(self) -> Iterator[int]:
        """Yield each track whose peaks in the index are not those of the catalogue."""
        for segment, dead in zip(*self.index.snapshot(), strict=True):
            positions = {int(segment.tracks[i]): i for i in np.flatnonzero(~dead).tolist()}
            for track_id, fingerprint in self.fingerprints(list(positions)):
                held = segment.fingerprint(positions[track_id])
                same = np.array_equal(held.counts, fingerprint.counts)
                if not (same and np.array_equal(held.freqs, fingerprint.freqs)):
                    yield track_id
