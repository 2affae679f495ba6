"""``wavvy tracks`` and ``wavvy remove``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import wavvy as wavvy_library

Wavvy = Any
Studio = Any


def test_table_has_a_line_a_track(wavvy: Wavvy, library: Path) -> None:
    done = wavvy("--data-dir", library, "tracks")
    assert (done.code, done.err) == (0, "")
    header, *rows = done.lines
    assert header.split() == ["id", "title", "artist", "album", "length"]
    assert len(rows) == 3
    assert any("春の海" in row and "日本" in row and "0:20" in row for row in rows)


def test_query_ignores_case_and_accents(wavvy: Wavvy, library: Path) -> None:
    found = wavvy("--data-dir", library, "tracks", "uberALL", "--json").json
    assert [track["title"] for track in found] == ["Überall"]
    assert found[0]["artists"] == [{"name": "Nina Räuber"}]
    assert found[0]["duration_ms"] == 20_000
    nothing = wavvy("--data-dir", library, "tracks", "zzz")
    assert (nothing.code, nothing.out) == (0, "")
    assert "zzz" in nothing.err


def test_query_forgives(wavvy: Wavvy, library: Path) -> None:
    for query in ("nina ubral", "rubbish nina uberall", "artist:rauber", "title:uber nina"):
        found = wavvy("--data-dir", library, "tracks", query, "--json").json
        assert found[0]["title"] == "Überall", query


def test_limit_says_that_there_is_more(wavvy: Wavvy, library: Path) -> None:
    done = wavvy("--data-dir", library, "tracks", "--limit", "2", "--json")
    assert len(done.json) == 2
    assert "--limit" in done.err
    assert wavvy("--data-dir", library, "tracks", "--limit", "3").err == ""


def test_empty_library_says_what_to_do(wavvy: Wavvy, tmp_path: Path) -> None:
    done = wavvy("--data-dir", tmp_path, "tracks")
    assert (done.code, done.out) == (0, "")
    assert "wavvy add" in done.err
    assert "wavvy demo" in done.err


def test_remove_takes_out_what_exists_and_names_what_does_not(
    wavvy: Wavvy, studio: Studio, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    files = [studio.record(tmp_path / f"{n}.wav", n, seconds=6) for n in (1, 2)]
    with wavvy_library.open(data) as library:
        first, second = (library.add(file).track_id for file in files)
    done = wavvy("--data-dir", data, "remove", first, 999, first)
    assert done.code == 1
    assert done.lines == [f"removed {first}: 1"]
    assert len(done.errors) == len(done.err.splitlines()) == 2
    assert "999" in done.errors[0]
    with wavvy_library.open(data) as library:
        assert [track.id for track in library.tracks()] == [second]
        assert [len(library.identify(file).results) for file in files] == [0, 1]
    assert wavvy("--data-dir", data, "remove", second).code == 0
