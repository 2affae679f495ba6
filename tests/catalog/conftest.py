from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from private_postgresql import PostgreSQL
from sqlalchemy import text

from wavvy.catalog import schema
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import TrackTags

OpenCatalog = Callable[[], Catalog]

DIGEST = "params-1"
DATABASES = ["sqlite", "postgresql"]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "mü sik #1 100%?" if sys.platform != "win32" else tmp_path / "mü sik #1 100%"


@pytest.fixture(scope="session")
def template(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with all tables and nothing in them; a copy of it is quicker than a new one."""
    name = postgresql.create()
    folder = tmp_path_factory.mktemp("template")
    Catalog.open(folder, params_digest=DIGEST, url=postgresql.url(name)).close()
    return name


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the same as a file."""
    folder = tmp_path_factory.mktemp("blank") / "data"
    Catalog.open(folder, params_digest=DIGEST).close()
    return folder


@contextmanager
def _database(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[str | None]:
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("blank"), data_dir)
        yield None
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    name = server.create(request.getfixturevalue("template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[str | None]:
    """Where the catalogue of the test is: in the data folder, or in PostgreSQL."""
    with _database(request, data_dir) as url:
        yield url


@pytest.fixture
def open_catalog(data_dir: Path, database_url: str | None) -> OpenCatalog:
    """Opens the catalogue of the test."""
    return lambda: Catalog.open(data_dir, params_digest=DIGEST, url=database_url)


@pytest.fixture
def catalog(open_catalog: OpenCatalog) -> Iterator[Catalog]:
    with open_catalog() as opened:
        yield opened


@pytest.fixture(scope="module", params=DATABASES)
def lasting_catalog(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Catalog]:
    """A catalogue for all tests of a file: to be filled once, then only asked."""
    data_dir = tmp_path_factory.mktemp("lasting") / "data"
    with (
        _database(request, data_dir) as url,
        Catalog.open(data_dir, params_digest=DIGEST, url=url) as opened,
    ):
        yield opened


@pytest.fixture
def next_revision(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], str]:
    """Upgrades Wavvy: from the call on, there is a migration more, which adds a table."""

    def upgrade() -> str:
        folder = Path(shutil.copytree(schema.MIGRATIONS, tmp_path / "next migrations"))
        (folder / "versions" / "next.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision, down_revision = 'next', {schema.HEAD!r}\n"
            "def upgrade():\n"
            "    op.create_table('extras', sa.Column('id', sa.Integer(), primary_key=True))\n"
        )
        monkeypatch.setattr(schema, "MIGRATIONS", folder)
        monkeypatch.setattr(schema, "HEAD", "next")
        return "next"

    return upgrade


@pytest.fixture
def rows(catalog: Catalog) -> Callable[[str], int]:
    """Counts the rows of a table."""

    def count(table: str) -> int:
        with catalog._database.read() as session:
            return session.scalar(text(f"SELECT count(*) FROM {table}")) or 0

    return count


@pytest.fixture(scope="session")
def add_to() -> Callable[..., int]:
    """Adds a track with the tags given to a catalogue; each title is other content."""

    def add_one(catalog: Catalog, title: str, **tags: Any) -> int:
        track_id, created = catalog.add_track(
            TrackTags(title, **tags),
            content_hash=title.encode(),
            duration_ms=1000,
            fingerprint=f"fp {title}".encode(),
            source=None,
        )
        assert created
        return track_id

    return add_one


@pytest.fixture
def add(catalog: Catalog, add_to: Callable[..., int]) -> Callable[..., int]:
    """Adds a track to the catalogue of the test."""
    return partial(add_to, catalog)


@pytest.fixture
def start_python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a script in a process of its own; ends those still running."""
    processes: list[subprocess.Popen[str]] = []

    def start(script: str, *args: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", script, *map(str, args)],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def music_file(tmp_path: Path) -> Callable[[str], Path]:
    """Makes half a second of a tone in the format of the name's suffix."""
    codecs = {
        ".mp3": "libmp3lame",
        ".ogg": "vorbis",
        ".opus": "libopus",
        ".flac": "flac",
        ".m4a": "aac",
        ".wma": "wmav2",
        ".wav": "pcm_s16le",
        ".aiff": "pcm_s16be",
    }

    def make(name: str) -> Path:
        path = tmp_path / name
        tone = np.sin(np.arange(24_000) * (2 * np.pi * 440 / 48_000)).astype(np.float32) / 2
        frame = av.AudioFrame.from_ndarray(np.stack([tone, tone]), format="fltp", layout="stereo")
        frame.sample_rate = 48_000
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codecs[path.suffix], rate=48_000)
            stream.layout = "stereo"
            stream.options = {"strict": "experimental", "b": "96000"}
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                container.mux(packet)
        return path

    return make
