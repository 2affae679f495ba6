"""The real ``wavvy`` as a process of its own, and music for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

Samples = np.ndarray[Any, np.dtype[np.float32]]
SAMPLE_RATE = 16000


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def errors(self) -> list[str]:
        """Error lines; a traceback would be among them as lines of another kind."""
        assert "Traceback" not in self.err
        return [line for line in self.err.splitlines() if line.startswith("error: ")]

    @property
    def json(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Wavvy:
    """Starts the real command line in processes of its own."""

    def __call__(
        self, *arguments: str | Path, stdout: IO[bytes] | int = subprocess.PIPE, **extra: str
    ) -> Run:
        """Run a command to its end; `extra` are environment variables."""
        with self.start(*arguments, stdout=stdout, **extra) as process:
            return self.finish(process)

    def start(
        self, *arguments: str | Path, stdout: IO[bytes] | int = subprocess.PIPE, **extra: str
    ) -> subprocess.Popen[bytes]:
        kept = {name: value for name, value in os.environ.items() if "WAVVY_" not in name}
        return subprocess.Popen(
            [sys.executable, "-m", "wavvy.cli", *map(str, arguments)],
            env=kept | extra,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )

    def finish(self, process: subprocess.Popen[bytes]) -> Run:
        try:
            out, err = process.communicate(timeout=120)
        except BaseException:
            process.kill()
            raise
        return Run(process.returncode, (out or b"").decode("utf-8"), err.decode("utf-8"))


@pytest.fixture(scope="session")
def wavvy() -> Wavvy:
    return Wavvy()


def melody(seed: int, seconds: float) -> Samples:
    """Random notes with a few partials each: different for each seed, the same every time."""
    random = np.random.default_rng(seed)
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    length = SAMPLE_RATE // 2
    time = np.arange(length) / SAMPLE_RATE
    for start in range(0, samples.size - length, SAMPLE_RATE // 8):
        pitch = 110 * 2 ** (random.integers(0, 48) / 12)
        note = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in (1, 2, 3, 4))
        samples[start : start + length] += 0.08 * note * np.exp(-6 * time)
    return samples


class Studio:
    """Records WAV files of made-up tunes."""

    def record(self, path: Path, seed: int, *, seconds: float = 20.0, start: float = 0.0) -> Path:
        """Write tune number `seed` to `path`, from `start` to `seconds`."""
        samples = melody(seed, seconds)[round(start * SAMPLE_RATE) :]
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
        return path


@pytest.fixture(scope="session")
def studio() -> Studio:
    return Studio()


@pytest.fixture(scope="session")
def music(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three tracks of 20 s, one of them in a sub-folder."""
    folder = tmp_path_factory.mktemp("music with spaces")
    studio.record(folder / "Nina Räuber - Überall.wav", 0)
    studio.record(folder / "two words - plain.wav", 1)
    studio.record(folder / "größer" / "日本 - 春の海.wav", 2)
    return folder


@pytest.fixture(scope="session")
def clip(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seconds 7 to 12 of the third track."""
    return studio.record(tmp_path_factory.mktemp("clips") / "ä clip.wav", 2, start=7, seconds=12)


@pytest.fixture(scope="session")
def stranger(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of a tune that no library holds."""
    return studio.record(tmp_path_factory.mktemp("clips") / "stranger.wav", 99, seconds=5)


@pytest.fixture(scope="session")
def library(wavvy: Wavvy, music: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds `music`; for tests that only look."""
    folder = tmp_path_factory.mktemp("data") / "ein Ordner"
    done = wavvy("--data-dir", folder, "add", music)
    assert (done.code, done.errors) == (0, [])
    return folder
