"""Pictures made for tests."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def encoded(kind: str, size: tuple[int, int] = (40, 30), color: str = "teal") -> bytes:
    """Encode a picture of one colour as ``JPEG``, ``PNG``, ``GIF`` or ``WEBP``."""
    file = io.BytesIO()
    mode = "RGB" if kind == "JPEG" else "RGBA"
    Image.new(mode, size, color).save(file, kind)
    return file.getvalue()


def bomb(side: int) -> bytes:
    """Make a PNG of a few hundred kilobytes at most that decodes to `side` x `side` pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side + 7) // 8 + 1) * side, 9)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
