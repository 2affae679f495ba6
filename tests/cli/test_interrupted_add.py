"""``wavvy add`` stopped half-way: what it reported as added is kept, nothing is there twice."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

import wavvy as wavvy_library

Wavvy = Any
Studio = Any
FILES = 20


@pytest.fixture(scope="module")
def album(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough music that `wavvy add` takes a while after its first files."""
    folder = tmp_path_factory.mktemp("album")
    for number in range(FILES):
        studio.record(folder / f"{number:02}.wav", 1000 + number, seconds=60)
    return folder


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_adding_goes_on_where_it_was_stopped(
    wavvy: Wavvy, album: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    data = tmp_path / "data"
    with wavvy.start("--data-dir", data, "add", "--json", album) as process:
        reported = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(stop)
        rest = wavvy.finish(process)
    if stop == signal.SIGINT:
        assert rest.code == 130
        assert rest.errors == [rest.err.rstrip()]
        assert "kept" in rest.err
        assert "goes on from there" in rest.err
    elif stop == signal.SIGTERM:
        assert (rest.code, rest.err) == (128 + stop, "")
    else:
        assert rest.code == -stop
    complete = [line for line in rest.out.splitlines(keepends=True) if line.endswith("\n")]
    reported += [json.loads(line) for line in complete]
    acknowledged = {line["file"]: line["id"] for line in reported if line["status"] == "added"}
    assert 2 <= len(acknowledged) < FILES, "it must be stopped half-way for this test to count"

    again = wavvy("--data-dir", data, "add", "--json", album)
    assert again.code == 0
    after = {line["file"]: line for line in again.json}
    assert len(again.json) == len(after) == FILES
    for file, track_id in acknowledged.items():
        assert (after[file]["status"], after[file]["id"]) == ("known", track_id)
    with wavvy_library.open(data) as library:
        ids = library.catalog.track_ids()
        assert ids == sorted(line["id"] for line in again.json)
        assert library.verify_index() == []


def test_two_processes_add_the_same_folder_at_once(
    wavvy: Wavvy, album: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    processes = [wavvy.start("--data-dir", data, "add", "--json", album) for _ in range(2)]
    runs = []
    for process in processes:
        with process:
            runs.append(wavvy.finish(process))
    assert [(run.code, run.err) for run in runs] == [(0, "")] * 2
    ids = [{line["file"]: line["id"] for line in run.json} for run in runs]
    assert ids[0] == ids[1]
    assert len(set(ids[0].values())) == FILES
    added = [line for run in runs for line in run.json if line["status"] == "added"]
    assert len(added) == FILES
    with wavvy_library.open(data) as library:
        assert library.catalog.track_ids() == sorted(ids[0].values())
        assert library.verify_index() == []
