"""Music that is played faster or slower, higher or lower.

Each function plays a source from its start and returns `count` samples of what comes out.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import scipy.io.wavfile
import soxr  # type: ignore[import-untyped]

from bench.audio import RATE, Samples, decode
from bench.debian import need

HEADROOM = 0.25  # stretching and shifting pitch may overshoot


def speed(source: Samples, factor: float, count: int) -> Samples:
    """Play `factor` times as fast and as high, as a turntable does."""
    heard: Samples = soxr.resample(source, RATE * factor, RATE)
    return _fitted(heard, count)


def tempo(source: Samples, factor: float, count: int) -> Samples:
    """Play `factor` times as fast at the same pitch."""
    return _fitted(_rubberband(source, "--tempo", factor), count)


def pitch(source: Samples, semitones: float, count: int) -> Samples:
    """Play higher by `semitones` at the same tempo."""
    return _fitted(_rubberband(source, "--pitch", semitones), count)


def _rubberband(samples: Samples, option: str, amount: float) -> Samples:
    need(["rubberband"])
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.wav", Path(folder) / "after.wav"
        scipy.io.wavfile.write(before, RATE, HEADROOM * samples)
        settings = ["--quiet", "--fine", option, str(amount)]
        subprocess.run(["rubberband", *settings, before, after], check=True, capture_output=True)
        frames = [frame.to_ndarray()[0] for frame in decode(after, "flt")]
    return (np.concatenate(frames) / HEADROOM).astype(np.float32)


def _fitted(heard: Samples, count: int) -> Samples:
    return np.pad(heard, (0, max(count - heard.size, 0)))[:count]
