"""Tracks as samples, decoded once and then read from the cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from bench.cache import cache_dir

RATE = 16_000

Samples = NDArray[np.float32]


def audio(path: Path) -> Samples:
    """Return a whole track in mono at `RATE` Hz, decoded independently of Wavvy's decoder.

    The samples are a read-only view of a file: processes share the memory of it, and who takes
    a few seconds of a long track reads no more.
    """
    kept = cache_dir() / "audio" / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}.npy"
    if not kept.exists() or kept.stat().st_mtime < path.stat().st_mtime:
        kept.parent.mkdir(exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.save(file, _decoded(path))
        part.replace(kept)
    samples: Samples = np.load(kept, mmap_mode="r")
    return samples


def _decoded(path: Path) -> Samples:
    frames = list(decode(path, "flt"))
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    resampled: Samples = soxr.resample(samples, frames[0].sample_rate, RATE)
    return resampled


def decode(path: Path, sample_format: str, rate: int | None = None) -> Iterator[av.AudioFrame]:
    """Yield a track's audio as mono frames, at its own rate unless one is given."""
    with av.open(path) as container:
        stream = container.streams.audio[0]
        convert = av.AudioResampler(sample_format, "mono", rate or stream.rate)
        for packet in container.demux(stream):
            with contextlib.suppress(av.error.ArgumentError):  # an empty packet ends some files
                for frame in packet.decode():
                    yield from convert.resample(frame)
