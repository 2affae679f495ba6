"""Cover pictures in the sizes that are asked for, kept on disk once they are made."""

from __future__ import annotations

import logging
import secrets
import threading
from pathlib import Path
from typing import NamedTuple

from wavvy.catalog.picture import shrunk
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Artwork
from wavvy.errors import NotFound

log = logging.getLogger(__name__)

SIZES = (64, 128, 256, 512, 1024)
"""Longest side in pixels of the pictures that are made."""

_MAX_BYTES = 256_000_000
_AT_ONCE = 2  # decoding one may take 100 MB


class Key(NamedTuple):
    """Which picture, and in which size: None for as it is."""

    digest: str
    size: int | None

    @property
    def etag(self) -> str:
        """What a browser sends back to ask whether it has changed."""
        return f'"{self}"'

    def __str__(self) -> str:
        return f"{self.digest[:32]}-{self.size or 'whole'}"


class Covers:
    """The covers of a catalogue; for any number of threads.

    Parameters
    ----------
    catalog : Catalog
        Has them whole.
    folder : Path
        Where smaller ones are kept, up to 256 MB; whatever is deleted there is made again.
    """

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self._catalog = catalog
        self._folder = folder
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.glob("*.tmp"):
            left_over.unlink(missing_ok=True)
        self._bytes = sum(file.stat().st_size for file in folder.iterdir())

    def key(self, track_id: int, size: int | None) -> Key:
        """Return what the cover of a track is kept as, in the next larger of `SIZES`.

        Raises
        ------
        NotFound
            There is no such track, or it has no cover.
        """
        digest = self._catalog.artwork_digest(track_id)
        if digest is None:
            raise NotFound(f"no cover picture for track {track_id}")
        if size is not None:
            size = next((made for made in SIZES if made >= size), SIZES[-1])
        return Key(digest, size)

    def picture(self, track_id: int, key: Key) -> Artwork:
        """Return the cover of a track.

        Raises
        ------
        NotFound
            There is none any more, or none that can be decoded.
        """
        kept = self._folder / str(key)
        try:
            data = kept.read_bytes()
            return Artwork("image/png" if data.startswith(b"\x89PNG") else "image/jpeg", data)
        except OSError:
            whole = self._catalog.artwork(track_id)
        if whole is None:
            raise NotFound(f"no cover picture for track {track_id}")
        if key.size is None:
            return whole
        try:
            with self._turn:
                small = shrunk(whole, key.size)
        except ValueError as error:
            raise NotFound(f"the cover of track {track_id} cannot be shown: {error}") from error
        self._keep(kept, small.data)
        return small

    def _keep(self, path: Path, data: bytes) -> None:
        part = path.with_name(f"{secrets.token_hex(8)}.tmp")
        try:
            part.write_bytes(data)
            part.replace(path)
            self._bytes += len(data)
            if self._bytes > _MAX_BYTES:
                self._make_room()
        except OSError as error:  # a full disk keeps no cover from being shown
            part.unlink(missing_ok=True)
            log.debug("%s is not kept: %s", path, error)

    def _make_room(self) -> None:
        """Delete the older half."""
        files = sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        for file in files[: (len(files) + 1) // 2]:
            file.unlink(missing_ok=True)
        self._bytes = sum(file.stat().st_size for file in files if file.exists())
