from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from decoders import decoder_of, decoders, endless

from wavvy.errors import CorruptMedia, UnreadableFile, UnsupportedMedia
from wavvy.ingest.preparation import Prepared, prepare
from wavvy.ingest.workers import Result, prepare_all
from wavvy.sandbox.patience import LIBRARY, Patience
from wavvy.sandbox.pool import Sandbox

Melody = Callable[..., np.ndarray]
Record = Callable[..., Path]
PrepareAll = Callable[..., Iterator[Result]]
posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.fixture
def files(melody: Melody, record: Record, tmp_path: Path) -> list[Path]:
    return [record(tmp_path / f"{seed}.wav", melody(seed, 5.0)) for seed in range(6)]


@pytest.fixture
def prepared(_leaves_nothing_behind: None) -> Iterator[PrepareAll]:
    """Give `prepare_all` with a sandbox."""
    with Sandbox() as sandbox:
        yield partial(prepare_all, sandbox=sandbox)


@pytest.fixture(autouse=True)
def _leaves_nothing_behind() -> Iterator[None]:
    before = set(decoders())
    yield
    assert set(decoders()) <= before
    assert not [t for t in threading.enumerate() if t.name.startswith("wavvy-ingest")]


def test_several_at_a_time_come_to_the_same(
    prepared: PrepareAll, files: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "text.mp3").write_text("not music " * 100)
    files += [tmp_path / "missing.wav", tmp_path / "text.mp3"]
    several = dict(prepared(files, 3))
    alone = dict(prepared(files, 1))
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


def test_nothing_to_do(prepared: PrepareAll, files: list[Path]) -> None:
    assert list(prepared([], 2)) == []
    assert [path for path, _ in prepared(files[:1], 2)] == files[:1]


def outcomes_while(
    prepared: PrepareAll, path: Path, paths: list[Path], act: Callable[[psutil.Process], None]
) -> Any:
    """Prepare all of them, and do something to the process that decodes `path`."""

    def meddle() -> None:
        act(decoder_of(path))

    meddling = threading.Thread(target=meddle)
    meddling.start()
    try:
        return dict(prepared(paths, 2))
    finally:
        meddling.join()


@posix
def test_a_file_that_crashes_its_decoder_fails_alone(
    prepared: PrepareAll, files: list[Path], tmp_path: Path
) -> None:
    bad = endless(tmp_path / "bad.wav")
    outcomes = outcomes_while(
        prepared, bad, [files[0], bad, *files[1:]], lambda child: child.send_signal(11)
    )
    failure = outcomes.pop(bad)
    assert isinstance(failure, CorruptMedia)
    assert str(failure) == f"{bad} crashes the decoder; convert it to FLAC and try that"
    assert set(outcomes) == set(files)
    assert all(isinstance(result, Prepared) for result in outcomes.values())


@posix
def test_a_file_that_hangs_fails_alone(
    prepared: PrepareAll, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LIBRARY.silent_seconds <= 300, "somebody is waiting"
    hasty = Patience(cpu_seconds=600, wait_seconds=600, silent_seconds=2)
    monkeypatch.setattr("wavvy.ingest.workers.LIBRARY", hasty)
    bad = endless(tmp_path / "bad.wav")
    outcomes = outcomes_while(
        prepared, bad, [files[0], bad, *files[1:]], lambda child: child.suspend()
    )
    failure = outcomes.pop(bad)
    assert isinstance(failure, CorruptMedia)
    assert str(failure) == f"{bad} takes too long to decode; convert it to FLAC and try that"
    assert set(outcomes) == set(files)
    assert all(isinstance(result, Prepared) for result in outcomes.values())


@posix
def test_a_process_that_is_killed_takes_no_file_with_it(
    prepared: PrepareAll, melody: Melody, record: Record, tmp_path: Path
) -> None:
    path = record(tmp_path / "long.wav", np.tile(melody(1, 30.0), 80))
    outcomes = outcomes_while(prepared, path, [path], lambda child: child.kill())
    assert isinstance(outcomes[path], Prepared)


@posix
def test_a_file_whose_process_is_killed_again_and_again_fails(
    prepared: PrepareAll, tmp_path: Path
) -> None:
    bad = endless(tmp_path / "bad.wav")

    def kill_twice(child: psutil.Process) -> None:
        child.kill()
        while (second := decoder_of(bad)) == child:  # it is still dying
            pass
        second.kill()

    failure = outcomes_while(prepared, bad, [bad], kill_twice)[bad]
    assert isinstance(failure, CorruptMedia)
    assert str(failure).startswith(f"{bad} was not decoded: the system killed the process")


def test_a_fault_of_the_program_fails_one_file_and_is_named(
    prepared: PrepareAll, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(path: Path, name: str | None, **how: Any) -> Prepared:
        if path == files[1]:
            raise LookupError("no such\nentry")
        return prepare(path, name, **how)

    monkeypatch.setattr("wavvy.ingest.workers.prepare", stumble)
    outcomes = dict(prepared(files[:3], 2))
    failure = outcomes.pop(files[1])
    assert isinstance(failure, CorruptMedia)
    assert f"{files[1]} cannot be added (LookupError: no such entry)" in str(failure)
    assert set(outcomes) == {files[0], files[2]}
    assert all(isinstance(result, Prepared) for result in outcomes.values())


def test_few_are_prepared_ahead_of_whoever_takes_them(
    prepared: PrepareAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Path] = []

    def note(path: Path, name: str | None, **how: Any) -> Prepared:
        begun.append(path)
        raise UnreadableFile(str(path))

    monkeypatch.setattr("wavvy.ingest.workers.prepare", note)
    with closing(prepared([Path(str(n)) for n in range(50)], 2)) as outcomes:  # type: ignore[type-var]
        for taken, _ in enumerate(outcomes):
            assert len(begun) <= taken + 4
    assert len(begun) == 50


def test_giving_up_ends_all_of_it_at_once(
    prepared: PrepareAll, files: list[Path], tmp_path: Path
) -> None:
    bad = endless(tmp_path / "bad.wav")
    outcomes = prepared([files[0], bad, *files[1:]], 2)
    next(outcomes)
    child = decoder_of(bad)
    began = time.monotonic()
    outcomes.close()  # type: ignore[attr-defined]
    assert not child.is_running()
    assert time.monotonic() - began < 10


def test_whoever_waits_may_give_up(prepared: PrepareAll, tmp_path: Path) -> None:
    def give_up() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        list(prepared([endless(tmp_path / "bad.wav")], 2, give_up))


def test_a_script_needs_no_main_guard(files: list[Path], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from wavvy.ingest.workers import prepare_all\n"
        "from wavvy.sandbox.pool import Sandbox\n"
        f"files = [Path(p) for p in {[str(f) for f in files[:2]]}]\n"
        "with Sandbox() as sandbox:\n"
        "    print(len(list(prepare_all(files, 2, sandbox=sandbox))))\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (0, "2\n", "")
