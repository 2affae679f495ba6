from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from wavvy.errors import CorruptMedia, UnreadableFile, UnsupportedMedia
from wavvy.ingest.preparation import Prepared, prepare
from wavvy.ingest.workers import prepare_all

Melody = Callable[..., np.ndarray]
Record = Callable[..., Path]


class Deadly(type(Path())):  # type: ignore[misc]
    """A file that ends every process that takes it up, as a decoder with a fault may."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (3,)


@pytest.fixture
def files(melody: Melody, record: Record, tmp_path: Path) -> list[Path]:
    return [record(tmp_path / f"{seed}.wav", melody(seed, 5.0)) for seed in range(6)]


def workers() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if any("spawn_main" in word for word in child.cmdline()):
                found.append(child)
    return found


def assert_no_workers() -> None:
    deadline = time.monotonic() + 60
    while (left := workers()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


@pytest.fixture(autouse=True)
def _leaves_no_processes() -> Iterator[None]:
    yield
    assert_no_workers()


def test_several_processes_do_what_one_does(files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "text.mp3").write_text("not music " * 100)
    files += [tmp_path / "missing.wav", tmp_path / "text.mp3"]
    several = dict(prepare_all(files, 2))
    alone = dict(prepare_all(files, 1))
    assert list(alone) == files
    assert set(several) == set(files)
    for path in files:
        if isinstance(alone[path], Prepared):
            assert several[path] == alone[path]
        else:
            assert type(several[path]) is type(alone[path])
            assert str(several[path]) == str(alone[path])
    assert isinstance(alone[files[-2]], UnreadableFile)
    assert isinstance(alone[files[-1]], UnsupportedMedia)


def test_nothing_to_do(files: list[Path]) -> None:
    assert list(prepare_all([], 2)) == []
    assert [path for path, _ in prepare_all(files[:1], 2)] == files[:1]


def test_a_file_that_crashes_its_process_fails_alone(files: list[Path]) -> None:
    deadly = Deadly(files[1])
    outcomes = dict(prepare_all([files[0], deadly, files[2], files[3]], 2))
    assert len(outcomes) == 4
    failure = outcomes.pop(deadly)
    assert isinstance(failure, CorruptMedia)
    assert str(deadly) in str(failure)
    assert all(isinstance(result, Prepared) for result in outcomes.values())


def test_a_fault_of_the_program_fails_one_file_and_is_named(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(path: Path, name: str | None, **bounds: Any) -> Prepared:
        if path == files[1]:
            raise LookupError("no such\nentry")
        return prepare(path, name, **bounds)

    monkeypatch.setattr("wavvy.ingest.workers.prepare", stumble)
    outcomes = dict(prepare_all(files[:3], 1))
    failure = outcomes.pop(files[1])
    assert isinstance(failure, CorruptMedia)
    assert f"{files[1]} cannot be added (LookupError: no such entry)" in str(failure)
    assert set(outcomes) == {files[0], files[2]}
    assert all(isinstance(result, Prepared) for result in outcomes.values())


def test_a_process_that_is_killed_takes_no_file_with_it(files: list[Path]) -> None:
    outcomes = prepare_all(files, 2)
    done = [next(outcomes)]
    victim = workers()[0]
    victim.kill()
    done += outcomes
    assert sorted(path for path, _ in done) == files
    assert all(isinstance(result, Prepared) for _, result in done)


def test_giving_up_ends_the_processes(files: list[Path]) -> None:
    outcomes = prepare_all(files, 2)
    next(outcomes)
    assert workers()
    outcomes.close()  # type: ignore[attr-defined]
    assert_no_workers()


def test_a_script_without_a_main_guard_is_told_so(files: list[Path], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from wavvy.ingest.workers import prepare_all\n"
        f"print(len(list(prepare_all([Path(p) for p in {[str(f) for f in files[:2]]}], 2))))\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert run.returncode == 1
    assert run.stdout == ""
    # Not always the last line: Python may add what its own processes left behind.
    assert "RuntimeError: worker processes cannot start" in run.stderr
    assert 'if __name__ == "__main__"' in run.stderr
