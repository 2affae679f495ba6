"""Power cuts: what was not synced may be lost, and each commit is there all the same.

A disk is simulated under a real folder. A file's bytes are safe once the file is synced; names
given and taken away are safe once their folder is synced. Until then each may or may not have
reached the disk, whatever the order in which they were done.
"""

from __future__ import annotations

import itertools
import os
import random
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.index.store import Index

MakeFingerprint = Callable[..., Fingerprint]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds files by /proc")


class PowerCut(BaseException):
    """Nothing catches it."""


class Disk:
    """What of a folder would be there after a power cut.

    Parameters
    ----------
    folder : Path
        Where the program works.
    vault : Path
        Keeps every synced file, so that no other file gets its number.
    cut_before : int
        The power is cut before the so-manieth call that reaches for the disk.
    """

    def __init__(self, folder: Path, vault: Path, cut_before: int) -> None:
        self.folder, self.vault, self.left = folder, vault, cut_before
        self.bytes: dict[int, bytes] = {}
        self.names: dict[Path, dict[str, int]] = {}
        for path in (folder, vault):
            path.mkdir(parents=True)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in ("replace", "unlink"):
            patch.setattr(Path, name, self.counted(getattr(Path, name)))
        patch.setattr(os, "fsync", self.counted(self.sync))

    def counted(self, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            self.left -= 1
            if self.left == 0:
                raise PowerCut
            return real(*args, **options)

        return call

    def sync(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if stat.S_ISDIR(status.st_mode):
            self.names[path] = self.listing(path)
        else:
            self.bytes[status.st_ino] = path.read_bytes()
            os.link(path, self.vault / str(len(list(self.vault.iterdir()))))

    def listing(self, folder: Path) -> dict[str, int]:
        return {p.name: p.stat().st_ino for p in folder.iterdir() if p.is_file()}

    def after_the_cut(self, to: Path, chance: random.Random, share: float) -> None:
        """Write what is left to a folder; of what is not safe, each with that chance."""
        folders = {self.folder, *(path for path in self.folder.iterdir() if path.is_dir())}
        for folder in folders:
            place = to / folder.relative_to(self.folder)
            place.mkdir(parents=True, exist_ok=True)
            safe, now = self.names.get(folder, {}), self.listing(folder)
            for name in sorted(safe.keys() | now.keys()):
                inode = now.get(name) if chance.random() < share else safe.get(name)
                if inode is not None:
                    # The bytes of a file that was never synced may be anything.
                    (place / name).write_bytes(self.bytes.get(inode, b"\0" * 50))


def ids(index: Index) -> set[int]:
    return set(index.track_ids().tolist())


def work(folder: Path, make: MakeFingerprint, states: list[set[int]]) -> None:
    """Change an index; each state is noted before the change that leads to it."""
    lock = threading.RLock()
    index = Index(folder, DEFAULT, lock)
    for group in ([1, 2], [3], [4], [5]):
        states.append(states[-1] | set(group))
        index.add((i, make(i, 60)) for i in group)
    states.append(states[-1] - {1})
    index.remove([1])
    states.append(states[-1])
    assert index.merge_due()
    states.append(states[-1] | {1, 6})
    index.add([(1, make(1, 60)), (6, make(6, 60))])
    states.append(states[-1] - {6})
    index.remove([6])
    states.append(states[-1])
    index.merge()
    states.append({3, 7})
    beside = Index(folder / "beside", DEFAULT, lock)
    beside.add([(3, make(3, 60)), (7, make(7, 60))])
    del beside
    Index.supersede(folder, folder / "beside", lock)


def test_a_power_cut_at_any_moment_loses_no_commit(
    tmp_path: Path, fingerprint: MakeFingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = True
    for step in itertools.count(1):
        disk = Disk(tmp_path / f"{step}", tmp_path / f"{step} vault", step)
        states: list[set[int]] = [set()]
        with monkeypatch.context() as patch:
            disk.install(patch)
            try:
                work(disk.folder, fingerprint, states)
                cut = False
            except PowerCut:
                pass

        for number, share in enumerate((0.0, 1.0, 0.5, 0.5)):
            left = tmp_path / f"{step} left {number}"
            disk.after_the_cut(left, random.Random(f"{step} {number}"), share)
            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", lambda _: None)
                index = Index(left, DEFAULT, threading.RLock())
                found = ids(index)
                assert found in (states[-2:] if cut else states[-1:]), (step, share)
                assert index.verify() == index.damaged == []
                index.add([(9, fingerprint(9, 60))])
                index.merge()
                assert ids(index) == found | {9}
                kept = {path.name for path in left.iterdir() if path.is_file()}
                assert len(kept) == 2, "its manifest and one segment"
        if not cut:
            break
    assert step > 50


def test_the_simulated_disk_forgets_what_is_not_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path / "folder", tmp_path / "vault", 100)
    with monkeypatch.context() as patch:
        disk.install(patch)
        with (disk.folder / "named").open("wb") as file:
            file.write(b"safe")
            file.flush()
            os.fsync(file.fileno())
        descriptor = os.open(disk.folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        (disk.folder / "unsynced").write_bytes(b"never seen again")
        (disk.folder / "named").replace(disk.folder / "renamed")

    for share, expected in (
        (0.0, {"named": b"safe"}),
        (1.0, {"renamed": b"safe", "unsynced": b"\0" * 50}),
    ):
        left = tmp_path / f"after {share}"
        disk.after_the_cut(left, random.Random(1), share)
        assert {path.name: path.read_bytes() for path in left.iterdir()} == expected
