"""The decoding processes of a process, and a file that occupies them."""

from __future__ import annotations

import struct
import time
from contextlib import suppress
from pathlib import Path

import psutil


def decoders(parent: int | None = None) -> list[psutil.Process]:
    """Return the decoding processes of `parent`, or of this process."""
    found = []
    for child in psutil.Process(parent).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it may end at any moment
            while not (words := child.cmdline()):  # a moment long it has begun and has no name
                time.sleep(0.001)
            if "wavvy.sandbox.child" in words:
                found.append(child)
    return found


def decoder_of(path: Path, parent: int | None = None) -> psutil.Process:
    """Wait for the process that decodes a file, and return it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in decoders(parent):
            with suppress(psutil.NoSuchProcess):
                if any(Path(file.path) == path for file in child.open_files()):
                    return child
        time.sleep(0.005)
    raise AssertionError(f"nobody decodes {path}")


def endless(path: Path) -> Path:
    """Write a WAV file of many hours that takes no space on disk."""
    size, rate = 2_000_000_000, 44_100
    header = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", size + 36) + header + b"data")
        file.write(struct.pack("<I", size))
        file.truncate(size + 44)
    return path
