"""Compressed frames of ID3 tags, which mutagen expands whatever comes out of them.

A few kilobytes may hold gigabytes. Importing this module bounds what one frame may expand to; a
frame beyond that counts as damaged.
"""

from __future__ import annotations

import zlib
from types import SimpleNamespace

from mutagen.id3 import _frames

from wavvy.catalog.track import Artwork

MOST_BYTES = Artwork.MAX_BYTES + 65_536
"""Room for the largest picture, and what its frame says about it."""


def expand(data: bytes) -> bytes:
    """Expand a frame.

    Raises
    ------
    zlib.error
        If it is damaged, or larger than any frame has a reason to be.
    """
    stream = zlib.decompressobj()
    expanded = stream.decompress(data, MOST_BYTES)
    if stream.unconsumed_tail:
        raise zlib.error(f"more than {MOST_BYTES} bytes come out of it")
    if not stream.eof:
        raise zlib.error("it ends early")
    return expanded


vars(_frames)["zlib"] = SimpleNamespace(decompress=expand, error=zlib.error)
