"""Writes that really fail, wherever they happen to: what was acknowledged before stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import wavvy

Melody = Callable[..., np.ndarray]
Record = Callable[..., Path]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")

RATE = 16000
FILES = 10

# Adds files while no file may grow beyond a limit, and says which were added.
WRITER = """
import json, resource, sys
import wavvy
from wavvy.errors import StoreError

data, limit, files = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
with wavvy.open(data) as library:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    failures = 0
    for file in files:
        try:
            print(json.dumps([file, library.add(file).track_id]), flush=True)
        except StoreError as error:
            failures += 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
print(failures)
"""


@pytest.mark.parametrize("limit", [9_000, 190_000, 400_000])
def test_what_was_acknowledged_before_the_disk_was_full_is_found(
    tmp_path: Path, melody: Melody, record: Record, limit: int
) -> None:
    tunes = [melody(800 + n, 6.0) for n in range(FILES)]
    files = [str(record(tmp_path / f"{n}.wav", tune)) for n, tune in enumerate(tunes)]
    data = tmp_path / "data"
    command = [sys.executable, "-c", WRITER, str(data), str(limit), *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    *acknowledged, failures = done.stdout.splitlines()
    assert int(failures) > 0, "the limit must be met for this test to count"

    with wavvy.open(data) as library:
        assert library.verify_index() == []
        for line in acknowledged:
            file, track_id = json.loads(line)
            clip = tunes[files.index(file)][RATE : 5 * RATE]
            assert [r.track.id for r in library.identify(clip, RATE).results] == [track_id]
        for file in files:
            assert library.add(file).track_id is not None
        assert library.stats().index.tracks == library.stats().tracks == FILES
        assert library.verify_index() == []
