"""Processes that add music and are killed, or that do it at the same time."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import wavvy

RATE = 8000
FILES = 14
ADD = """
import json, sys, wavvy
data, workers, *folders = sys.argv[1:]
print("ready", flush=True)
with wavvy.open(data) as library:
    for outcome in library.add_all(folders, workers=int(workers)):
        print(json.dumps(outcome.to_dict()), flush=True)
"""
Melody = Callable[..., np.ndarray]
Record = Callable[..., Path]


@pytest.fixture(scope="module")
def tunes(melody: Melody) -> list[np.ndarray]:
    return [melody(500 + number, 30.0, RATE) for number in range(FILES)]


@pytest.fixture(scope="module")
def music(
    tunes: list[np.ndarray], record: Record, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("music")
    for number, tune in enumerate(tunes):
        record(folder / f"{number:02}.wav", np.tile(tune, 4), RATE)
    return folder


def start(data: Path, workers: int, *folders: Path) -> subprocess.Popen[str]:
    arguments = [str(data), str(workers), *map(str, folders)]
    process = subprocess.Popen(
        [sys.executable, "-c", ADD, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def reported(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith("\n")]


def assert_all_found(library: wavvy.Wavvy, ids: dict[str, int], tunes: list[np.ndarray]) -> None:
    for file, track_id in ids.items():
        clip = tunes[int(Path(file).stem)][5 * RATE : 10 * RATE]
        assert [r.track.id for r in library.identify(clip, RATE).results] == [track_id]


@pytest.mark.slow
def test_killed_again_and_again_it_loses_nothing_it_has_reported(
    music: Path, tunes: list[np.ndarray], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    chance = random.Random(7)
    acknowledged: dict[str, int] = {}
    for attempt, workers in enumerate((1, 2, 1, 1)):
        with start(data, workers, music) as process:
            assert process.stdout is not None
            # The first is killed while it may still be opening the library.
            first = process.stdout.readline() if attempt else ""
            time.sleep(chance.uniform(0.0, 0.5))
            children = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            output, _ = process.communicate(timeout=30)
        for outcome in reported(first + output):
            assert outcome["status"] in ("added", "known")
            known = acknowledged.setdefault(outcome["file"], outcome["id"])
            assert outcome["id"] == known, "what was reported keeps its id"
        _, alive = psutil.wait_procs(children, timeout=20)
        assert alive == [], "workers do not outlive the process that started them"
        with wavvy.open(data) as library:
            assert library.warnings == []
            assert library.verify_index() == []
            files = {track.file: track.id for track in library.tracks()}
            assert acknowledged.items() <= files.items()
            assert_all_found(library, acknowledged, tunes)
    assert acknowledged, "something must have been reported for this test to count"

    with wavvy.open(data) as library:
        outcomes = list(library.add_all([music], workers=1))
        ids = {outcome.file: outcome.track_id for outcome in outcomes}
        assert len(outcomes) == len(ids) == len(set(ids.values())) == FILES
        assert acknowledged.items() <= ids.items()
        assert library.stats().tracks == library.stats().index.tracks == FILES
        assert_all_found(library, {f: i for f, i in ids.items() if i is not None}, tunes)


@pytest.mark.slow
def test_processes_that_add_overlapping_folders_at_once(
    music: Path, tunes: list[np.ndarray], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    paths = sorted(music.iterdir())
    processes = [start(data, 1, *paths[:9]), start(data, 1, *paths[5:])]
    while any(process.poll() is None for process in processes):
        with wavvy.open(data) as library:  # opening mends, and must not get in the way
            assert library.warnings == []
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    outcomes = [reported(output) for output in outputs]
    assert [len(one) for one in outcomes] == [9, FILES - 5]
    statuses = [outcome["status"] for one in outcomes for outcome in one]
    assert statuses.count("added") == FILES
    assert statuses.count("known") == 4
    ids: dict[str, int] = {}
    for outcome in (*outcomes[0], *outcomes[1]):
        assert ids.setdefault(outcome["file"], outcome["id"]) == outcome["id"]
    assert len(set(ids.values())) == FILES
    with wavvy.open(data) as library:
        assert library.verify_index() == []
        assert_all_found(library, ids, tunes)
