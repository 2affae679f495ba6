"""Finding the audio files in what a person names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from wavvy.dsp.decode import AUDIO_SUFFIXES


def find_audio(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files named, whatever their suffix, and the audio files in the folders named.

    Folders are walked in the order of their names, links followed; a folder that has been visited,
    under whatever name, is not visited again, so loops end. A folder that cannot be read is yielded
    itself, for whoever opens it to say why.
    """
    visited: set[tuple[int, int]] = set()
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112  # unlike Path.is_dir it never raises
            yield from _walk(path, visited)
        else:
            yield path


def _walk(folder: Path, visited: set[tuple[int, int]]) -> Iterator[Path]:
    unreadable: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=unreadable.append, followlinks=True):
        try:
            status = Path(parent).stat()
        except OSError:
            continue  # it vanished
        if (status.st_dev, status.st_ino) in visited:
            folders.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        folders.sort()
        for name in sorted(files):
            # What macOS keeps beside "song.mp3" on foreign disks is called "._song.mp3".
            if Path(name).suffix.lower() in AUDIO_SUFFIXES and not name.startswith("._"):
                yield Path(parent, name)
    yield from (Path(error.filename) for error in unreadable)
