"""Music that the tests of the whole share, and a library of it."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from private_postgresql import PostgreSQL, running
from private_redis import RedisProcess
from private_redis import running as running_redis

import wavvy
from wavvy.library import Wavvy
from wavvy.recognizer import Recognizer

NewDatabase = Callable[[], str]
Samples = np.ndarray[Any, np.dtype[np.float32]]
Melody = Callable[..., Samples]
Record = Callable[..., Path]
MakeLibrary = Callable[[], Wavvy]

RATE = 16000
TRACKS = 5
SECONDS = 24.0


def play(seed: int, seconds: float, rate: int = RATE, tempo: float = 1.0) -> Samples:
    random = np.random.default_rng(seed)
    samples = np.zeros(round(seconds * rate), np.float32)
    time = np.arange(rate // 2) / rate
    for start in np.arange(0, seconds, 0.125 / tempo):
        pitch = 110 * 2 ** (random.integers(0, 48) / 12)
        note = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in (1, 2, 3, 4))
        here = samples[round(start * rate) :][: time.size]
        here += (0.08 * note * np.exp(-6 * time))[: here.size]
    return samples


@pytest.fixture(scope="session")
def melody() -> Melody:
    """Give a function that plays tune number ``seed``: random notes, the same at every tempo."""
    return play


@pytest.fixture(scope="session")
def track(melody: Melody) -> Samples:
    """Track 3 of the shared library, "Tune 2"."""
    return melody(2, 24.0)


@pytest.fixture(scope="session")
def clip(track: Samples) -> Samples:
    """Seconds 7 to 12 of track 3."""
    return track[7 * RATE : 12 * RATE]


@pytest.fixture(scope="session")
def record() -> Record:
    """Give a function that writes mono samples to a WAV file of 16 bits."""

    def write(path: Path, samples: Samples, rate: int = RATE) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
        return path

    return write


@pytest.fixture(scope="session")
def album(record: Record, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give five tracks of 24 s, "Artist 0 - Tune 0.wav" to "Artist 4 - Tune 4.wav"."""
    folder = tmp_path_factory.mktemp("album")
    return [
        record(folder / f"Artist {seed} - Tune {seed}.wav", play(seed, SECONDS))
        for seed in range(TRACKS)
    ]


@pytest.fixture(scope="session")
def stock(album: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder that holds the album as tracks 1 to 5; to be copied, not to be opened."""
    folder = tmp_path_factory.mktemp("stock") / "data"
    with wavvy.open(folder) as library:
        outcomes = list(library.add_all(album, workers=1))
        assert [outcome.track_id for outcome in outcomes] == [1, 2, 3, 4, 5]
        library.merge_index()
    return folder


@pytest.fixture
def data(stock: Path, tmp_path: Path) -> Path:
    """Give a data folder of the test's own that holds the album."""
    return Path(shutil.copytree(stock, tmp_path / "data"))


@pytest.fixture
def library(data: Path) -> Iterator[Wavvy]:
    """Give a library of the test's own that holds the album."""
    with wavvy.open(data) as library:
        yield library


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Wavvy]:
    """Give a library without tracks."""
    with wavvy.open(tmp_path / "empty") as library:
        yield library


@pytest.fixture(scope="session")
def shared(stock: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wavvy]:
    """Give a library that holds the album, for tests that only ask it."""
    folder = shutil.copytree(stock, tmp_path_factory.mktemp("shared") / "data")
    with wavvy.open(folder) as library:
        yield library


@pytest.fixture(scope="session")
def recognizer(shared: Wavvy) -> Recognizer:
    """Give what recognises in that library."""
    return shared.recognizer


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Give a PostgreSQL server that runs for the tests alone."""
    with running() as server:
        yield server


@pytest.fixture
def new_database(postgresql: PostgreSQL) -> Iterator[NewDatabase]:
    """Give a function that makes an empty database and returns its address."""
    made: list[str] = []

    def make() -> str:
        made.append(postgresql.create())
        return postgresql.url(made[-1])

    yield make
    for name in made:
        postgresql.drop(name)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisProcess]:
    """Give a Redis server that runs for the tests alone; who stops it starts it again."""
    with running_redis() as server:
        yield server
