"""``wavvy doctor``: what is wrong is found, and each finding names the way out."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

import wavvy as wavvy_library
from wavvy.cli import folder
from wavvy.cli.finding import Finding, examine

Wavvy = Any
Studio = Any


def test_a_sound_installation(wavvy: Wavvy, library: Path) -> None:
    done = wavvy("--data-dir", library, "doctor", WAVVY_PORT="0")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[:2] for line in done.lines] == [
        ["ok", "python"],
        ["ok", "decoder"],
        ["ok", "recogniser"],
        ["ok", "service"],
        ["ok", "folder"],
        ["ok", "disk"],
        ["ok", "catalogue"],
        ["ok", "index"],
        ["ok", "leftovers"],
    ]
    assert "3 tracks" in done.out


def test_what_is_wrong_fails_and_what_is_odd_warns(wavvy: Wavvy, tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").write_text("this is no database, whatever its name says " * 20)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = wavvy("--data-dir", tmp_path, "doctor", "--json", WAVVY_PORT=str(port))
    assert done.code == 1
    found = {line["check"]: line for line in done.json}
    assert found["catalogue"]["level"] == "fail"
    assert "catalog.sqlite3" in found["catalogue"]["detail"]
    assert found["service"]["level"] == "warn"
    assert str(port) in found["service"]["detail"]
    for line in done.json:
        assert set(line) == {"check", "level", "detail", "remedy"}
        assert (line["remedy"] is None) == (line["level"] == "ok")


def test_it_makes_no_data_folder(tmp_path: Path) -> None:
    assert folder.writable(tmp_path / "new" / "below").level == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    for place in (blocked, blocked / "below"):
        found = examine(lambda place=place: folder.writable(place), "elsewhere")  # type: ignore[misc]
        assert (found.level, found.remedy) == ("fail", "elsewhere")


@pytest.mark.parametrize(
    ("free", "level"), [(10_000_000, "fail"), (500_000_000, "warn"), (50_000_000_000, "ok")]
)
def test_free_space(free: int, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12 - free, free))
    assert folder.disk(tmp_path).level == level


def test_leftovers_are_old_temporary_files(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    fresh = tmp_path / "index" / "a.seg.tmp"
    fresh.write_bytes(b"being written")
    assert folder.leftovers(tmp_path).level == "ok"
    yesterday = time.time() - 86_400
    os.utime(fresh, (yesterday, yesterday))
    found = folder.leftovers(tmp_path)
    assert found.level == "warn"
    assert str(fresh) in found.detail
    assert found.remedy


@pytest.mark.parametrize("name", ["index/rebuilding", "restoring"])
def test_half_an_index_is_a_leftover(tmp_path: Path, name: str) -> None:
    half = tmp_path / name
    half.mkdir(parents=True)
    yesterday = time.time() - 86_400
    os.utime(half, (yesterday, yesterday))
    assert str(half) in folder.leftovers(tmp_path).detail


def test_a_damaged_index_is_reported(studio: Studio, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with wavvy_library.open(data) as library:
        library.add(studio.record(tmp_path / "tune.wav", 3, seconds=12))
    assert folder.index(data).level == "ok"
    segment = max((data / "index").glob("*.seg"), key=lambda path: path.stat().st_size)
    content = bytearray(segment.read_bytes())
    content[-20] ^= 0xFF
    segment.write_bytes(content)
    found = folder.index(data)
    assert (found.level, found.remedy) == ("fail", folder.REBUILD)
    segment.write_bytes(content[:100])
    assert folder.index(data).level == "warn"
    assert folder.index(data).level == "ok"


def test_whatever_a_check_trips_over_is_its_finding() -> None:
    def broken() -> Finding:
        raise ImportError("libsomething.so:\n  cannot open shared object file")

    detail = "libsomething.so: cannot open shared object file"
    assert examine(broken, "mend it") == Finding("fail", detail, "mend it")
