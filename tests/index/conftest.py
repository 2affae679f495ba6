"""Fingerprints and indexes that the tests of the index share."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from tests.index.asking import music

from wavvy.dsp.arrays import F32
from wavvy.dsp.fingerprint import Fingerprint, fingerprint_blocks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import SUBBINS
from wavvy.dsp.warp import Warp
from wavvy.index.image import Elsewhere, QueryImage, occupancy
from wavvy.index.segment import Segment
from wavvy.index.store import Index
from wavvy.index.writer import write_fingerprints

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]
OpenIndex = Callable[[], Index]
DrawQuery = Callable[..., QueryImage]
TRACKS = 9


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


@pytest.fixture(scope="session")
def draw_query() -> DrawQuery:
    """Give a function that draws a query that plays a track, warped, from a half-frame on."""

    def draw(
        track: Fingerprint, warp: Warp, offset: int, half_frames: int, share: float = 1.0
    ) -> QueryImage:
        rng = np.random.default_rng(4)
        peaks = track.peaks()
        times = np.rint((2.0 * peaks.frames - offset) / warp.time).astype(np.int64)
        rows = np.rint(peaks.freqs * warp.pitch / SUBBINS).astype(np.int64) - DEFAULT.low_bin
        seen = (times >= 0) & (times < half_frames) & (rng.random(times.size) < share)
        shape = (DEFAULT.bins, half_frames)
        whitened = rng.standard_normal(shape).astype(np.float32)
        for reach in range(3):  # the nearer, the higher
            whitened += occupancy(times[seen], rows[seen], shape, reach)
        nowhere = Elsewhere.of(np.empty((DEFAULT.bins, 0), np.int64))
        drawn = occupancy(times[seen], rows[seen], shape, 2)
        steps = np.clip(np.rint(100 + 20 * whitened), 0, 255).astype(np.uint8)
        return QueryImage(drawn, steps, np.empty(0, np.int64), nowhere, nowhere)

    return draw


@pytest.fixture
def open_index(tmp_path: Path) -> OpenIndex:
    """Give a function that opens the index of one folder, every time anew, under one lock."""
    lock = threading.RLock()
    return lambda: Index(tmp_path / "index", DEFAULT, lock)


@pytest.fixture
def without_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave writes to the system's cache: only a power cut would tell."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(scope="session")
def tracks() -> dict[int, F32]:
    """Give made-up music of 20 s, tracks 10 to 90."""
    return {10 * i: music(i) for i in range(1, TRACKS + 1)}


@pytest.fixture(scope="session")
def fingerprints(tracks: dict[int, F32]) -> dict[int, Fingerprint]:
    """Give their fingerprints."""
    return {i: fingerprint_blocks([audio], DEFAULT) for i, audio in tracks.items()}


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory, fingerprints: dict[int, Fingerprint]) -> Index:
    """Give an index of them in four segments; to be asked, not to be changed."""
    index = Index(tmp_path_factory.mktemp("index"), DEFAULT, threading.RLock())
    for group in ([10, 20, 30, 40], [50], [60, 70], [80, 90]):
        index.add((i, fingerprints[i]) for i in group)
    return index
