"""``wavvy add``: every file is accounted for, and a bad one stops nobody."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from decoders import decoder_of, endless

Wavvy = Any
Studio = Any
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX file names and links")


def test_one_line_a_file_and_a_summary(wavvy: Wavvy, music: Path, tmp_path: Path) -> None:
    done = wavvy("--data-dir", tmp_path / "data", "add", music, "--workers", "1")
    assert (done.code, done.err) == (0, "")
    *files, summary = done.lines
    assert sorted(line.split()[:2] for line in files) == [["added", "0:20"]] * 3
    assert {line.split(maxsplit=2)[2] for line in files} == {str(f) for f in music.rglob("*.wav")}
    assert summary.startswith("Added 3 tracks (1 min). ")
    assert summary.endswith(" x real time.")


def test_known_audio_is_skipped_whatever_it_is_called(
    wavvy: Wavvy, library: Path, music: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "another name.wav"
    copy.write_bytes((music / "two words - plain.wav").read_bytes())
    done = wavvy("--data-dir", library, "add", "--json", music, copy)
    assert (done.code, done.err) == (0, "")
    assert [line["status"] for line in done.json] == ["known"] * 4
    ids = {Path(line["file"]).name: line["id"] for line in done.json}
    assert ids[copy.name] == ids["two words - plain.wav"]
    assert len(set(ids.values())) == 3


def test_json_has_one_object_a_file(wavvy: Wavvy, music: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.wav"
    done = wavvy("--data-dir", tmp_path / "data", "add", "--json", music, missing)
    assert (done.code, done.err) == (1, "")
    by_file = {line["file"]: line for line in done.json}
    assert len(done.json) == len(by_file) == 4
    failed = by_file.pop(str(missing))
    assert failed["status"] == "failed"
    assert failed["error"]["code"] == "unreadable_file"
    assert str(missing) in failed["error"]["message"]
    for added in by_file.values():
        assert set(added) == {"file", "status", "id", "title", "duration_ms", "error", "warnings"}
        assert (added["status"], added["error"], added["warnings"]) == ("added", None, [])
        assert added["duration_ms"] == pytest.approx(20_000, abs=50)
    titles = {added["title"] for added in by_file.values()}
    assert titles == {"Überall", "plain", "春の海"}


def test_bad_files_each_get_a_reason_and_the_rest_goes_on(
    wavvy: Wavvy, studio: Studio, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    good = studio.record(folder / "good.wav", 5)
    (folder / "empty.mp3").write_bytes(b"")
    (folder / "noise.mp3").write_bytes(bytes(range(256)) * 40)
    (folder / "poem.ogg").write_text("Shall I compare thee to a summer's day?\n" * 20)
    (folder / "cut.flac").write_bytes(b"fLaC" + bytes(20))
    (folder / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    done = wavvy(
        "--data-dir", tmp_path / "data", "add", "--workers", "1", folder, tmp_path / "gone.wav"
    )
    assert done.code == 1
    assert f"added     0:20  {good}" in done.lines
    assert done.lines[-1].startswith("Added 1 track (20.0 s); 5 failed. ")
    assert len(done.errors) == len(done.err.splitlines()) == 5
    for name in ("empty.mp3", "noise.mp3", "poem.ogg", "cut.flac", "gone.wav"):
        (line,) = [line for line in done.errors if name in line]
        assert len(line) > len(f"error: {folder / name}: ")
    assert "cover.jpg" not in done.out + done.err


@posix
def test_a_file_that_crashes_the_decoder_fails_alone(
    wavvy: Wavvy, studio: Studio, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    names = [studio.record(folder / f"{seed}.wav", seed).name for seed in (5, 6, 7)]
    bad = endless(folder / "bad.wav")
    with wavvy.start("--data-dir", tmp_path / "data", "add", folder) as process:
        decoder_of(bad, process.pid).send_signal(signal.SIGSEGV)
        done = wavvy.finish(process)
    assert done.code == 1
    reason = "crashes the decoder; convert it to FLAC and try that"
    assert done.errors == [f"error: {bad} {reason}"]
    assert (
        sorted(Path(line.split()[2]).name for line in done.lines[:-1] if "added" in line) == names
    )
    assert done.lines[-1].startswith("Added 3 tracks")


def test_nothing_to_add_is_a_failure_that_says_so(wavvy: Wavvy, tmp_path: Path) -> None:
    folder = tmp_path / "empty folder"
    folder.mkdir()
    done = wavvy("--data-dir", tmp_path / "data", "add", "--workers", "1", folder)
    assert (done.code, done.out) == (1, "")
    assert len(done.errors) == 1
    assert str(folder) in done.err


@posix
def test_a_loop_of_folders_ends(wavvy: Wavvy, studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "loop"
    studio.record(folder / "inner" / "tune.wav", 5, seconds=6)
    (folder / "inner" / "back").symlink_to(folder)
    (folder / "inner" / "self").symlink_to(folder / "inner" / "self")
    done = wavvy("--data-dir", tmp_path / "data", "add", "--json", "--workers", "1", folder)
    assert done.code == 0
    assert [line["status"] for line in done.json] == ["added"]


@posix
def test_files_that_vanish_or_are_no_files(wavvy: Wavvy, studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    studio.record(folder / "good.wav", 5, seconds=6)
    (folder / "vanished.wav").symlink_to(tmp_path / "nowhere.wav")
    os.mkfifo(folder / "pipe.wav")
    (folder / "folder.wav").mkdir()
    done = wavvy(
        "--data-dir", tmp_path / "data", "add", "--workers", "1", folder / "pipe.wav", folder
    )
    assert done.code == 1
    assert [line.split()[0] for line in done.lines[:-1]].count("added") == 1
    assert any("vanished.wav" in line for line in done.errors)
    assert any("pipe.wav" in line for line in done.errors)


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(wavvy: Wavvy, studio: Studio, tmp_path: Path) -> None:
    secret = studio.record(tmp_path / "secret.wav", 5, seconds=6)
    secret.chmod(0)
    done = wavvy("--data-dir", tmp_path / "data", "add", secret)
    assert done.code == 1
    assert done.errors == [f"error: {secret}: cannot be read: Permission denied"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others refuse such names")
def test_names_that_are_no_text_or_would_break_a_line(
    wavvy: Wavvy, studio: Studio, tmp_path: Path
) -> None:
    source = studio.record(tmp_path / "plain.wav", 5, seconds=6)
    folder = tmp_path / "odd names"
    folder.mkdir()
    latin1 = os.fsdecode(os.fsencode(folder) + b"/\xfcber.wav")
    Path(latin1).write_bytes(source.read_bytes())
    broken = folder / "two\nlines \x1b[31m.mp3"
    broken.write_bytes(b"no music")
    done = wavvy("--data-dir", tmp_path / "data", "add", "--json", "--workers", "1", folder)
    assert {line["file"] for line in done.json} == {latin1, str(broken)}
    plain = wavvy("--data-dir", tmp_path / "data", "add", "--workers", "1", folder)
    assert len(plain.lines) == 3
    assert len(plain.errors) == len(plain.err.splitlines()) == 1
    assert "\x1b" not in plain.out + plain.err
    assert r"two\nlines" in plain.err
