"""A music library: one data folder with its catalogue and its index. The Python API."""

from __future__ import annotations

import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from wavvy.calibration import default_calibration
from wavvy.catalog.address import FILE_NAME as CATALOG
from wavvy.catalog.listing import Listing
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Track, TrackEdit
from wavvy.dsp.decode import AudioDecoder
from wavvy.dsp.fingerprint import fingerprint_blocks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.resample import PcmResampler, as_mono
from wavvy.errors import InvalidAudio, NoAudio, NotFound
from wavvy.explain.inquiry import explain as explain_window
from wavvy.explain.tape import Tape, Window
from wavvy.index.files import folder_errors, make_folder
from wavvy.index.store import Index
from wavvy.index.warming import warm
from wavvy.ingest.discovery import find_audio
from wavvy.ingest.ingest import Ingest
from wavvy.ingest.outcome import AddOutcome
from wavvy.listening import Event, ListenSession
from wavvy.match import Match
from wavvy.recognition import Recognition, Result, new_query_id
from wavvy.recognizer import Recognizer
from wavvy.sandbox.patience import LIBRARY, Patience
from wavvy.sandbox.pool import Sandbox
from wavvy.stats import LibraryStats
from wavvy.upkeep import CLOSING_SECONDS, Progress, Upkeep

__all__ = ["AddOutcome", "Event", "LibraryStats", "ListenSession", "Recognition", "Wavvy"]

INDEX = "index"
"""Folder of the index within the data folder."""
SERVER_LOCK = "serve.lock"
"""File in the data folder that a server holds locked."""


class Wavvy:
    """An open library; may be used from several threads, and beside other processes.

    Parameters
    ----------
    data_dir : str or Path
        Made if it is not there.
    database_url : str, optional
        Where the catalogue is, if not in the data folder: ``postgresql://user:password@host/name``.
    fresh_index : callable, optional
        Given, the index is made anew from the catalogue, whatever state it is in, and this is told
        how many of how many tracks it holds so far.

    Attributes
    ----------
    sandbox : Sandbox
        Opens files in processes of their own, which may crash.

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
        fresh_index: Progress | None = None,
    ) -> None:
        self.data_dir = Path(data_dir).expanduser().absolute()
        with folder_errors(self.data_dir):
            make_folder(self.data_dir)
        self.catalog = Catalog.open(self.data_dir, params_digest=DEFAULT.digest(), url=database_url)
        try:
            self._upkeep = Upkeep(self.catalog, self.data_dir / INDEX, fresh=fresh_index)
        except BaseException:
            self.catalog.close()
            raise
        self.index = self._upkeep.index
        self.sandbox = Sandbox()
        self.recognizer = Recognizer(self.index, DEFAULT, default_calibration())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(CLOSING_SECONDS if exc_type is None else 0.0)

    @property
    def warnings(self) -> list[str]:
        """Sentences about what was found damaged since the library was opened."""
        return self._upkeep.warnings

    def settle(self, seconds: float | None = None) -> bool:
        """Merge segments and mend damage, as far as either is due.

        It happens in the background after each change anyway, and is left undone only when the
        process ends too soon. Searches and changes do not wait for it.

        Parameters
        ----------
        seconds : float, optional
            How long to wait at most.

        Returns
        -------
        bool
            Whether nothing is left to do.
        """
        return self._upkeep.settle(seconds)

    def close(self, patience: float = CLOSING_SECONDS) -> None:
        """Let go of the data folder.

        Parameters
        ----------
        patience : float, default 10
            How many seconds to wait at most for merges. What is not done then is not lost: whoever
            changes the library next goes on with it.
        """
        self.sandbox.close()
        self._upkeep.close(patience)
        self.catalog.close()

    def add(
        self,
        path: str | Path,
        *,
        original_name: str | None = None,
        keep_path: bool = True,
        patience: Patience = LIBRARY,
        max_seconds: float | None = None,
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
        patience : Patience
            How long it may take; `TRACK` of `wavvy.sandbox.patience` for one that a stranger sent.
        max_seconds : float, optional
            How long it may be; a longer one is a bad file.

        Returns
        -------
        AddOutcome
            A bad file is an outcome, no exception.

        Raises
        ------
        StoreError
            If the library itself cannot be written.
        """
        file = Path(path)
        with self._upkeep.following():
            return self._ingest().add(
                file, original_name, keep_path=keep_path, patience=patience, max_seconds=max_seconds
            )

    def add_all(
        self,
        paths: str | Path | Iterable[str | Path],
        *,
        workers: int | None = None,
        waiting: Callable[[], None] | None = None,
    ) -> Iterator[AddOutcome]:
        """Add files and folders on several cores.

        Parameters
        ----------
        paths : str, Path or iterable of them
            Folders are searched to any depth.
        workers : int, optional
            Files to decode at a time; by default one for each core.
        waiting : callable, optional
            Called about twice a second while no file gets done; what it raises ends all of them.

        Yields
        ------
        AddOutcome
            For each file, as soon as it is safely stored.

        Raises
        ------
        StoreError
            If the library itself cannot be written.
        """
        found = find_audio(map(Path, [paths] if isinstance(paths, (str, Path)) else paths))
        with self._upkeep.following():
            yield from self._ingest().add_all(found, workers, waiting)

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
            Accept from this probability on; below the calibrated one, look for others too.
        explain : bool, default False
            Whether to tell why, or why not. Then silence, and a clip too short to judge, are not
            refused but explained.

        Raises
        ------
        MediaError, InvalidAudio
            If it cannot be decoded, there is no sound in it, or less than one window (256 ms).
        """
        began = time.perf_counter()
        calibrated = self.recognizer.calibration.threshold
        threshold = calibrated if min_score is None else min_score
        session = self.recognizer.clip(guessing=threshold < calibrated)
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
        matches = [m for m in surest.moment.matches if m.suffices(min_score)]
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
                threshold=threshold,
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

    def recall(self, outline: dict[str, Any], took_ms: int) -> Recognition:
        """Give the answer to an earlier question again, with the tracks as they are called now.

        Parameters
        ----------
        outline : dict
            `Recognition.outline` of the earlier answer.
        took_ms : int
            How long it took this time.
        """
        matches = [Match(**match) for match in outline["matches"]]
        tracks = self.catalog.tracks_by_id([match.track_id for match in matches])
        return Recognition(
            new_query_id(),
            outline["duration_ms"],
            outline["landmarks"],
            took_ms,
            [
                Result(match, tracks[match.track_id], outline["duration_ms"])
                for match in matches
                if match.track_id in tracks
            ],
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
        """List tracks by id, or those of them that a search for ``query`` finds."""
        return self.catalog.tracks(query, limit=limit, after_id=after_id)

    def search(self, query: str, *, limit: int = 20) -> list[Track]:
        """Find tracks by what a person remembers of their names, the best match first.

        Words may be misspelt, unfinished at the end, and in any order; `docs/api.md` tells all.
        """
        return self.catalog.page(Listing(query=query, order="relevance", limit=limit)).tracks

    def track(self, track_id: int) -> Track:
        """Return one track; raises NotFound."""
        return self.catalog.track(track_id)

    def edit(self, track_id: int, edit: TrackEdit) -> Track:
        """Change what a track is called and return it; raises NotFound.

        Adding its file again does not change it back.
        """
        self.catalog.edit_track(track_id, edit)
        return self.catalog.track(track_id)

    def audio_file(self, track_id: int) -> Path:
        """Return a file that a track was added from, still as it was then; raises NotFound."""
        self.catalog.track(track_id)
        for source in self.catalog.sources(track_id):
            try:
                status = Path(source.path).stat()
            except (OSError, ValueError):
                continue
            same = (status.st_size, status.st_mtime_ns) == (source.size, source.mtime_ns)
            if same and stat.S_ISREG(status.st_mode):
                return Path(source.path)
        raise NotFound(f"the file of track {track_id} is not there any more, or has changed")

    def remove(self, track_id: int) -> None:
        """Remove a track; raises NotFound. Its audio file stays where it is."""
        with self._upkeep.following():
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
        """Check every byte of the index, and each of its tracks against the catalogue.

        Returns
        -------
        list of str
            A sentence for each problem.
        """
        return self._upkeep.verify()

    def rebuild_index(self, progress: Progress = lambda *_: None) -> int:
        """Make the index anew from the catalogue; return the number of tracks.

        Until it is done, the old one answers.

        Parameters
        ----------
        progress : callable, optional
            Is told how many of how many tracks the new one holds so far; may raise to end it.
        """
        self._upkeep.rebuild(progress)
        return int(self.index.track_ids().size)

    def merge_index(self) -> int:
        """Merge all segments; return how many fewer there are now."""
        before = self.index.stats().segments
        self._upkeep.merge()
        return before - self.index.stats().segments

    def copy_to(self, folder: Path) -> None:
        """Copy catalogue and index into a folder while they are in use.

        The copy holds what was acknowledged when it was begun; its index is brought to the state of
        its catalogue when it is opened.

        Raises
        ------
        StoreError
            If either folder cannot be used, or the catalogue is no file.
        """
        # The index first: the later copy of the catalogue knows all that the index holds.
        self._upkeep.copy_to(folder / INDEX)
        self.catalog.copy_to(folder / CATALOG)

    def warm_tracks(self, track_ids: Iterable[int]) -> int:
        """Read beforehand what recognising certain tracks takes; return how many there are."""
        return warm(self.index.snapshot(), self.catalog.tracks_by_id(track_ids), DEFAULT)

    def map_index_in(self) -> Iterator[int]:
        """Read the whole index into the system's cache; yield the bytes of each piece."""
        for segment in self.index.snapshot().segments:
            yield from segment.map_in()

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
        return Ingest(self.catalog, self.index, self._upkeep.fingerprints, self.sandbox)


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
