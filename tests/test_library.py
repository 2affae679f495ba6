"""Recognising clips, and looking after a library. What adding does is tested in ``ingest``."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wavvy
from wavvy.demo import PIECES, SAMPLE_RATE, noisy_clip
from wavvy.demo.encode import write_flac
from wavvy.demo.render import render_piece
from wavvy.errors import (
    InvalidAudio,
    NoAudio,
    NotFound,
    UnreadableFile,
    UnsupportedMedia,
)
from wavvy.library import Wavvy
from wavvy.recognition import Recognition

RATE = 16000
Samples = np.ndarray
Melody = Callable[..., Samples]
Record = Callable[..., Path]


def ids(answer: Recognition) -> list[int]:
    return [result.track.id for result in answer.results]


def only(answer: Recognition) -> dict[str, Any]:
    (result,) = answer.to_dict()["results"]
    return dict(result)


def assert_found(answer: Recognition, *, begin_ms: int = 7000, end_ms: int = 12_000) -> None:
    result = only(answer)
    assert (result["id"], result["title"]) == (3, "Tune 2")
    assert result["score"] > 0.99
    begin = result["db_begin_time_offset_ms"] - result["sample_begin_time_offset_ms"]
    assert begin == pytest.approx(begin_ms, abs=50)
    assert result["play_offset_ms"] == pytest.approx(end_ms, abs=50)


# Recognising


def test_a_file_is_recognised(shared: Wavvy, record: Record, clip: Samples, tmp_path: Path) -> None:
    path = record(tmp_path / "ein Ordner" / "Ausschnitt – 春の海.wav", clip)
    for source in (path, str(path), io.BytesIO(path.read_bytes())):
        assert_found(shared.identify(source))
    with path.open("rb") as file:
        assert_found(shared.identify(file))
        assert not file.closed


@pytest.mark.parametrize(
    "convert",
    [
        lambda clip: clip,
        lambda clip: clip.astype(np.float64),
        lambda clip: (clip * 32767).astype(np.int16),
        lambda clip: (clip * 2**31 * 0.9).astype(np.int32),
        lambda clip: np.stack((clip, clip), axis=1),
        lambda clip: np.stack((clip, np.zeros_like(clip)), axis=1),
        lambda clip: clip[::-1][::-1],
        lambda clip: 1e-3 * clip,
        lambda clip: clip + np.float32(0.3),
    ],
    ids=[
        "float32", "float64", "int16", "int32", "stereo", "left", "strided", "faint", "offset"
    ],
)  # fmt: skip
def test_samples_of_any_kind_are_recognised(
    shared: Wavvy, clip: Samples, convert: Callable[[Samples], Samples]
) -> None:
    assert_found(shared.identify(convert(clip), RATE))


@pytest.mark.parametrize("rate", [8000, 11025, 12345, 44100, 96000])
def test_samples_at_any_rate_are_recognised(shared: Wavvy, melody: Melody, rate: int) -> None:
    assert_found(shared.identify(melody(2, 12.0, rate)[7 * rate :], np.int64(rate)))


def test_the_answer_is_what_the_contract_says(shared: Wavvy, clip: Samples) -> None:
    answer = shared.identify(clip, RATE).to_dict()
    assert list(answer) == ["status", "query", "results"]
    assert answer["status"] == "ok"
    query = answer["query"]
    assert list(query) == ["id", "duration_ms", "landmarks", "took_ms"]
    assert query["duration_ms"] == 5000
    assert all(type(query[name]) is int for name in ("duration_ms", "landmarks", "took_ms"))
    (result,) = answer["results"]
    whole = [name for name in result if name.endswith("_ms")] + ["id", "matched_landmarks"]
    assert all(type(result[name]) is int for name in whole)
    assert type(result["score"]) is float
    assert result["artists"] == [{"name": "Artist 2"}]
    assert Path(result["file"]).name == "Artist 2 - Tune 2.wav"
    assert 0 < result["matched_landmarks"] <= query["landmarks"]


def test_other_music_is_not_recognised(shared: Wavvy, melody: Melody) -> None:
    for seed in range(100, 110):
        answer = shared.identify(melody(seed, 5.0), RATE)
        assert answer.results == []
        assert answer.landmarks > 500


def test_the_best_guesses_can_be_asked_for(shared: Wavvy, melody: Melody) -> None:
    answer = shared.identify(melody(100, 5.0), RATE, min_score=0)
    assert len(answer.results) > 1
    scores = [result.match.score for result in answer.results]
    assert scores == sorted(scores, reverse=True)
    threshold = shared.recognizer.calibration.threshold
    assert all(score < threshold for score in scores)
    assert len(shared.identify(melody(100, 5.0), RATE, min_score=0, limit=1).results) == 1


def test_a_threshold_of_ones_own(shared: Wavvy, clip: Samples) -> None:
    (result,) = shared.identify(clip, RATE, min_score=0.999).results
    assert result.match.score >= 0.999
    assert shared.identify(clip, RATE, min_score=1.1).results == []


def test_music_in_noise_is_recognised(empty: Wavvy, tmp_path: Path) -> None:
    for number in (4, 14):
        path = tmp_path / f"{number}.flac"
        tags = {"title": PIECES[number].title}
        write_flac(path, render_piece(PIECES[number])[:, : 20 * SAMPLE_RATE], SAMPLE_RATE, tags)
        assert empty.add(path).status == "added"
    noisy = noisy_clip(tmp_path / "14.flac", start_ms=8000, duration_ms=6000)
    result = only(empty.identify(noisy, SAMPLE_RATE))
    assert result["title"] == PIECES[14].title


def test_a_clip_from_the_very_start_and_the_very_end(shared: Wavvy, track: Samples) -> None:
    assert_found(shared.identify(track[: 5 * RATE], RATE), begin_ms=0, end_ms=5000)
    assert_found(shared.identify(track[-5 * RATE :], RATE), begin_ms=19_000, end_ms=24_000)


def test_a_clip_that_runs_past_the_end_of_the_track(shared: Wavvy, track: Samples) -> None:
    faint = 1e-3 * np.random.default_rng(0).standard_normal(3 * RATE).astype(np.float32)
    answer = shared.identify(np.concatenate((track[-5 * RATE :], faint)), RATE)
    assert_found(answer, begin_ms=19_000, end_ms=24_000)
    assert only(answer)["sample_end_time_offset_ms"] == pytest.approx(5000, abs=50)


def test_a_clip_that_begins_before_the_track(shared: Wavvy, track: Samples) -> None:
    faint = 1e-3 * np.random.default_rng(0).standard_normal(3 * RATE).astype(np.float32)
    result = only(shared.identify(np.concatenate((faint, track[: 5 * RATE])), RATE))
    assert result["db_begin_time_offset_ms"] == 0
    assert result["sample_begin_time_offset_ms"] == pytest.approx(3000, abs=50)
    assert result["play_offset_ms"] == pytest.approx(5000, abs=50)


def test_music_in_the_middle_of_a_long_recording(
    shared: Wavvy, melody: Melody, track: Samples
) -> None:
    recording = np.concatenate((melody(200, 33.0), track[: 20 * RATE], melody(201, 27.0)))
    result = only(shared.identify(recording, RATE))
    assert result["id"] == 3
    begin = result["sample_begin_time_offset_ms"] - result["db_begin_time_offset_ms"]
    assert begin == pytest.approx(33_000, abs=50)
    assert 32_950 <= result["sample_begin_time_offset_ms"] < 53_000


def test_the_play_offset_of_a_long_clip_is_at_its_end(shared: Wavvy, track: Samples) -> None:
    assert_found(shared.identify(track[2 * RATE : 23 * RATE], RATE), begin_ms=2000, end_ms=23_000)


def test_the_surest_window_of_a_long_clip_decides(
    shared: Wavvy, melody: Melody, track: Samples
) -> None:
    # Of the first ten seconds only the last second is the track's.
    recording = np.concatenate((melody(202, 8.5), track[: 12 * RATE], melody(203, 12.0)))
    threshold = shared.recognizer.calibration.threshold
    sure = shared.identify(recording, RATE).results[0].match
    assert sure.track_id == 3
    assert sure.score > threshold
    again = shared.identify(recording, RATE, min_score=sure.score).results
    assert [result.match for result in again] == [sure]


def test_the_guesses_of_a_long_clip_are_not_those_of_its_silent_end(
    shared: Wavvy, melody: Melody
) -> None:
    recording = np.concatenate((melody(204, 10.0), np.zeros(15 * RATE, np.float32)))
    assert shared.identify(recording, RATE, min_score=0).results


def test_a_recording_under_two_titles_gives_two_results(
    library: Wavvy, record: Record, track: Samples, clip: Samples, tmp_path: Path
) -> None:
    quieter = record(tmp_path / "Artist 2 - Tune 2 (Greatest Hits).wav", 0.8 * track)
    assert library.add(quieter).track_id == 6
    assert sorted(ids(library.identify(clip, RATE))) == [3, 6]
    assert len(ids(library.identify(clip, RATE, limit=1))) == 1


def test_many_threads_recognise_at_once(shared: Wavvy, melody: Melody, clip: Samples) -> None:
    answers: dict[int, list[int]] = {}

    def ask(track: int) -> None:
        samples = melody(track - 1, 12.0)[7 * RATE :]
        answers[track] = [i for _ in range(3) for i in ids(shared.identify(samples, RATE))]

    threads = [threading.Thread(target=ask, args=(track,)) for track in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {track: [track] * 3 for track in (1, 2, 3, 4)}


# Bad clips


@pytest.mark.parametrize("samples", [0, 3, round(0.25 * RATE)])
def test_less_than_a_window_is_refused(
    shared: Wavvy, record: Record, clip: Samples, tmp_path: Path, samples: int
) -> None:
    with pytest.raises(InvalidAudio, match=r"the clip is \d+ ms long; at least 256 ms"):
        shared.identify(clip[:samples], RATE)
    if samples:
        path = record(tmp_path / "short.wav", clip[:samples])
        with pytest.raises(InvalidAudio, match=r"short\.wav is \d+ ms long; at least 256 ms"):
            shared.identify(path)
        with path.open("rb") as file, pytest.raises(InvalidAudio, match=r"short\.wav is"):
            shared.identify(file)


def test_a_window_is_enough(shared: Wavvy, clip: Samples) -> None:
    answer = shared.identify(clip[: round(0.257 * RATE)], RATE)
    assert answer.duration_ms == 257


@pytest.mark.parametrize("level", [0.0, 0.25])
def test_silence_is_not_music(shared: Wavvy, record: Record, tmp_path: Path, level: float) -> None:
    silence = np.full(3 * RATE, level, np.float32)
    with pytest.raises(NoAudio, match="the clip holds only silence"):
        shared.identify(silence, RATE // 2)
    with pytest.raises(NoAudio, match=r"still\.wav holds only silence"):
        shared.identify(record(tmp_path / "still.wav", silence, RATE // 2))


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.array([0.0, np.nan] * 4000), 8000),
        (np.array([0.0, np.inf] * 4000), 8000),
        (np.zeros(8000), None),
        (np.zeros(8000), 0),
        (np.zeros(8000), -8000),
        (np.zeros(8000), 1_000_000),
        (np.zeros((8000, 33)), 8000),
        (np.zeros((2, 65_535)), 8000),
        (np.zeros((10, 10, 10)), 8000),
        (np.zeros(8000, np.complex64), 8000),
        (np.zeros(8000, bool), 8000),
    ],
)
def test_senseless_samples_are_refused(shared: Wavvy, samples: Samples, rate: int | None) -> None:
    with pytest.raises(InvalidAudio):
        shared.identify(samples, rate)


def test_files_that_are_no_audio_are_refused(shared: Wavvy, tmp_path: Path) -> None:
    text = tmp_path / "lyrics.txt"
    text.write_text("la la la\n" * 500)
    with pytest.raises(UnsupportedMedia, match=r"lyrics\.txt"):
        shared.identify(text)
    with pytest.raises(UnreadableFile, match=r"gone\.mp3"):
        shared.identify(tmp_path / "gone.mp3")
    with pytest.raises(UnreadableFile, match="folder"):
        shared.identify(tmp_path)
    with pytest.raises(NoAudio, match="empty"):
        shared.identify(io.BytesIO())


# The catalogue


def test_tracks_are_listed_and_searched(shared: Wavvy) -> None:
    assert [track.id for track in shared.tracks()] == [1, 2, 3, 4, 5]
    assert [track.id for track in shared.tracks(limit=2, after_id=2)] == [3, 4]
    assert [track.title for track in shared.tracks("tune 4")] == ["Tune 4"]
    assert shared.tracks("nothing of that name") == []
    track = shared.track(2)
    assert (track.title, track.artists, track.duration_ms) == ("Tune 1", ("Artist 1",), 24_000)


def test_a_track_that_is_not_there(shared: Wavvy) -> None:
    with pytest.raises(NotFound, match="no track 99"):
        shared.track(99)
    with pytest.raises(NotFound, match="no track 99"):
        shared.remove(99)


def test_a_removed_track_never_comes_back(library: Wavvy, data: Path, clip: Samples) -> None:
    library.remove(3)
    assert library.identify(clip, RATE).results == []
    library.merge_index()
    assert library.identify(clip, RATE).results == []
    assert library.rebuild_index() == 4
    assert library.identify(clip, RATE).results == []
    with wavvy.open(data) as other:
        assert other.identify(clip, RATE, min_score=0.9).results == []
        assert [track.id for track in other.tracks()] == [1, 2, 4, 5]
        assert other.verify_index() == []
    with pytest.raises(NotFound):
        library.remove(3)


def test_a_removed_track_is_new_when_it_is_added_again(
    library: Wavvy, album: list[Path], clip: Samples
) -> None:
    library.remove(3)
    outcome = library.add(album[2])
    assert (outcome.status, outcome.track_id) == ("added", 6)
    assert ids(library.identify(clip, RATE)) == [6]


def test_a_track_that_is_only_left_in_the_index_takes_no_place(
    library: Wavvy, record: Record, track: Samples, clip: Samples, tmp_path: Path
) -> None:
    library.add(record(tmp_path / "twice.wav", 0.8 * track))
    first, second = ids(library.identify(clip, RATE))
    library.catalog.remove_track(first)
    assert ids(library.identify(clip, RATE, limit=1)) == [second]
    (problem,) = library.verify_index()
    assert "lacks 0 tracks" in problem
    assert "holds 1" in problem
    assert "wavvy index rebuild" in problem


def test_what_one_process_changes_another_sees(
    library: Wavvy, data: Path, record: Record, melody: Melody, clip: Samples, tmp_path: Path
) -> None:
    with wavvy.open(data) as other:
        other.add(record(tmp_path / "new.wav", melody(50, 20.0)))
        assert ids(library.identify(melody(50, 12.0)[7 * RATE :], RATE)) == [6]
        other.remove(3)
        assert library.identify(clip, RATE).results == []


def test_the_size_of_a_library(library: Wavvy, data: Path) -> None:
    stats = library.stats().to_dict()
    assert set(stats) == {"tracks", "duration_ms", "index", "fingerprint_bytes", "catalog_bytes"}
    assert (stats["tracks"], stats["duration_ms"]) == (5, 5 * 24_000)
    assert stats["index"]["tracks"] == 5
    assert stats["index"]["segments"] == 1
    assert stats["index"]["tombstones"] == 0
    assert 5000 < stats["index"]["postings"] < 50_000
    assert stats["index"]["bytes"] == sum(f.stat().st_size for f in data.glob("index/*.seg"))
    assert 1000 < stats["fingerprint_bytes"] < stats["catalog_bytes"]
    library.remove(1)
    assert library.stats().to_dict()["index"]["tombstones"] == 1


def test_small_segments_are_merged(
    library: Wavvy, record: Record, melody: Melody, clip: Samples, tmp_path: Path
) -> None:
    for seed in (60, 61):
        library.add(record(tmp_path / f"{seed}.wav", melody(seed, 5.0)))
    assert library.stats().index.segments == 3
    assert library.merge_index() == 2
    assert library.merge_index() == 0
    assert ids(library.identify(clip, RATE)) == [3]


def test_small_segments_are_merged_by_themselves_when_nothing_has_changed_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
    record: Record,
    melody: Melody,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("wavvy.upkeep.RESTING_SECONDS", 0.5)
    with wavvy.open(tmp_path / "data") as library:
        for seed in (60, 61):
            library.add(record(tmp_path / f"{seed}.wav", melody(seed, 5.0)))
        deadline = time.monotonic() + 30
        while library.stats().index.segments > 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        stats = library.stats().index
        assert (stats.segments, stats.tracks) == (1, 2)


def test_warming_up_leaves_no_trace(library: Wavvy, clip: Samples) -> None:
    before = library.stats()
    library.warm_up()
    assert library.stats() == before
    assert ids(library.identify(clip, RATE)) == [3]
