"""The manifest: which segments make up the index. Replacing it is the commit.

One line of JSON behind its CRC-32 in hexadecimal. A segment file that it does not list was never
committed, or is no longer needed.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from wavvy.errors import DamagedIndex, IncompatibleStore
from wavvy.index.files import write_durably
from wavvy.index.format import VERSION

FILE_NAME = "manifest"


@dataclass(frozen=True, slots=True)
class Manifest:
    """State of the index between two commits.

    Attributes
    ----------
    params_digest : str
        Fingerprint parameters of all segments.
    segments : tuple of str
        File names.
    tombstones : tuple of int
        Track ids that segments still hold but that were removed.
    version : int
        Of the index. What an older version listed reads as empty: it is to be made anew.
    """

    params_digest: str
    segments: tuple[str, ...] = ()
    tombstones: tuple[int, ...] = ()
    version: int = VERSION

    def save(self, folder: Path) -> None:
        """Write to a folder, durably and in one step."""
        text = json.dumps(asdict(self))
        line = f"{zlib.crc32(text.encode()):08x} {text}\n"
        write_durably(folder / FILE_NAME, line.encode())

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
        if fields["version"] < VERSION:
            return cls(fields["params_digest"])
        if fields["version"] > VERSION:
            raise IncompatibleStore(
                f"{folder / FILE_NAME} is of version {fields['version']}, this program reads "
                f"{VERSION}; update Wavvy or run `wavvy index rebuild`"
            )
        fields["segments"] = tuple(fields["segments"])
        fields["tombstones"] = tuple(fields["tombstones"])
        return cls(**fields)
