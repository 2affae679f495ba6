"""How runs end: exit codes, and what goes to which stream."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

Wavvy = Any


def test_version(wavvy: Wavvy) -> None:
    done = wavvy("--version")
    assert (done.code, done.out, done.err) == (0, f"wavvy {version('wavvy')}\n", "")


def test_help_names_every_command_and_no_more(wavvy: Wavvy) -> None:
    done = wavvy("--help")
    commands = re.findall(r"^  ([\w-]+) ", done.out.split("Commands:")[1], re.MULTILINE)
    assert done.code == 0
    assert commands == [
        "add",
        "identify",
        "tracks",
        "remove",
        "dedupe",
        "history",
        "tag",
        "enrich",
        "stats",
        "serve",
        "worker",
        "openapi",
        "demo",
        "doctor",
        "migrate",
        "copy-catalogue",
        "backup",
        "restore",
        "index",
        "jobs",
        "keys",
    ]


def test_without_a_command_it_shows_the_help(wavvy: Wavvy) -> None:
    bare = wavvy()
    assert (bare.code, bare.out) == (0, wavvy("--help").out)


def test_help_loads_nothing_heavy(wavvy: Wavvy) -> None:
    done = wavvy("--help", PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.split("|")[2].strip().split(".")[0] for line in done.err.splitlines()}
    assert "typer" in loaded
    assert not loaded & {"numpy", "numba", "scipy", "sqlalchemy", "rich", "pydantic", "av"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["bogus"],
        ["add"],
        ["add", "--workers", "0", "x.wav"],
        ["identify", "--min-score", "2", "x.wav"],
        ["identify", "--explain", "why.png", "x.wav", "y.wav"],
        ["tracks", "--limit", "0"],
        ["remove", "seven"],
        ["serve", "--port", "70000"],
        ["index"],
        ["--bogus", "stats"],
    ],
)
def test_wrong_use_is_exit_code_2_and_one_line(
    wavvy: Wavvy, arguments: list[str], tmp_path: Path
) -> None:
    done = wavvy(*arguments, WAVVY_DATA_DIR=str(tmp_path / "data"))
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert re.fullmatch(r"error: .*; see 'wavvy( \w+)* --help'\n", done.err)
    assert not (tmp_path / "data").exists()


def test_data_folder_before_after_and_in_the_environment(
    wavvy: Wavvy, library: Path, tmp_path: Path
) -> None:
    wrong = {"WAVVY_DATA_DIR": str(tmp_path / "elsewhere")}
    right = wavvy("stats", "--json", WAVVY_DATA_DIR=str(library))
    assert right.json[0]["tracks"] == 3
    assert wavvy("--data-dir", library, "stats", "--json", **wrong).out == right.out
    assert wavvy("stats", "--json", "--data-dir", library, **wrong).out == right.out


def test_unusable_data_folder_is_one_line(wavvy: Wavvy, tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    done = wavvy("--data-dir", blocked, "stats")
    assert (done.code, done.out) == (1, "")
    assert len(done.errors) == len(done.err.splitlines()) == 1
    assert "a file" in done.err


@pytest.mark.parametrize("arguments", [["tracks"], ["tracks", "--json"], ["--help"]])
def test_reader_that_leaves_early_is_no_crash(
    wavvy: Wavvy, library: Path, arguments: list[str]
) -> None:
    process: subprocess.Popen[bytes] = wavvy.start(*arguments, WAVVY_DATA_DIR=str(library))
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) in (0, 1)
    assert err == b""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["tracks"], ["tracks", "--json"]])
def test_full_disk_is_one_line(wavvy: Wavvy, library: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = wavvy(*arguments, stdout=full, WAVVY_DATA_DIR=str(library))
    assert done.code == 1
    assert len(done.errors) == len(done.err.splitlines()) == 1
    assert "no space left" in done.err
