"""Compile the kernels once, before many processes at a time each do so.

In a fresh clone none is compiled, and it takes longer than most tests. They are compiled by being
used: a library of made-up music is filled, merged, and asked. Machine code is kept beside the
source, so a second run takes a moment.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import wavvy
from wavvy.demo.encode import write_wav
from wavvy.dsp.params import DEFAULT

RATE = DEFAULT.sample_rate
SECONDS = 15


def tune(seed: int) -> np.ndarray:
    """Play random notes, eight a second."""
    random = np.random.default_rng(seed)
    time = np.arange(RATE // 2) / RATE
    samples = np.zeros(SECONDS * RATE, np.float32)
    for start in range(0, samples.size - time.size, RATE // 8):
        pitch = 110 * 2 ** (random.integers(0, 48) / 12)
        note = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in (1, 2, 3, 4))
        samples[start : start + time.size] += 0.08 * note * np.exp(-6 * time)
    return samples


def main() -> None:
    """Use every kernel that a test may use."""
    with tempfile.TemporaryDirectory() as folder, wavvy.open(Path(folder) / "data") as library:
        for seed in range(3):
            write_wav(Path(folder) / f"{seed}.wav", tune(seed), RATE)
            library.add(Path(folder) / f"{seed}.wav")
        library.merge_index()
        list(library.map_index_in())
        library.warm_tracks([1, 2, 3])
        clip = tune(1)[4 * RATE : 12 * RATE]
        for pace in (1.0, 1.03):  # as it is, and a little too fast
            heard = np.interp(np.arange(0, clip.size - 1, pace), np.arange(clip.size), clip)
            library.identify(heard.astype(np.float32), RATE, explain=True)


if __name__ == "__main__":
    main()
