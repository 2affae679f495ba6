"""A library whose catalogue is in PostgreSQL; ``wavvy migrate`` and ``wavvy copy-catalogue``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from private_postgresql import PASSWORD, PostgreSQL

Wavvy = Any
NewDatabase = Callable[[], str]


def test_every_command_works_on_postgresql(
    wavvy: Wavvy, music: Path, clip: Path, new_database: NewDatabase, tmp_path: Path
) -> None:
    url = new_database()

    def run(*arguments: str | Path) -> Any:
        done = wavvy("--data-dir", tmp_path, *arguments, WAVVY_DATABASE_URL=url, WAVVY_PORT="0")
        assert (done.code, done.errors) == (0, []), done.err
        assert PASSWORD not in done.out + done.err
        return done

    assert [line["status"] for line in run("add", "--json", music).json] == ["added"] * 3
    (found,) = run("identify", "--json", clip).json[0]["results"]
    assert found["title"] == "春の海"
    (listed,) = run("tracks", "--json", "rauber UBERALL").json
    run("remove", str(listed["id"]))
    assert run("index", "rebuild").lines == ["The index is rebuilt: 2 tracks."]
    stats = run("stats").lines
    assert stats[-2].split(maxsplit=1) == ["database", url.replace(f":{PASSWORD}", "")]
    doctor = run("doctor", "--json").json
    assert {line["level"] for line in doctor} == {"ok"}
    assert any("2 tracks" in line["detail"] for line in doctor)
    assert run("migrate").lines == [f"{url.replace(f':{PASSWORD}', '')} is up to date already."]
    assert list(tmp_path.glob("*.sqlite3*")) == []


def test_a_library_moves_to_postgresql_and_back(
    wavvy: Wavvy, library: Path, clip: Path, new_database: NewDatabase, tmp_path: Path
) -> None:
    data, url = Path(shutil.copytree(library, tmp_path / "data")), new_database()
    copied = wavvy("copy-catalogue", data, url)
    assert copied.code == 0, copied.err
    assert copied.out.startswith("Copied to postgresql://wavvy@127.0.0.1:")
    assert "and counted again there: 3 tracks, " in copied.out
    (data / "catalog.sqlite3").unlink()
    segments = sorted(path.name for path in data.glob("index/*"))
    answer = wavvy("--data-dir", data, "identify", "--json", clip, WAVVY_DATABASE_URL=url)
    assert answer.json[0]["results"][0]["title"] == "春の海"
    assert sorted(path.name for path in data.glob("index/*")) == segments  # ids are the same
    again = wavvy("copy-catalogue", library, url)
    assert again.code == 1
    assert "is not empty: copy to a new folder or database" in again.err
    back = tmp_path / "back" / "data"
    assert wavvy("copy-catalogue", url, back).code == 0
    tracks = [wavvy("--data-dir", folder, "tracks", "--json") for folder in (library, back)]
    assert tracks[0].json == tracks[1].json
    assert len(tracks[0].json) == 3


def test_nothing_to_copy(wavvy: Wavvy, tmp_path: Path) -> None:
    done = wavvy("copy-catalogue", tmp_path / "gone", tmp_path / "new")
    assert done.code == 2
    assert f"there is no catalogue in {tmp_path / 'gone'}" in done.err
    assert not (tmp_path / "new").exists()


def test_migrating_an_empty_place(wavvy: Wavvy, new_database: NewDatabase, tmp_path: Path) -> None:
    done = wavvy("migrate", "--data-dir", tmp_path / "new")
    assert done.lines == [f"{tmp_path / 'new' / 'catalog.sqlite3'} has its tables now."]
    done = wavvy("migrate", "--data-dir", tmp_path, WAVVY_DATABASE_URL=new_database())
    assert done.out.endswith(" has its tables now.\n")


@pytest.mark.parametrize("command", ["stats", "serve", "migrate"])
def test_a_database_that_is_down(wavvy: Wavvy, tmp_path: Path, command: str) -> None:
    url = "postgresql://wavvy:secret@127.0.0.1:1/music"
    done = wavvy("--data-dir", tmp_path, command, WAVVY_DATABASE_URL=url, WAVVY_PORT="0")
    assert done.code == 1
    assert done.err.splitlines()[-1:] == [
        "error: cannot reach postgresql://wavvy@127.0.0.1:1/music (Connection refused): start "
        "PostgreSQL, or mend WAVVY_DATABASE_URL"
    ]
    assert "secret" not in done.err


@pytest.mark.parametrize("command", ["stats", "serve"])
def test_newer_tables_are_refused(
    wavvy: Wavvy, new_database: NewDatabase, postgresql: PostgreSQL, tmp_path: Path, command: str
) -> None:
    url = new_database()
    wavvy("--data-dir", tmp_path, "migrate", WAVVY_DATABASE_URL=url)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    done = wavvy("--data-dir", tmp_path, command, WAVVY_DATABASE_URL=url, WAVVY_PORT="0")
    assert done.code == 1
    assert "was written by a newer Wavvy (tables 9999," in done.err
    assert len(done.errors) == 1
