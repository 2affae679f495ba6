"""Clips as they are drawn, each with the chance that is the same for it in every cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.clips import Clip, draw


@dataclass(frozen=True, slots=True)
class Draw:
    """A clip, and the chance that is the same in every cell.

    Attributes
    ----------
    clip : Clip
    seed : tuple of int
        Of everything that is drawn for this clip.
    noise : str
        "babble", "pink" or "recorded".
    folder : Path or None
        Where recorded noise comes from.
    """

    clip: Clip
    seed: tuple[int, ...]
    noise: str
    folder: Path | None = None

    def rng(self, purpose: str) -> np.random.Generator:
        """Return a generator that depends on the clip and the purpose alone."""
        return np.random.default_rng([*self.seed, *purpose.encode()])


def draws(
    paths: Sequence[Path], count: int, seconds: float, seed: Sequence[int], noise: Path | None
) -> list[Draw]:
    """Draw clips; the kinds of noise come in equal shares.

    Parameters
    ----------
    noise : Path or None
        A folder of WAVs; without one there is no recorded noise.
    """
    rng = np.random.default_rng(seed)
    clips = draw(paths, count, seconds, rng)
    kinds = ["babble", "pink", *(["recorded"] if noise else [])]
    chosen = rng.permutation(np.arange(count) % len(kinds))
    return [
        Draw(clip, (*seed, number), kinds[kind], noise)
        for number, (clip, kind) in enumerate(zip(clips, chosen, strict=True))
    ]
