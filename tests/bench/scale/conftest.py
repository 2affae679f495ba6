from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import SUBBINS

FRAMES = 2500  # 100 s
SILENT_FROM = 2250
PEAKS_A_FRAME = 1.5

Play = Callable[..., Fingerprint]


def play(seed: int, loop: int = FRAMES) -> Fingerprint:
    rng = np.random.default_rng(seed)
    band = np.arange(DEFAULT.low_bin, DEFAULT.high_bin) * SUBBINS
    rows = [np.sort(rng.choice(band, rng.poisson(PEAKS_A_FRAME), False)) for _ in range(loop)]
    frames = [rows[t % loop] if t < SILENT_FROM else band[:0] for t in range(FRAMES)]
    counts = np.array([row.size for row in frames], np.uint8)
    return Fingerprint(counts, np.concatenate(frames).astype(np.uint16))


@pytest.fixture(scope="session")
def tune() -> Play:
    """Give a function that makes a fingerprint of random peaks, alike again after `loop` frames."""
    return play
