"""Backups are whole, made while the library is in use, and restored only if they are whole."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import wavvy
from wavvy.backup import SEAL, back_up, restore
from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import TrackTags
from wavvy.errors import DiskFull, IncompatibleStore, StoreBusy, StoreError
from wavvy.library import Wavvy
from wavvy.locks import using
from wavvy.recognition import Recognition

RATE = 16000
Samples = np.ndarray
Melody = Callable[..., Samples]
Record = Callable[..., Path]


def ids(answer: Recognition) -> list[int]:
    return [result.track.id for result in answer.results]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def backup(library: Wavvy, tmp_path: Path) -> Path:
    """A backup of the album; the library is open."""
    assert back_up(library, tmp_path / "backup") == 5
    return tmp_path / "backup"


def test_a_backup_restored_is_the_library(
    library: Wavvy, backup: Path, clip: Samples, tmp_path: Path
) -> None:
    before = contents(backup)
    new = tmp_path / "ünï code" / "new"
    assert restore(backup, new) == 5
    with wavvy.open(new) as restored:
        assert ids(restored.identify(clip, RATE)) == [3]
        assert restored.tracks() == library.tracks()
        assert restored.verify_index() == restored.warnings == []
        assert restored.catalog.identity() == library.catalog.identity()
        restored.remove(3)
        restored.merge_index()
    assert ids(library.identify(clip, RATE)) == [3]
    assert contents(backup) == before


def test_a_backup_is_a_data_folder_itself(backup: Path, clip: Samples) -> None:
    with wavvy.open(backup) as library:
        assert ids(library.identify(clip, RATE)) == [3]
        assert library.warnings == []


def test_a_backup_that_was_asked_can_be_restored(
    backup: Path, clip: Samples, record: Record, tmp_path: Path
) -> None:
    heard = str(record(tmp_path / "clip.wav", clip))
    command = [sys.executable, "-m", "wavvy.cli", "--data-dir", str(backup), "identify", heard]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "Tune 2" in answer.stdout
    assert restore(backup, tmp_path / "new") == 5


def test_only_what_a_library_consists_of_is_sealed(backup: Path) -> None:
    sealed = json.loads((backup / SEAL).read_bytes())["files"]
    (segment,) = backup.glob("index/*.seg")
    assert set(sealed) == {"catalog.sqlite3", "index/manifest", f"index/{segment.name}"}


@pytest.mark.parametrize("links", [True, False], ids=["one disk", "two disks"])
def test_the_index_takes_no_space_twice_on_one_disk(
    library: Wavvy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def refuse(_self: Path, _to: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    back_up(library, tmp_path / "backup")
    (segment,) = library.data_dir.glob("index/*.seg")
    copy = tmp_path / "backup" / "index" / segment.name
    assert copy.samefile(segment) == links
    assert copy.read_bytes() == segment.read_bytes()


def test_tracks_come_and_go_while_a_backup_is_made(
    library: Wavvy,
    record: Record,
    melody: Melody,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the copies of index and catalogue another process adds one and removes one."""
    copy_to = Catalog.copy_to

    def changing_meanwhile(self: Catalog, path: Path) -> None:
        with wavvy.open(library.data_dir) as other:
            other.add(record(tmp_path / "new.wav", melody(70, 12.0)))
            other.remove(3)
        copy_to(self, path)

    monkeypatch.setattr(Catalog, "copy_to", changing_meanwhile)
    back_up(library, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "new")
    with wavvy.open(tmp_path / "new") as restored:
        assert [track.id for track in restored.tracks()] == [1, 2, 4, 5, 6]
        assert restored.verify_index() == restored.warnings == []
        assert ids(restored.identify(melody(70, 12.0)[: 5 * RATE], RATE)) == [6]


def test_a_writer_in_the_middle_of_a_change_does_not_hold_a_backup_up(
    library: Wavvy, tmp_path: Path
) -> None:
    with library.catalog._database.write():  # another transaction, not committed
        thread = threading.Thread(target=back_up, args=(library, tmp_path / "backup"))
        thread.start()
        thread.join(60)
        assert not thread.is_alive()
    assert restore(tmp_path / "backup", tmp_path / "new") == 5


def test_damage_of_the_index_is_not_backed_up(
    library: Wavvy, clip: Samples, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (segment,) = library.data_dir.glob("index/*.seg")
    content = bytearray(segment.read_bytes())
    content[-10] ^= 1
    segment.write_bytes(content)
    back_up(library, tmp_path / "backup")
    assert segment.name in caplog.text
    restore(tmp_path / "backup", tmp_path / "new")
    with wavvy.open(tmp_path / "new") as restored:
        assert restored.verify_index() == []
        assert ids(restored.identify(clip, RATE)) == [3]


def test_a_folder_in_use_is_refused(library: Wavvy, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear me")
    with pytest.raises(StoreError, match=r"full is not empty.*new folder"):
        back_up(library, tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]


def test_a_restore_for_which_there_is_no_space_leaves_nothing(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfileobj", full)
        with pytest.raises(DiskFull):
            restore(backup, tmp_path / "new")
    assert not (tmp_path / "new" / "restoring").exists()
    assert restore(backup, tmp_path / "new") == 5


def test_a_backup_for_which_there_is_no_space_can_be_made_again(
    library: Wavvy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy(target: Path) -> None:
        (target / "half").write_bytes(b"of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = tmp_path / "new"
    target.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(library, "copy_to", copy)
        with pytest.raises(DiskFull):
            back_up(library, target)
    assert back_up(library, target) == 5


def test_half_a_backup_is_no_backup(
    library: Wavvy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Catalog, _path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Catalog, "copy_to", full)
        with pytest.raises(DiskFull):
            back_up(library, tmp_path / "backup")
    with pytest.raises(StoreError, match="no complete backup"):
        restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["catalog.sqlite3", "index/manifest", "segment"])
@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_a_damaged_backup_is_refused_by_name(
    backup: Path, tmp_path: Path, name: str, damage: str
) -> None:
    path = next(backup.glob("index/*.seg")) if name == "segment" else backup / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()  # the library has the same file
    if damage != "gone":
        path.write_bytes(content[: -1 if damage == "cut" else None])
    with pytest.raises(StoreError, match=f"{path.name} is missing or damaged"):
        restore(backup, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("seal", [b"", b"[]", b"{}", b'{"version": 1}', b"\xff"])
def test_a_damaged_seal_is_refused(backup: Path, tmp_path: Path, seal: bytes) -> None:
    (backup / SEAL).write_bytes(seal)
    with pytest.raises(StoreError, match="no complete backup"):
        restore(backup, tmp_path / "new")


def test_a_backup_of_a_newer_version_is_refused(backup: Path, tmp_path: Path) -> None:
    seal = json.loads((backup / SEAL).read_bytes())
    (backup / SEAL).write_text(json.dumps(seal | {"version": 2}))
    with pytest.raises(IncompatibleStore, match="update Wavvy"):
        restore(backup, tmp_path / "new")


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no complete backup"):
        restore(tmp_path / "nowhere", tmp_path / "new")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        restore(tmp_path / "file", tmp_path / "new")


def test_a_library_is_replaced_by_force_only(
    backup: Path, tmp_path: Path, record: Record, melody: Melody, clip: Samples
) -> None:
    tune = melody(70, 12.0)
    data = tmp_path / "new"
    with wavvy.open(data) as library:
        library.add(record(tmp_path / "new.wav", tune))
        library.catalog.add_track(
            TrackTags("Other"), content_hash=b"x", duration_ms=1, fingerprint=b"", source=None
        )
        # As a process leaves it that was killed: with a log that was not written back.
        shutil.copytree(data, tmp_path / "killed")
    assert (tmp_path / "killed" / "catalog.sqlite3-wal").stat().st_size
    data = tmp_path / "killed"
    with pytest.raises(StoreError, match=r"holds a library.*--force"):
        restore(backup, data)
    with wavvy.open(data) as library:
        assert len(library.tracks()) == 2
    assert restore(backup, data, force=True) == 5
    with wavvy.open(data) as library:
        assert ids(library.identify(clip, RATE)) == [3]
        assert ids(library.identify(tune[: 5 * RATE], RATE)) == []
        assert library.verify_index() == library.warnings == []
    assert not (data / "restoring").exists()


@pytest.mark.parametrize("alone", [True, False])
def test_a_folder_that_a_server_uses_is_left_alone(backup: Path, data: Path, alone: bool) -> None:
    with (
        using(data / "serve.lock", alone=alone),
        pytest.raises(StoreBusy, match=r"a server uses .*stop it first"),
    ):
        restore(backup, data, force=True)
    assert restore(backup, data, force=True) == 5


class KilledError(BaseException):
    """Nothing catches it."""


@pytest.mark.parametrize("step", range(1, 8))
def test_restoring_again_goes_on_where_it_was_killed(
    backup: Path, tmp_path: Path, clip: Samples, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    left = step

    def deadly(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise KilledError
            return real(*args, **options)

        return call

    new = tmp_path / "new"
    shutil.copytree(backup, new, ignore=shutil.ignore_patterns(SEAL))
    with monkeypatch.context() as patch:
        patch.setattr("wavvy.backup._copy", deadly(shutil.copyfile))
        patch.setattr(Path, "replace", deadly(Path.replace))
        patch.setattr(shutil, "rmtree", deadly(shutil.rmtree))
        with pytest.raises(KilledError):
            restore(backup, new, force=True)
    assert restore(backup, new, force=True) == 5
    with wavvy.open(new) as library:
        assert ids(library.identify(clip, RATE)) == [3]
        assert library.verify_index() == []
