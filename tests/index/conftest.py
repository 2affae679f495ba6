"""Fingerprints and indexes that the tests of the index share."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.index.segment import Segment
from wavvy.index.store import Index
from wavvy.index.writer import write_fingerprints

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]
OpenIndex = Callable[[], Index]


@pytest.fixture(scope="session")
def fingerprint() -> MakeFingerprint:
    """Give a function that makes a fingerprint, by default as dense as music's, for each seed."""

    def make(seed: int, frames: int = 250, density: float = 1.2) -> Fingerprint:
        rng = np.random.default_rng([seed, frames])
        counts = rng.poisson(density, frames).astype(np.uint8)
        freqs = rng.integers(616, 15_945, int(counts.sum())).astype(np.uint16)
        for start, stop in zip(np.cumsum(counts) - counts, np.cumsum(counts), strict=True):
            freqs[start:stop].sort()
        return Fingerprint(counts, freqs)

    return make


@pytest.fixture
def segment(tmp_path: Path, fingerprint: MakeFingerprint) -> MakeSegment:
    """Give a function that writes tracks as a segment and opens it."""

    def make(tracks: Iterable[tuple[int, Fingerprint]], name: str = "some.seg") -> Segment:
        write_fingerprints(tmp_path / name, tracks, DEFAULT)
        return Segment(tmp_path / name, DEFAULT.digest())

    return make


@pytest.fixture
def open_index(tmp_path: Path) -> OpenIndex:
    """Give a function that opens the index of one folder, every time anew, under one lock."""
    lock = threading.RLock()
    return lambda: Index(tmp_path / "index", DEFAULT, lock)


@pytest.fixture
def without_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave writes to the system's cache: only a power cut would tell."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
