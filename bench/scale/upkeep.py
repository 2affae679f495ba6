"""How soon a track that is added to a large library is found elsewhere, and one removed is not.

The library is not changed: a copy of it is, which shares the segments' files, since those never
change.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import wavvy
from bench.audio import RATE, audio
from bench.pool import processes
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.resample import as_mono
from wavvy.index.store import SUFFIX
from wavvy.library import Wavvy
from wavvy.query import GrowingQuery

SECONDS = 5
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Medians over some tracks, in milliseconds.

    Attributes
    ----------
    add : float
        `add` of one file from the call to its return, decoding included.
    found : float
        From its return until another process finds the track.
    remove : float
        `remove` of the track from the call to its return.
    gone : float
        From its return until another process finds it no longer.
    """

    add: float
    found: float
    remove: float
    gone: float


def measure(folder: Path, files: Sequence[Path]) -> Upkeep:
    """Add files that the library does not hold, one after the other, and remove them again."""
    rounds = []
    with _copied(folder) as data_dir, wavvy.open(data_dir) as library:
        library.warm_up()
        with processes(_Other.start, data_dir) as pool:
            pool.submit(_Other.moment, files[0], False).result()  # it has started
            for file in files:
                begun = pool.submit(_Other.moment, file, True)
                adding = time.monotonic()
                outcome = library.add(file)
                added = time.monotonic()
                if outcome.track_id is None:
                    sys.exit(f"upkeep: {file} was not added: {outcome.error}")
                found = begun.result()
                ended = pool.submit(_Other.moment, file, False)
                removing = time.monotonic()
                library.remove(outcome.track_id)
                removed = time.monotonic()
                gone = ended.result()
                rounds.append((added - adding, found - added, removed - removing, gone - removed))
    medians = (1000 * statistics.median(times) for times in zip(*rounds, strict=True))
    return Upkeep(*(max(median, 0.0) for median in medians))


class _Other:
    """Another process with the same library open, that looks for a track all the time."""

    library: Wavvy

    @classmethod
    def start(cls, folder: Path) -> None:
        cls.library = wavvy.open(folder)
        cls.library.warm_up()

    @classmethod
    def moment(cls, file: Path, wanted: bool) -> float:
        """Return when a clip of a track is first found, or no longer."""
        track = audio(file)
        growing = GrowingQuery(DEFAULT)
        clip = np.array(track[track.size // 2 :][: SECONDS * RATE])
        growing.push(as_mono(clip, RATE, DEFAULT.sample_rate))
        query = growing.query()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = cls.library.recognizer.search(query)
            best = found.tracks[np.argmax(found.evidence)] if found.tracks.size else 0
            known = cls.library.catalog.tracks_by_id([int(best)])
            if wanted == any(found.file == str(file) for found in known.values()):
                return time.monotonic()
        sys.exit(f"upkeep: after {PATIENCE_SECONDS:g} s another process still answers otherwise")


@contextmanager
def _copied(folder: Path) -> Iterator[Path]:
    """Give a copy of a data folder for a while."""

    def copy(source: str, target: str) -> None:
        if source.endswith(SUFFIX):
            os.link(source, target)
        else:
            shutil.copyfile(source, target)

    target = folder.with_name("scratch")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target, copy_function=copy)
    try:
        yield target
    finally:
        shutil.rmtree(target)
