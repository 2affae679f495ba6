"""Writers that die at any moment: what was committed stays, what was not is gone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.index.store import Index

MakeFingerprint = Callable[..., Fingerprint]
OpenIndex = Callable[[], Index]

KILLS = 5

# Once told to, adds tracks for ever, merges now and then, removes every tenth track; says so when it is done.
WRITER = """
import sys, threading
from pathlib import Path
import numpy as np
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.index.store import Index

sys.stdin.readline()
index = Index(Path(sys.argv[1]), DEFAULT, threading.RLock())
track_id = int(index.track_ids().max(initial=0))
while True:
    track_id += 1
    index.add([(track_id, Fingerprint(np.ones(40, np.uint8), np.arange(700, 740, dtype=np.uint16)))])
    print("added", track_id, flush=True)
    if track_id % 10 == 0:
        print("removing", track_id, flush=True)
        index.remove([track_id])
        print("removed", track_id, flush=True)
    if track_id % 25 == 0:
        index.merge()
"""


class Killed(BaseException):
    """Stands for a process that is no more: nothing catches it."""


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_it_has_committed(tmp_path: Path) -> None:
    rng = np.random.default_rng()
    folder = tmp_path / "index"
    added: set[int] = set()
    removing: set[int] = set()
    removed: set[int] = set()
    # All start at once, as starting takes longest; each waits for its turn.
    command = [sys.executable, "-c", WRITER, str(folder)]
    pipe = subprocess.PIPE
    writers = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(KILLS)
    ]
    for writer in writers:
        assert writer.stdin is not None
        assert writer.stdout is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
        first = writer.stdout.readline()
        time.sleep(rng.uniform(0, 0.4))
        writer.kill()
        rest, _ = writer.communicate()
        for line in (first, *rest.splitlines()):
            what, number = line.split()
            {"added": added, "removing": removing, "removed": removed}[what].add(int(number))

        index = Index(folder, DEFAULT, threading.RLock())
        found = set(index.track_ids().tolist())
        assert added - removing <= found
        assert not found & removed
        assert len(found - added) <= 1  # committed, but it had no time to say so
        assert index.damaged == index.verify() == []
        added |= found
    assert len(added) > 2 * KILLS

    index.add([(10**6, Fingerprint(np.zeros(9, np.uint8), np.empty(0, np.uint16)))])
    listed = {segment.path.name for segment in index.snapshot().segments}
    assert {path.name for path in folder.iterdir()} == {"manifest", *listed}


@pytest.mark.parametrize("step", range(40))
def test_death_between_any_two_steps_leaves_one_state_or_the_next(
    open_index: OpenIndex,
    fingerprint: MakeFingerprint,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
) -> None:
    """Die before, or after, each call that changes the folder."""
    left = step
    states: list[set[int]] = [set()]

    def deadly(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            return real(*args, **options)

        return call

    def work(index: Index) -> None:
        for group in ([1, 2], [3], [4, 5]):
            states.append(states[-1] | set(group))
            index.add((i, fingerprint(i, 60)) for i in group)
        states.append(states[-1] - {1})
        index.remove([1])
        states.append(states[-1])
        index.merge()
        states.append(states[-1] | {1})
        index.add([(1, fingerprint(1, 60))])
        states.append(set())
        index.clear()

    monkeypatch.setattr(os, "fsync", deadly(lambda descriptor: None))
    monkeypatch.setattr(Path, "replace", deadly(Path.replace))
    monkeypatch.setattr(Path, "unlink", deadly(Path.unlink))
    died = False
    try:
        work(open_index())
    except Killed:
        died = True
    monkeypatch.undo()

    index = open_index()
    found = set(index.track_ids().tolist())
    assert died == (0 < step)
    assert found in states[-2:] if died else found == set()
    assert index.damaged == index.verify() == []
    index.add([(9, fingerprint(9, 60))])
    assert set(index.track_ids().tolist()) == found | {9}
    listed = {segment.path.name for segment in index.snapshot().segments}
    assert {path.name for path in index.folder.iterdir()} == {"manifest", *listed}
