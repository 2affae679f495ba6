"""Media files for the decoder's tests, written by the encoders that PyAV brings along."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

Tune = Callable[..., NDArray[np.float32]]
Encode = Callable[..., Path]

# suffix: (container, codec, its usual sample rate)
ENCODINGS = {
    ".aac": ("adts", "aac", 44100),
    ".aiff": ("aiff", "pcm_s16be", 44100),
    ".amr": ("amr", "libopencore_amrnb", 8000),
    ".flac": ("flac", "flac", 44100),
    ".m4a": ("ipod", "aac", 44100),
    ".mka": ("matroska", "flac", 44100),
    ".mp2": ("mp2", "mp2", 44100),
    ".mp3": ("mp3", "libmp3lame", 44100),
    ".ogg": ("ogg", "vorbis", 44100),
    ".opus": ("ogg", "libopus", 48000),
    ".wav": ("wav", "pcm_s16le", 44100),
    ".webm": ("webm", "libopus", 48000),
    ".wma": ("asf", "wmav2", 44100),
    ".wv": ("wv", "wavpack", 44100),
}


@pytest.fixture
def tune() -> Tune:
    """Give a function that makes the same melody of sines at any rate, peak 0.5."""

    def play(seconds: float, rate: int = 8000) -> NDArray[np.float32]:
        steps = np.random.default_rng(7).integers(0, 36, size=int(seconds * 4) + 1)
        turns = np.concatenate([[0.0], np.cumsum(300.0 * 2 ** (steps / 12) / 4)])
        time = np.arange(round(seconds * rate)) / rate
        phase = np.interp(time, np.arange(len(turns)) / 4, turns)
        return (0.5 * np.sin(2 * np.pi * phase)).astype(np.float32)

    return play


@pytest.fixture
def encode(tmp_path: Path, tune: Tune) -> Encode:
    """Give a function that writes an audio file of a tune, or of `samples` (n, channels)."""

    def write(
        suffix: str,
        *,
        seconds: float = 4.0,
        samples: NDArray[np.float32] | None = None,
        rate: int | None = None,
        name: str = "clip",
    ) -> Path:
        container, codec, usual_rate = ENCODINGS[suffix]
        rate = rate or usual_rate
        if samples is None:
            samples = np.repeat(tune(seconds, rate)[:, np.newaxis], 1 + (rate > 8000), axis=1)
        layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32).reshape(1, -1), format="flt", layout=layout
        )
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        options = {"strict": "experimental"} if codec == "vorbis" else {}
        path = tmp_path / f"{name}{suffix}"
        with av.open(str(path), "w", format=container) as output:
            output.metadata["title"] = "The title"
            stream = output.add_stream(codec, rate=rate, layout=layout, options=options)
            if codec == "wmav2":
                stream.bit_rate = 128_000
            output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
        return path

    return write


@pytest.fixture
def film(tmp_path: Path, tune: Tune) -> Callable[..., Path]:
    """Give a function that writes a video of two seconds, with or without sound."""

    def write(*, sound: bool) -> Path:
        path = tmp_path / "film.mp4"
        with av.open(str(path), "w") as output:
            picture = output.add_stream("mpeg4", rate=25, width=64, height=48, pix_fmt="yuv420p")
            voice = output.add_stream("aac", rate=44100, layout="mono") if sound else None
            for index in range(50):
                image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), index, np.uint8))
                image.pts, image.time_base = index, Fraction(1, 25)
                output.mux(picture.encode(image))
            output.mux(picture.encode(None))
            if voice is not None:
                samples = tune(1.0, 44100).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
                frame.sample_rate, frame.time_base, frame.pts = 44100, Fraction(1, 44100), 0
                output.mux(voice.encode(frame))
                output.mux(voice.encode(None))
        return path

    return write
