"""``wavvy identify``: the answer for programs and for people."""

from __future__ import annotations

import re
import wave
from pathlib import Path
from typing import Any

import pytest

Wavvy = Any
RESULT_FIELDS = {
    "id",
    "score",
    "title",
    "artists",
    "album",
    "release_date",
    "duration_ms",
    "genres",
    "play_offset_ms",
    "sample_begin_time_offset_ms",
    "sample_end_time_offset_ms",
    "db_begin_time_offset_ms",
    "db_end_time_offset_ms",
    "time_skew",
    "frequency_skew",
    "matched_landmarks",
    "external_ids",
    "external_metadata",
    "label",
    "artwork_url",
    "file",
}


def test_json_is_one_line_a_file_in_the_order_given(
    wavvy: Wavvy, library: Path, clip: Path, stranger: Path, music: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.wav"
    track = music / "two words - plain.wav"
    done = wavvy("--data-dir", library, "identify", "--json", missing, clip, stranger, track)
    assert (done.code, done.err) == (1, "")
    assert [line["file"] for line in done.json] == [
        str(f) for f in (missing, clip, stranger, track)
    ]
    failed, found, nothing, whole = done.json

    assert failed["status"] == "error"
    assert set(failed["error"]) == {"code", "message", "retry_after_ms"}
    assert failed["error"]["code"] == "unreadable_file"
    assert str(missing) in failed["error"]["message"]

    assert set(found) == {"file", "status", "query", "results"}
    assert set(found["query"]) == {"id", "duration_ms", "landmarks", "took_ms"}
    assert found["query"]["duration_ms"] == pytest.approx(5000, abs=20)
    (match,) = found["results"]
    assert set(match) == RESULT_FIELDS
    assert match["title"] == "春の海"
    assert match["artists"] == [{"name": "日本"}]
    assert match["db_begin_time_offset_ms"] == pytest.approx(7000, abs=50)
    assert match["play_offset_ms"] == pytest.approx(12_000, abs=50)
    assert 0.9 < match["score"] <= 1.0

    assert (nothing["status"], nothing["results"]) == ("ok", [])
    assert whole["results"][0]["title"] == "plain"
    assert whole["results"][0]["db_begin_time_offset_ms"] == pytest.approx(0, abs=50)


def test_people_see_title_artist_position_and_score(
    wavvy: Wavvy, library: Path, clip: Path
) -> None:
    done = wavvy("--data-dir", library, "identify", clip)
    assert (done.code, done.err) == (0, "")
    name, headline, facts = done.lines
    assert name.startswith(f"{clip}  5.0 s")
    assert headline == "  春の海 - 日本"
    assert re.fullmatch(r"  0:07 of 0:20   (9\d|100) %   \d+ landmarks matched", facts)


def test_no_match_is_an_answer(wavvy: Wavvy, library: Path, stranger: Path) -> None:
    done = wavvy("--data-dir", library, "identify", stranger)
    assert done.code == 0
    assert done.lines[1] == "  no match"
    assert "--min-score 0" in done.err
    assert done.errors == []


def test_min_score_0_shows_guesses_and_limit_bounds_them(
    wavvy: Wavvy, library: Path, stranger: Path
) -> None:
    ask = ("--data-dir", library, "identify", "--json", "--min-score", "0", stranger)
    guesses = wavvy(*ask).json[0]["results"]
    assert len(guesses) > 1
    assert [guess["score"] for guess in guesses] == sorted(
        (guess["score"] for guess in guesses), reverse=True
    )
    assert [guess["id"] for guess in wavvy(*ask, "--limit", "1").json[0]["results"]] == [
        guesses[0]["id"]
    ]


def test_explain_draws_a_picture(wavvy: Wavvy, library: Path, clip: Path, tmp_path: Path) -> None:
    picture = tmp_path / "wärum.png"
    done = wavvy("--data-dir", library, "identify", clip, "--explain", picture)
    assert done.code == 0
    assert "春の海" in done.out
    assert "peaks of the track are in the clip" in done.err
    assert str(picture) in done.err
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_explain_leaves_the_json_as_it_is(
    wavvy: Wavvy, library: Path, clip: Path, tmp_path: Path
) -> None:
    ask = ("--data-dir", library, "identify", "--json", clip)
    plain, explained = wavvy(*ask), wavvy(*ask, "--explain", tmp_path / "why.png")
    assert plain.json[0]["results"] == explained.json[0]["results"]
    assert set(plain.json[0]) == set(explained.json[0]) == {"file", "status", "query", "results"}
    assert (tmp_path / "why.png").exists()


def test_silence_can_be_explained(wavvy: Wavvy, library: Path, tmp_path: Path) -> None:
    silence = tmp_path / "still.wav"
    with wave.open(str(silence), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(48_000))
    refused = wavvy("--data-dir", library, "identify", silence)
    assert refused.code == 1
    done = wavvy("--data-dir", library, "identify", silence, "--explain", tmp_path / "why.png")
    assert (done.code, done.errors) == (0, [])
    assert "no match" in done.out
    assert "hardly a sound" in done.err
    assert (tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")


def test_explain_into_a_folder_that_is_not_there(
    wavvy: Wavvy, library: Path, clip: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "nowhere" / "why.png"
    done = wavvy("--data-dir", library, "identify", clip, "--explain", picture)
    assert done.code == 1
    assert "春の海" in done.out
    assert done.errors == [f"error: {picture}: No such file or directory"]


def test_error_for_people_is_one_line_on_stderr(
    wavvy: Wavvy, library: Path, clip: Path, tmp_path: Path
) -> None:
    text = tmp_path / "poem.txt"
    text.write_text("Shall I compare thee to a summer's day?")
    done = wavvy("--data-dir", library, "identify", text, clip)
    assert done.code == 1
    assert len(done.errors) == len(done.err.splitlines()) == 1
    assert "poem.txt" in done.errors[0]
    assert "春の海" in done.out


def test_an_empty_library_is_what_is_wrong(wavvy: Wavvy, tmp_path: Path) -> None:
    clip = tmp_path / "clip.wav"
    with wave.open(str(clip), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(range(256)) * 64)
    done = wavvy("--data-dir", tmp_path / "new", "identify", clip)
    assert done.code == 0
    assert "no match" in done.out
    assert "wavvy add" in done.err
