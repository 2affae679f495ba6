"""Writers that die at any moment: what was committed stays, what was not is gone."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.index.manifest import FILE_NAME
from wavvy.index.store import Index

MakeFingerprint = Callable[..., Fingerprint]

KILLS = 5

# Told after which track, adds tracks for ever, removes every fifth, merges at every third; tells of
# each.
WRITER = """
import sys, threading
from pathlib import Path
import numpy as np
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.index.store import Index

after = sys.stdin.readline()
if not after:
    sys.exit()  # the test is over
track_id = int(after)
index = Index(Path(sys.argv[1]), DEFAULT, threading.RLock())
fingerprint = Fingerprint(np.ones(40, np.uint8), np.arange(700, 740, dtype=np.uint16))
while True:
    track_id += 1
    index.add([(track_id, fingerprint)])
    print("added", track_id, flush=True)
    if track_id % 5 == 0:
        print("removing", track_id, flush=True)
        index.remove([track_id])
        print("removed", track_id, flush=True)
    if track_id % 3 == 0:
        index.merge()
"""


class Killed(BaseException):
    """Stands for a process that is no more: nothing catches it."""


def ids(index: Index) -> set[int]:
    return set(index.track_ids().tolist())


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that write to one index; all start at once, and each waits for its turn."""
    command = [sys.executable, "-c", WRITER, str(tmp_path / "index")]
    with ExitStack() as stack:
        pipe = subprocess.PIPE
        yield [
            stack.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
            for _ in range(KILLS)
        ]


def lines_until_killed(writer: subprocess.Popen[str], after: int, seconds: float) -> list[str]:
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write(f"{after}\n")
    writer.stdin.flush()
    first = writer.stdout.readline()
    time.sleep(seconds)
    writer.kill()
    # The last may have been cut short: unbuffered output is written word by word.
    return [line for line in (first, *writer.stdout) if line.endswith("\n")]


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_it_has_committed(
    tmp_path: Path, writers: list[subprocess.Popen[str]]
) -> None:
    rng = np.random.default_rng()
    added: set[int] = set()
    removing: set[int] = set()
    removed: set[int] = set()
    for writer in writers:
        # What was removed last is not added again: it would be there and told to be gone.
        for line in lines_until_killed(writer, max(added, default=0), rng.uniform(0, 0.6)):
            what, number = line.split()
            {"added": added, "removing": removing, "removed": removed}[what].add(int(number))

        index = Index(tmp_path / "index", DEFAULT, threading.RLock())
        found = ids(index)
        assert added - removing <= found
        assert not found & removed
        assert len(found - added) <= 1  # committed, but it had no time to say so
        assert index.damaged == index.verify() == []
        added |= found
    assert len(added) >= KILLS

    index.add([(10**6, Fingerprint(np.zeros(9, np.uint8), np.empty(0, np.uint16)))])
    index.merge()
    listed = {segment.path.name for segment in index.snapshot().segments}
    assert names(index.folder) == {FILE_NAME, *listed}


def test_death_between_any_two_steps_leaves_one_state_or_the_next(
    tmp_path: Path, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Die before the first call that changes the folder, before the second, and so on."""

    def deadly(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            return real(*args, **options)

        return call

    def work(index: Index, states: list[set[int]]) -> None:
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

    for step in itertools.count(1):
        folder = tmp_path / str(step)
        left = step
        states: list[set[int]] = [set()]
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", deadly(lambda _: None))
            patch.setattr(Path, "replace", deadly(Path.replace))
            patch.setattr(Path, "unlink", deadly(Path.unlink))
            try:
                work(Index(folder, DEFAULT, threading.RLock()), states)
            except Killed:
                died = True
            else:
                died = False

        index = Index(folder, DEFAULT, threading.RLock())
        found = ids(index)
        assert found in states[-2:]
        assert index.damaged == index.verify() == []
        index.add([(9, fingerprint(9, 60))])
        index.merge()
        assert ids(index) == found | {9}
        assert names(folder) == {FILE_NAME, *(s.path.name for s in index.snapshot().segments)}
        if not died:
            break
    assert step > 25
