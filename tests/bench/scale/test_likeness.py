from __future__ import annotations

import numpy as np
import pytest
from bench.scale.likeness import REPEAT_FRAMES, repetition


def test_repetition_counts_what_comes_again_later() -> None:
    hashes = np.array([5, 6, 7, 5, 6, 8], np.uint32)
    frames = np.array([0, 10, 20, 200, 210, 220])
    again, aligned = repetition(hashes, frames)
    assert again == pytest.approx(2 / 6)
    assert aligned == pytest.approx(2 / 6)


def test_repetition_ignores_what_comes_again_at_once() -> None:
    hashes = np.array([5, 5], np.uint32)
    assert repetition(hashes, np.array([0, REPEAT_FRAMES - 1])) == (0.0, 0.0)
    assert repetition(hashes, np.array([0, REPEAT_FRAMES])) == (0.5, 0.5)
