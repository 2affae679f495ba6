"""The clips that every size is asked for, degraded once and kept in the cache folder."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import clips, degrade
from bench.audio import Samples
from bench.cache import cache_dir
from bench.clips import SEED
from bench.corpus import Corpus
from bench.debian import need
from bench.pool import processes
from bench.quality import cells as quality_cells
from bench.quality import draws as quality_draws
from bench.quality.cells import CELLS
from bench.quality.draws import Draw, draws
from bench.quality.protocol import PROGRAMS

LOUDEST = 32767


@dataclass(frozen=True, slots=True)
class Questions:
    """Clips of one cell and length, either all known or all unknown.

    Attributes
    ----------
    cell : str
        Of the quality protocol.
    seconds : float
        Length of the clips.
    known : bool
        Whether their tracks are in the library.
    draws : list of Draw
        Where they come from.
    path : Path
        What is heard: an array of 16-bit samples, one row for each clip.
    """

    cell: str
    seconds: float
    known: bool
    draws: list[Draw]
    path: Path

    def heard(self, number: int) -> Samples:
        """Return the samples of one clip at the bench's rate."""
        row: NDArray[np.int16] = np.load(self.path, mmap_mode="r")[number]
        return np.asarray(row, np.float32) / np.float32(LOUDEST)


def questions(
    music: Corpus, cells: Sequence[str], lengths: Sequence[float], known: int, unknown: int
) -> list[Questions]:
    """Return so many clips of each kind for each cell and length."""
    need(PROGRAMS)
    found = []
    for seconds in lengths:
        for is_known, tracks, count in (
            (True, music.indexed, known),
            (False, music.foreign, unknown),
        ):
            if not count:
                continue
            seed = (SEED, round(1000 * seconds), is_known)
            drawn = draws(tracks, count, seconds, seed, music.noise)
            found += [
                Questions(cell, seconds, is_known, drawn, _path(cell, seconds, drawn))
                for cell in cells
            ]
    missing = [one for one in found if not one.path.exists()]
    if missing:
        print("scale: degrading the clips", file=sys.stderr)
        with processes() as pool:
            for one in missing:
                rows = list(pool.map(partial(_degraded, one.cell), one.draws, chunksize=8))
                part = one.path.with_suffix(".part")
                with part.open("wb") as file:
                    np.save(file, np.stack(rows))
                part.rename(one.path)
    return found


def _path(cell: str, seconds: float, drawn: Sequence[Draw]) -> Path:
    digest = hashlib.sha256(repr(drawn).encode())
    folder = Path(degrade.__file__).parent
    modules = (clips, quality_cells, quality_draws)
    for path in [*sorted(folder.glob("*.py")), *(Path(m.__file__ or "") for m in modules)]:
        digest.update(path.read_bytes())
    folder = cache_dir() / "scale" / "clips"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{cell}-{seconds:g}s-{digest.hexdigest()[:16]}.npy"


def _degraded(cell: str, draw: Draw) -> NDArray[np.int16]:
    samples = CELLS[cell](draw).samples
    loudest = max(1.0, float(np.abs(samples).max()))
    rounded: NDArray[np.int16] = np.rint(samples * (LOUDEST / loudest)).astype(np.int16)
    return rounded
