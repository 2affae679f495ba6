"""Music for the tests of duplicates, as fingerprints."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from wavvy.dsp.decode import AudioDecoder
from wavvy.dsp.fingerprint import Fingerprint, fingerprint_blocks
from wavvy.dsp.params import DEFAULT
from wavvy.index.store import Index

Samples = np.ndarray[Any, np.dtype[np.float32]]

RATE = 16_000


def encode(samples: Samples, *, encoder: str, container: str, bit_rate: int) -> bytes:
    """Encode mono samples."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream: Any = output.add_stream(encoder, rate=RATE, layout="mono", bit_rate=bit_rate)
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], "fltp", "mono")
        frame.sample_rate = RATE
        convert = av.AudioResampler(stream.format, "mono", RATE, stream.codec_context.frame_size)
        for part in [*convert.resample(frame), *convert.resample(None), None]:
            output.mux(stream.encode(part))
    return file.getvalue()


@pytest.fixture(scope="session")
def encoded() -> Callable[..., bytes]:
    """Give a function that encodes mono samples of 16 kHz, by default as MP3 of 32 kbit/s."""

    def make(
        samples: Samples,
        encoder: str = "libmp3lame",
        container: str = "mp3",
        bit_rate: int = 32_000,
    ) -> bytes:
        return encode(samples, encoder=encoder, container=container, bit_rate=bit_rate)

    return make


@pytest.fixture(scope="session")
def heard() -> Callable[[bytes], Fingerprint]:
    """Give a function that fingerprints a file."""

    def fingerprint(file: bytes) -> Fingerprint:
        with AudioDecoder(io.BytesIO(file), sample_rate=DEFAULT.sample_rate) as decoder:
            return fingerprint_blocks(decoder, DEFAULT)

    return fingerprint


@pytest.fixture(scope="session")
def printed() -> Callable[[Samples], Fingerprint]:
    """Give a function that fingerprints mono samples of 16 kHz, as if a file of them was read."""

    def fingerprint(samples: Samples) -> Fingerprint:
        return fingerprint_blocks([samples[::2]], DEFAULT)

    return fingerprint


@pytest.fixture(scope="session")
def scattered() -> Callable[..., Fingerprint]:
    """Give a function that makes a fingerprint of random peaks, by default as dense as music's."""

    def make(seed: int, frames: int, density: float = 1.5) -> Fingerprint:
        rng = np.random.default_rng([seed, frames])
        counts = rng.poisson(density, frames).astype(np.uint8)
        return Fingerprint(counts, rng.integers(616, 15_945, int(counts.sum())).astype(np.uint16))

    return make


@pytest.fixture(scope="session")
def part() -> Callable[[Fingerprint, int, int], Fingerprint]:
    """Give a function that cuts some frames out of a fingerprint."""

    def cut(whole: Fingerprint, begin: int, end: int) -> Fingerprint:
        starts = np.concatenate(([0], np.cumsum(whole.counts, dtype=np.int64)))
        return Fingerprint(whole.counts[begin:end], whole.freqs[starts[begin] : starts[end]])

    return cut


@pytest.fixture
def indexed(tmp_path: Path) -> Callable[[Sequence[Fingerprint]], Index]:
    """Give a function that makes an index of tracks, numbered from 1 on."""

    def make(tracks: Sequence[Fingerprint]) -> Index:
        index = Index(tmp_path / "index", DEFAULT, threading.RLock())
        index.add(enumerate(tracks, 1))
        return index

    return make
