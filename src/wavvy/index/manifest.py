"""The manifest: which segments make up the index. Replacing it is the commit.

One line of JSON behind its CRC-32 in hexadecimal. A segment file that it does not list was never
committed, or is no longer needed.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from wavvy.dsp.arrays import I64
from wavvy.errors import DamagedIndex, IncompatibleStore
from wavvy.index.files import write_durably
from wavvy.index.format import VERSION

FILE_NAME = "manifest"


def _no_tracks() -> I64:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """State of the index between two commits.

    Attributes
    ----------
    params_digest : str
        Fingerprint parameters of all segments.
    catalog : str
        Identity of the catalogue whose tracks these are.
    segments : tuple of str
        File names.
    tombstones : ndarray, shape (n,), int64
        Sorted ids of tracks that segments still hold but that were removed.
    version : int
        Of the index. What an older version listed reads as empty, and of no catalogue: it is to be
        made anew.
    """

    params_digest: str
    catalog: str
    segments: tuple[str, ...] = ()
    tombstones: I64 = field(default_factory=_no_tracks)
    version: int = VERSION

    def save(self, folder: Path) -> None:
        """Write to a folder, durably and in one step."""
        fields = {
            "params_digest": self.params_digest,
            "catalog": self.catalog,
            "segments": self.segments,
            "tombstones": self.tombstones.tolist(),
            "version": self.version,
        }
        text = json.dumps(fields)
        line = f"{zlib.crc32(text.encode()):08x} {text}\n"
        write_durably(folder / FILE_NAME, lambda file: _write(file, line.encode()))

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read the manifest of a folder.

        Raises
        ------
        DamagedIndex
            If it fails its checksum.
        IncompatibleStore
            If a newer program wrote it.
        FileNotFoundError
            If there is none.
        """
        crc, _, text = (folder / FILE_NAME).read_bytes().partition(b" ")
        if crc != b"%08x" % zlib.crc32(text.rstrip(b"\n")):
            raise DamagedIndex(f"{folder / FILE_NAME} fails its checksum")
        fields = json.loads(text)
        version = fields["version"]
        if version > VERSION:
            raise IncompatibleStore(
                f"{folder / FILE_NAME} is of version {version}, this program reads {VERSION}; "
                "update Wavvy or run `wavvy index rebuild`"
            )
        if version < VERSION or "catalog" not in fields:
            return cls(fields["params_digest"], "")
        return cls(
            fields["params_digest"],
            fields["catalog"],
            tuple(fields["segments"]),
            np.array(fields["tombstones"], np.int64),
        )


def _write(file: BinaryIO, line: bytes) -> None:
    file.write(line)
    file.flush()
    if os.utime in os.supports_fd:
        # The file system's clock ticks every few milliseconds. Readers know a new manifest by its
        # time among other things, so no two commits may share one.
        now = time.time_ns()
        os.utime(file.fileno(), ns=(now, now))
