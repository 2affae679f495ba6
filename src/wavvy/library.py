"""A music library: one data folder with its catalogue and its index. The Python API."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from wavvy.calibration import default_calibration
from wavvy.catalog.failures import store_errors
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Track
from wavvy.dsp.decode import AudioDecoder
from wavvy.dsp.fingerprint import Fingerprint, fingerprint_blocks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.resample import PcmResampler, as_mono
from wavvy.errors import DamagedIndex, InvalidAudio, NoAudio, StoreBusy
from wavvy.explain.inquiry import explain as explain_window
from wavvy.explain.tape import Tape, Window
from wavvy.index.store import Index, IndexStats
from wavvy.ingest.discovery import find_audio
from wavvy.ingest.ingest import Ingest
from wavvy.ingest.outcome import AddOutcome
from wavvy.listening import Event, ListenSession
from wavvy.recognition import Recognition, Result, new_query_id
from wavvy.recognizer import Recognizer

__all__ = ["AddOutcome", "Event", "LibraryStats", "ListenSession", "Recognition", "Wavvy"]

WRITER_PATIENCE_SECONDS = 60.0
"""How long to wait for another process that changes the index."""

_REPLAY_TRACKS = 256  # fingerprints held at once while the index is brought up to date


@dataclass(frozen=True, slots=True)
class LibraryStats:
    """Size of a library."""

    tracks: int
    duration_ms: int
    index: IndexStats
    fingerprint_bytes: int
    catalog_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """Return what ``wavvy stats --json`` prints."""
        return asdict(self) | {"index": self.index._asdict()}


class Wavvy:
    """An open library; may be used from several threads, and beside other processes.

    Parameters
    ----------
    data_dir : str or Path
        Made if it is not there.
    database_url : str, optional
        Where the catalogue is, if not in the data folder: ``postgresql://user:password@host/name``.
    fresh_index : bool, default False
        Whether to make the index anew from the catalogue, whatever state it is in.

    Raises
    ------
    IncompatibleStore
        If another version, or other fingerprint parameters, made it.
    StoreError
        If it cannot be used.
    """

    def __init__(
        self,
        data_dir: str | Path,
        database_url: str | None = None,
        *,
        fresh_index: bool = False,
    ) -> None:
        self.data_dir = Path(data_dir).expanduser().absolute()
        self.catalog = Catalog.open(self.data_dir, params_digest=DEFAULT.digest(), url=database_url)
        folder = self.data_dir / "index"
        self._lock = _WritersLock(folder / "lock")
        self._lost: dict[int, str] = {}
        self._mended = 0  # how much of what was found damaged has been made good
        try:
            with store_errors(str(folder)):
                folder.mkdir(exist_ok=True)
                if fresh_index:
                    Index.discard(folder, self._lock)
                self.index = Index(folder, DEFAULT, self._lock)
                self._catch_up()
        except BaseException:
            self.catalog.close()
            raise
        self.recognizer = Recognizer(self.index, DEFAULT, default_calibration())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def warnings(self) -> list[str]:
        """Sentences about what was found damaged since the library was opened."""
        mended = [
            f"{reason}; its tracks were taken from the catalogue again"
            for reason in self.index.damaged[: self._mended]
        ]
        broken = [
            f"{reason}; open the library again to mend it"
            for reason in self.index.damaged[self._mended :]
        ]
        return [*mended, *broken, *self._lost.values()]

    def close(self) -> None:
        """Let go of the database."""
        self.catalog.close()

    def add(
        self, path: str | Path, *, original_name: str | None = None, keep_path: bool = True
    ) -> AddOutcome:
        """Add one file.

        Parameters
        ----------
        path : str or Path
            An audio file.
        original_name : str, optional
            What its sender called it, if it is stored under another name.
        keep_path : bool, default True
            Whether the file stays where it is, so that the catalogue may point to it.

        Returns
        -------
        AddOutcome
            A bad file is an outcome, no exception.

        Raises
        ------
        StoreError
            If the library itself cannot be written.
        """
        outcome = self._ingest().add(Path(path), name=original_name, keep_path=keep_path)
        self._mend()
        return outcome

    def add_all(
        self, paths: str | Path | Iterable[str | Path], *, workers: int | None = None
    ) -> Iterator[AddOutcome]:
        """Add files and folders on several cores.

        Parameters
        ----------
        paths : str, Path or iterable of them
            Folders are searched to any depth.
        workers : int, optional
            Processes to use; by default one for each core.

        Yields
        ------
        AddOutcome
            For each file, as soon as it is safely stored.

        Raises
        ------
        StoreError
            If the library itself cannot be written.
        """
        named = [paths] if isinstance(paths, (str, Path)) else paths
        found = find_audio(Path(path) for path in named)
        yield from self._ingest().add_all(found, workers or os.cpu_count() or 1)
        self._mend()

    def identify(
        self,
        source: str | Path | BinaryIO | NDArray[Any],
        sample_rate: int | None = None,
        *,
        limit: int | None = None,
        min_score: float | None = None,
        explain: bool = False,
    ) -> Recognition:
        """Recognise a clip.

        Parameters
        ----------
        source : path, binary file or ndarray, shape (n,) or (n, channels)
            What to recognise.
        sample_rate : int, optional
            Of an array, in Hz.
        limit : int, optional
            Most results to return.
        min_score : float, optional
            Accept from this probability on, instead of the calibrated threshold.
        explain : bool, default False
            Whether to tell why, or why not. Then silence, and a clip too short to judge, are not
            refused but explained.

        Raises
        ------
        MediaError, InvalidAudio
            If it cannot be decoded, there is no sound in it, or less than one window (256 ms).
        """
        began = time.perf_counter()
        session = self.recognizer.clip()
        heard = False
        surest: Window | None = None
        tape = Tape(DEFAULT)
        for block in _blocks(source, sample_rate):
            heard = heard or bool(block.size and block.min() != block.max())
            tape.take(block)
            for moment in session.push(block):
                surest = _surer(surest, tape.window(moment))
        if not explain:
            _check_heard(source, session.elapsed_ms, heard)
        surest = _surer(surest, tape.window(session.finish()))
        matches = [
            match
            for match in surest.moment.matches
            if (match.accepted if min_score is None else match.score >= min_score)
        ]
        guesses = matches or (surest.moment.matches[:1] if explain else [])
        tracks = self.catalog.tracks_by_id([match.track_id for match in guesses])
        took_ms = round(1000 * (time.perf_counter() - began))
        explanation = None
        if explain:
            best = next((m for m in guesses if m.track_id in tracks), None)
            explanation = explain_window(
                self.recognizer,
                surest,
                None if best is None else (best, tracks[best.track_id]),
                threshold=self.recognizer.calibration.threshold if min_score is None else min_score,
                accepted=bool(matches),
                length_ms=session.elapsed_ms,
            )
        return Recognition(
            new_query_id(),
            session.elapsed_ms,
            surest.moment.landmarks,
            took_ms,
            [
                Result(match, tracks[match.track_id], session.elapsed_ms)
                for match in matches
                if match.track_id in tracks
            ][:limit],
            explanation,
        )

    def listen(self, sample_rate: int, channels: int = 1) -> ListenSession:
        """Open a session for a live stream.

        Parameters
        ----------
        sample_rate : int
            In Hz, 1000 to 384000.
        channels : int, default 1
            1 to 32.

        Raises
        ------
        InvalidAudio
            If either makes no sense.
        """
        resampler = PcmResampler(sample_rate, channels, DEFAULT.sample_rate)
        return ListenSession(self.recognizer.stream(), resampler, self.catalog)

    def tracks(
        self, query: str | None = None, *, limit: int = 50, after_id: int = 0
    ) -> list[Track]:
        """List tracks by id, those whose title, artist or album holds ``query``."""
        return self.catalog.tracks(query, limit=limit, after_id=after_id)

    def track(self, track_id: int) -> Track:
        """Return one track; raises NotFound."""
        return self.catalog.track(track_id)

    def remove(self, track_id: int) -> None:
        """Remove a track; raises NotFound. Its audio file stays where it is."""
        self.catalog.remove_track(track_id)
        self.index.remove([track_id])

    def stats(self) -> LibraryStats:
        """Count what is in the library."""
        catalog = self.catalog.count()
        return LibraryStats(
            catalog.tracks,
            catalog.duration_ms,
            self.index.stats(),
            catalog.fingerprint_bytes,
            self.catalog.stored_bytes(),
        )

    def verify_index(self) -> list[str]:
        """Check every byte of the index; return a sentence for each problem."""
        problems = self.index.verify()
        missing, gone = self._behind()
        if missing or gone:
            problems.append(
                f"the index lacks {len(missing)} tracks of the catalogue and holds {len(gone)} "
                "that were removed; run `wavvy index rebuild`"
            )
        return problems

    def rebuild_index(self) -> int:
        """Make the index anew from the catalogue; return the number of tracks."""
        with self._lock:
            self.index.clear()
            self._catch_up()
            self.index.merge()
        return int(self.index.track_ids().size)

    def merge_index(self) -> int:
        """Merge all segments; return how many fewer there are now."""
        before = self.index.stats().segments
        self.index.merge()
        self._mend()
        return before - self.index.stats().segments

    def warm_up(self) -> None:
        """Compile or load all that recognition runs on, so that the first answer is quick too."""
        noise = np.random.default_rng(0).standard_normal(4 * DEFAULT.sample_rate)
        samples = noise.astype(np.float32)
        # Windows keeps a mapped file, and with it the folder, until the process ends.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            index = Index(Path(folder), DEFAULT, nullcontext())
            index.add([(1, fingerprint_blocks([samples], DEFAULT))])
            session = Recognizer(index, DEFAULT, default_calibration()).clip()
            for _ in session.push(samples):
                pass
            session.finish()

    def _ingest(self) -> Ingest:
        return Ingest(self.catalog, self.index, self._fingerprints)

    def _behind(self) -> tuple[set[int], set[int]]:
        """Return the tracks that the index lacks, and those it holds though they were removed."""
        # The index first: what another process adds meanwhile must not look removed.
        indexed = set(self.index.track_ids().tolist())
        known = set(self.catalog.track_ids())
        return known - indexed, indexed - known

    def _catch_up(self) -> None:
        """Bring the index to the state of the catalogue, which a crash may have kept it from."""
        damaged = len(self.index.damaged)
        missing, gone = self._behind()
        if gone and max(gone) > self.catalog.last_track_id():
            # The catalogue is new, or an older copy of it: its ids stand for other tracks.
            self.index.clear()
            missing = set(self.catalog.track_ids())
        elif gone:
            self.index.remove(gone)
        replayed = sorted(missing)
        for start in range(0, len(replayed), _REPLAY_TRACKS):
            self.index.add(self._fingerprints(replayed[start : start + _REPLAY_TRACKS]))
        self._mended = damaged

    def _mend(self) -> None:
        """Catch up if a change has come upon damage: merging reads every byte."""
        if len(self.index.damaged) > self._mended:
            self._catch_up()

    def _fingerprints(self, track_ids: list[int]) -> Iterator[tuple[int, Fingerprint]]:
        for track_id, blob in self.catalog.fingerprints(track_ids):
            try:
                yield track_id, Fingerprint.from_bytes(blob)
            except DamagedIndex as error:
                self._lost[track_id] = f"track {track_id} cannot be found: {error}; remove it first"


class _WritersLock:
    """A lock between threads and processes; what goes wrong while it is held is a StoreError."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, thread_local=False)
        self._mutex = threading.RLock()

    def __enter__(self) -> None:
        self._mutex.acquire()
        try:
            with store_errors(self._lock.lock_file):
                self._acquire()
        except BaseException:
            self._mutex.release()
            raise

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()
        self._mutex.release()
        if isinstance(exc, OSError):
            with store_errors(str(Path(self._lock.lock_file).parent)):
                raise exc

    def _acquire(self) -> None:
        try:
            self._lock.acquire(timeout=WRITER_PATIENCE_SECONDS)
        except Timeout:
            raise StoreBusy(
                f"another process has been changing {self._lock.lock_file} for "
                f"{WRITER_PATIENCE_SECONDS:.0f} s; try again when it is done"
            ) from None


def _blocks(
    source: str | Path | BinaryIO | NDArray[Any], sample_rate: int | None
) -> Iterator[NDArray[np.float32]]:
    """Yield a clip as mono blocks at the fingerprint's sample rate."""
    if isinstance(source, np.ndarray):
        if sample_rate is None:
            raise InvalidAudio("an array of samples needs its sample_rate")
        yield as_mono(source, sample_rate, DEFAULT.sample_rate)
    else:
        with AudioDecoder(source, sample_rate=DEFAULT.sample_rate) as decoder:
            yield from decoder


def _surer(before: Window | None, now: Window) -> Window:
    """Return the window whose best match is the more likely one; of equals the first."""
    if before is None:
        return now
    return max(
        before, now, key=lambda window: max((m.score for m in window.moment.matches), default=0.0)
    )


def _check_heard(source: object, elapsed_ms: int, heard: bool) -> None:
    known_as = source if isinstance(source, (str, Path)) else getattr(source, "name", None)
    # Temporary files have a number, or None, for a name.
    name = known_as if isinstance(known_as, (str, Path)) else "the clip"
    window_ms = 1000 * DEFAULT.window // DEFAULT.sample_rate
    if elapsed_ms < window_ms:
        raise InvalidAudio(
            f"{name} is {elapsed_ms} ms long; at least {window_ms} ms are needed, "
            "some seconds are better"
        )
    if not heard:
        raise NoAudio(f"{name} holds only silence; check what it was recorded from")
