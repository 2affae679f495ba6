from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from wavvy.ingest.discovery import find_audio


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "meine Musik"
    for name in ("b.mp3", "a.OGG", "cover.jpg", "notes.txt", "sub/d.flac", "sub/deep/e.Wav",
                 "another/c.m4a", "noext", "empty/x.txt"):  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def names(folder: Path, found: Iterator[Path]) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in found]


def link(target: Path, path: Path, *, folder: bool) -> None:
    try:
        path.symlink_to(target, target_is_directory=folder)
    except OSError as error:  # Windows, for those who are not developers
        pytest.skip(f"no links here: {error}")


def test_a_folder_is_searched_to_any_depth_in_order(music: Path) -> None:
    found = names(music, find_audio([music]))
    assert found == ["a.OGG", "b.mp3", "another/c.m4a", "sub/d.flac", "sub/deep/e.Wav"]


def test_a_file_that_is_named_may_have_any_suffix(music: Path) -> None:
    named = [music / "notes.txt", music / "missing.mp3", music / "noext"]
    assert list(find_audio(named)) == named


def test_what_is_named_comes_in_the_order_it_is_named(music: Path) -> None:
    found = names(music, find_audio([music / "sub", music / "b.mp3", music / "another"]))
    assert found == ["sub/d.flac", "sub/deep/e.Wav", "b.mp3", "another/c.m4a"]


def test_a_folder_within_another_is_searched_once(music: Path) -> None:
    found = names(music, find_audio([music / "sub", music, music]))
    assert found == ["sub/d.flac", "sub/deep/e.Wav", "a.OGG", "b.mp3", "another/c.m4a"]


def test_a_folder_may_be_called_like_a_song(music: Path) -> None:
    (music / "best.mp3").mkdir()
    (music / "best.mp3" / "f.mp3").touch()
    assert "best.mp3/f.mp3" in names(music, find_audio([music]))
    assert "best.mp3" not in names(music, find_audio([music]))


def test_loops_end(music: Path) -> None:
    link(music, music / "sub" / "up", folder=True)
    link(music / "sub", music / "sub" / "deep" / "self", folder=True)
    found = names(music, find_audio([music]))
    assert found == ["a.OGG", "b.mp3", "another/c.m4a", "sub/d.flac", "sub/deep/e.Wav"]


def test_links_to_other_places_are_followed(music: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "z.opus").touch()
    link(elsewhere, music / "far", folder=True)
    link(elsewhere / "z.opus", music / "near.opus", folder=False)
    found = names(music, find_audio([music]))
    assert "far/z.opus" in found
    assert "near.opus" in found


def test_dangling_links_are_reported_to_whoever_opens_them(music: Path) -> None:
    link(music / "nowhere.mp3", music / "dangling.mp3", folder=False)
    link(music / "self.mp3", music / "self.mp3", folder=False)
    found = names(music, find_audio([music]))
    assert {"dangling.mp3", "self.mp3"} <= set(found)


def test_a_folder_that_cannot_be_read_is_not_passed_over(
    music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refuse(path: Path | str) -> object:
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = names(music, find_audio([music]))
    assert found == ["a.OGG", "b.mp3", "another/c.m4a", "sub"]


def test_a_folder_that_vanishes_stops_nothing(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = Path.stat

    def vanished(self: Path, **options: bool) -> os.stat_result:
        if self.name == "another":
            raise FileNotFoundError(2, "No such file or directory", str(self))
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", vanished)
    assert names(music, find_audio([music])) == ["a.OGG", "b.mp3", "sub/d.flac", "sub/deep/e.Wav"]


@pytest.mark.parametrize("name", ["x" * 5000 + ".mp3", "nul\0.mp3", ""])
def test_impossible_names_are_reported_to_whoever_opens_them(name: str) -> None:
    assert list(find_audio([Path("folder") / name])) == [Path("folder") / name]


def test_what_macos_keeps_beside_a_file_is_not_audio(tmp_path: Path) -> None:
    for name in ("song.mp3", "._song.mp3"):
        (tmp_path / name).touch()
    assert list(find_audio([tmp_path])) == [tmp_path / "song.mp3"]
