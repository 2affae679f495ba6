"""Taking music in: find files, fingerprint them on all cores, write each down once and for all.

A track is acknowledged when the catalogue has committed it, fingerprint included. The index follows
in batches; what a crash keeps from it, the next start takes from the catalogue.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from wavvy.catalog.filename import format_of
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import FileFormat, SourceFile
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.errors import UnreadableFile, WavvyError
from wavvy.index.store import Index
from wavvy.ingest.following import Follower
from wavvy.ingest.outcome import AddOutcome
from wavvy.ingest.preparation import Prepared
from wavvy.ingest.workers import attempt, prepare_all
from wavvy.sandbox.patience import Patience
from wavvy.sandbox.pool import Sandbox

_AT_ONCE = 1000  # files: more would be looked up for long before the first is listened to


class Ingest:
    """Adds files to a catalogue and its index.

    Parameters
    ----------
    catalog : Catalog
        Where a track is acknowledged.
    index : Index
        Follows the catalogue.
    fingerprints : callable
        From track ids to those of them that can be indexed, each with its fingerprint.
    sandbox : Sandbox
        Decodes what is added.
    """

    def __init__(
        self,
        catalog: Catalog,
        index: Index,
        fingerprints: Callable[[list[int]], Iterable[tuple[int, Fingerprint]]],
        sandbox: Sandbox,
    ) -> None:
        self._catalog = catalog
        self._sandbox = sandbox
        self._follower = Follower(index, fingerprints)

    def add(
        self,
        path: Path,
        name: str | None = None,
        *,
        keep_path: bool = True,
        patience: Patience,
        max_seconds: float | None = None,
    ) -> AddOutcome:
        """Add one file; see `wavvy.library.Wavvy.add`."""
        file = str(name or path)
        try:
            source = source_of(path) if keep_path else None
        except UnreadableFile as error:
            return AddOutcome(file, "failed", error=error)
        with self._follower:
            outcome = self._known(path, source) if source else None
            if outcome is not None:
                return outcome
            prepared = attempt(
                path, name, sandbox=self._sandbox, patience=patience, max_seconds=max_seconds
            )
            return self._write(path, name, prepared, source)

    def add_all(
        self, paths: Iterable[Path], workers: int | None, waiting: Callable[[], None] | None
    ) -> Iterator[AddOutcome]:
        """Add files on several cores; see `wavvy.library.Wavvy.add_all`."""
        workers = workers or os.cpu_count() or 1
        with self._follower:
            left = iter(paths)
            while some := list(islice(left, _AT_ONCE)):
                yield from self._add_some(some, workers, waiting)

    def _add_some(
        self, paths: list[Path], workers: int, waiting: Callable[[], None] | None
    ) -> Iterator[AddOutcome]:
        unknown: dict[Path, SourceFile] = {}
        for path in paths:
            try:
                source = source_of(path)
            except UnreadableFile as error:
                yield AddOutcome(str(path), "failed", error=error)
                continue
            known = self._known(path, source)
            if known is None:
                unknown[path] = source
            else:
                yield known
        for path, result in prepare_all(unknown, workers, waiting, sandbox=self._sandbox):
            yield self._write(path, None, result, unknown[path])

    def _known(self, path: Path, source: SourceFile) -> AddOutcome | None:
        """Recognise a file that has not changed since it was added, without reading it."""
        track_id = self._catalog.find_source(source)
        if track_id is None:
            return None
        track = self._catalog.tracks_by_id([track_id]).get(track_id)
        if track is None:
            return None  # removed a moment ago
        self._follower.take(track_id)
        return AddOutcome(str(path), "known", track_id, track.title, track.duration_ms)

    def _write(
        self,
        path: Path,
        name: str | None,
        prepared: Prepared | WavvyError,
        source: SourceFile | None,
    ) -> AddOutcome:
        """Acknowledge a track, unless there is none."""
        file = name or str(path)
        if isinstance(prepared, WavvyError):
            return AddOutcome(file, "failed", error=prepared)
        track_id, created = self._catalog.add_track(
            prepared.tags,
            content_hash=prepared.content_hash,
            duration_ms=prepared.duration_ms,
            fingerprint=prepared.fingerprint,
            source=source,
            file_format=_format(path, file, prepared),
        )
        self._follower.take(track_id)
        if not created:
            track = self._catalog.tracks_by_id([track_id]).get(track_id)
            title = track.title if track else prepared.tags.title  # it was removed a moment ago
            return AddOutcome(file, "known", track_id, title, prepared.duration_ms)
        return AddOutcome(
            file,
            "added",
            track_id,
            prepared.tags.title,
            prepared.duration_ms,
            warnings=prepared.warnings,
        )


def _format(path: Path, name: str, prepared: Prepared) -> FileFormat | None:
    """Tell what sort of file a track is from; None where its name does not."""
    found = format_of(name)
    try:
        size = path.stat().st_size
    except OSError:
        return None  # it was moved away a moment ago
    picture = len(prepared.tags.artwork.data) if prepared.tags.artwork else 0
    # A cover may also lie beside the file, and then be larger than it.
    sound = size - picture if picture < size / 2 else size
    seconds = max(prepared.duration_ms, 1) / 1000
    return None if found is None else FileFormat(found, round(8 * sound / seconds))


def source_of(path: Path) -> SourceFile:
    """Describe a file by path, size and time of change.

    Raises
    ------
    UnreadableFile
        If there is no such file, or no file can have that name.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            os.scandir(path).close()  # says why a folder could not be searched
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableFile(
            f"{path} cannot be read ({reason}); check its name and rights"
        ) from None
    return SourceFile(str(path.absolute()), status.st_size, status.st_mtime_ns)
