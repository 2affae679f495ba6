from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def data(library: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(library, tmp_path / "data"))


def test_what_a_track_is_called_can_be_changed(wavvy: Any, data: Path, music: Path) -> None:
    (track, *_) = wavvy("--data-dir", data, "tracks", "überall", "--json").json
    changed = wavvy(
        "tag",
        str(track["id"]),
        "title=Neue Zeit",
        "artist=Nina",
        "ARTIST=Räuber",
        "date=1992-04",
        "isrc=gb-aye-92-00070",
        "track=3",
        "label=A = B",
        "--json",
        "--data-dir",
        data,
    )
    assert (changed.code, changed.errors) == (0, [])
    (after,) = changed.json
    assert after["title"] == "Neue Zeit"
    assert after["artists"] == [{"name": "Nina"}, {"name": "Räuber"}]
    assert (after["release_date"], after["track_number"]) == ("1992-04", 3)
    assert (after["external_ids"]["isrc"], after["label"]) == (["GBAYE9200070"], "A = B")
    assert after["album"] == track["album"]

    (music / "Nina Räuber - Überall.wav").touch()
    assert wavvy("--data-dir", data, "add", music).code == 0
    line = wavvy("--data-dir", data, "tag", str(track["id"]), "label=", "artist=")
    assert line.lines == [f"{track['id']}: Neue Zeit"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["1", "tempo=fast"], "'tempo=fast' is not FIELD=VALUE"),
        (["1", "title"], "'title' is not FIELD=VALUE"),
        (["1", "title="], "title: "),
        (["1", "date=soon"], "release_date: "),
        (["1", "track=last"], "track_number: "),
        (["1", "isrc=12"], "isrc: "),
        (["1"], "field=value"),
    ],
)
def test_a_change_without_sense(
    wavvy: Any, library: Path, words: list[str], complaint: str
) -> None:
    run = wavvy("--data-dir", library, "tag", *words)
    assert run.code == 2
    assert complaint.lower() in run.errors[0].lower()


def test_an_unknown_track(wavvy: Any, library: Path) -> None:
    run = wavvy("--data-dir", library, "tag", "99", "title=T")
    assert (run.code, run.errors) == (
        1,
        ["error: no track 99: list the tracks to see which there are"],
    )
