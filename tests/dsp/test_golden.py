"""The peaks of audio made from a seed, compared with those found when they were written down.

``python tests/dsp/test_golden.py`` writes them anew, after a deliberate change.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from wavvy.dsp.arrays import F32
from wavvy.dsp.fingerprint import Fingerprint, fingerprint_blocks
from wavvy.dsp.params import DEFAULT

GOLDEN = Path(__file__).parent / "golden" / "composed.fingerprint"


def composed(seconds: int = 40) -> F32:
    """Notes with partials that decay, over noise bursts for drums, over a faint hiss."""
    rng = np.random.default_rng(20_240)
    audio = 2e-3 * rng.uniform(-1, 1, seconds * DEFAULT.sample_rate)
    for beat in range(4 * (seconds - 1)):
        start = beat * DEFAULT.sample_rate // 4
        time = np.arange(5 * DEFAULT.sample_rate // 4 // 2) / DEFAULT.sample_rate
        hertz = 130.8 * 2 ** (rng.integers(0, 37) / 12)
        for partial in range(1, 7):
            tone = np.sin(2 * np.pi * partial * hertz * time) * np.exp(-time * (2 + partial))
            audio[start : start + time.size] += 0.2 / partial * tone
        if beat % 2:
            hit = rng.uniform(-1, 1, 800) * np.exp(-np.arange(800) / 150)
            audio[start : start + 800] += 0.3 * hit
    return audio.astype(np.float32)


def points(fingerprint: Fingerprint) -> set[tuple[int, int]]:
    peaks = fingerprint.peaks()
    return set(zip(peaks.frames.tolist(), peaks.freqs.tolist(), strict=True))


def test_the_peaks_are_those_written_down() -> None:
    golden = Fingerprint.from_bytes(GOLDEN.read_bytes())
    found = fingerprint_blocks([composed()], DEFAULT)

    assert found.counts.size == golden.counts.size
    assert golden.freqs.size > 1000
    # Sines and Fourier transforms differ in their last bits from processor to processor. That can
    # turn the rounding of a level, hence the order of two that are nearly equal, or a sub-bin. A
    # change of method or parameters moves far more.
    different = points(found) ^ points(golden)
    assert len(different) <= 0.01 * golden.freqs.size


def test_a_written_fingerprint_stays_readable() -> None:
    golden = Fingerprint.from_bytes(GOLDEN.read_bytes())

    assert golden.counts.size == 1 + (40 * 8000 - 2048) // 320
    assert golden.counts.sum() == golden.freqs.size


if __name__ == "__main__":
    GOLDEN.write_bytes(fingerprint_blocks([composed()], DEFAULT).to_bytes())
