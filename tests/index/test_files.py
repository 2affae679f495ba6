from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import pytest

from wavvy.errors import DiskFull
from wavvy.index.files import unless_in_use, write_durably

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def failing(number: int) -> Callable[[object], None]:
    def fail(_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def half_written(number: int) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError(number, os.strerror(number))

    return write


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_content_may_be_bytes_or_a_function(tmp_path: Path) -> None:
    write_durably(tmp_path / "some ünïcode name", b"one")
    write_durably(tmp_path / "other", lambda file: file.writelines([b"t", b"wo"]))

    assert (tmp_path / "some ünïcode name").read_bytes() == b"one"
    assert (tmp_path / "other").read_bytes() == b"two"
    assert len(names(tmp_path)) == 2


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write(file: BinaryIO) -> None:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"

    write_durably(path, write)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("number", NO_SPACE)
def test_a_full_disk_while_writing_leaves_the_old_file_alone(tmp_path: Path, number: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    with pytest.raises(DiskFull, match="no space left"):
        write_durably(path, half_written(number))
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("number", NO_SPACE)
def test_a_full_disk_while_syncing_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", failing(number))

    with pytest.raises(DiskFull) as caught:
        write_durably(path, b"new")
    assert str(tmp_path) in str(caught.value)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_full_disk_while_syncing_the_folder_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavvy.index.files.sync_folder", failing(errno.ENOSPC))

    with pytest.raises(DiskFull):
        write_durably(tmp_path / "file", b"new")


def test_other_failures_pass_through_and_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write_durably(tmp_path / "file", half_written(errno.EIO))
    assert names(tmp_path) == []


def test_both_file_and_folder_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def record(descriptor: int) -> None:
        synced.append("folder" if (tmp_path / "file").exists() else "file")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    write_durably(tmp_path / "file", b"new")

    assert synced == (["file"] if os.name == "nt" else ["file", "folder"])


def test_where_a_reader_may_hold_a_file_its_replacement_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [1, 2]
    real = Path.replace

    def refuse_twice(source: Path, target: Path) -> Path:
        if refusals:
            raise PermissionError(13, f"held, {refusals.pop()} to go")
        return real(source, target)

    monkeypatch.setattr("wavvy.index.files._WINDOWS", True)
    monkeypatch.setattr(Path, "replace", refuse_twice)
    write_durably(tmp_path / "file", b"new")

    assert (tmp_path / "file").read_bytes() == b"new"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("windows", [True, False])
def test_only_windows_may_refuse_to_let_go_of_a_file(
    monkeypatch: pytest.MonkeyPatch, windows: bool
) -> None:
    monkeypatch.setattr("wavvy.index.files._WINDOWS", windows)
    with nullcontext() if windows else pytest.raises(PermissionError), unless_in_use():
        raise PermissionError
