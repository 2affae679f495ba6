"""Recognition at its edges; what everybody does first is tested in ``test_library``."""

from __future__ import annotations

import math
import re
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.errors import InvalidAudio, NoAudio
from wavvy.library import Wavvy
from wavvy.recognition import Recognition

RATE = 16000
Samples = np.ndarray
Melody = Callable[..., Samples]
Record = Callable[..., Path]


def results(answer: Recognition) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.to_dict()["results"]
    return found


@settings(max_examples=15, deadline=None)
@given(start=st.integers(0, 18 * RATE), length=st.integers(3 * RATE, 6 * RATE))
def test_the_place_is_right_wherever_the_clip_was_cut(
    shared: Wavvy, track: Samples, start: int, length: int
) -> None:
    clip = track[start : start + length]
    (result,) = results(shared.identify(clip, RATE))
    assert result["id"] == 3
    begin = result["db_begin_time_offset_ms"] - result["sample_begin_time_offset_ms"]
    assert begin == pytest.approx(1000 * start / RATE, abs=50)
    assert result["play_offset_ms"] == pytest.approx(1000 * (start + clip.size) / RATE, abs=50)
    compared = result["sample_end_time_offset_ms"] - result["sample_begin_time_offset_ms"]
    in_track = result["db_end_time_offset_ms"] - result["db_begin_time_offset_ms"]
    assert 0 < compared == in_track
    assert result["sample_end_time_offset_ms"] <= math.ceil(1000 * clip.size / RATE)
    assert result["db_end_time_offset_ms"] <= result["duration_ms"]


@pytest.mark.parametrize("rate", [22050, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_long_file_counts_from_its_beginning_to_its_end(
    shared: Wavvy, melody: Melody, tmp_path: Path, rate: int, channels: int
) -> None:
    """Decoded in blocks: 22 s of another tune, then the track from its 2nd to its 16th second."""
    samples = np.concatenate((melody(300, 22.0, rate), melody(2, 16.0, rate)[2 * rate :]))
    path = tmp_path / "Aufnahme 1 – ночь.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        frames = (samples.clip(-1, 1) * 32767).astype("<i2")
        file.writeframes(np.repeat(frames, channels).tobytes())
    answer = shared.identify(path)
    assert answer.duration_ms == 36_000
    (result,) = results(answer)
    assert result["id"] == 3
    assert result["play_offset_ms"] == pytest.approx(16_000, abs=50)
    assert shared.identify(str(path)).results == answer.results


def test_a_file_and_its_samples_have_one_answer(
    shared: Wavvy, record: Record, track: Samples, tmp_path: Path
) -> None:
    clip = track[3 * RATE : 20 * RATE]
    path = record(tmp_path / "clip.wav", clip)
    samples = (clip.clip(-1, 1) * 32767).astype(np.int16)
    (from_file,), (from_samples,) = (
        results(shared.identify(path)),
        results(shared.identify(samples, RATE)),
    )
    assert from_file == from_samples


def test_the_same_recording_with_a_little_cut_off_is_found_under_both_titles(
    library: Wavvy, record: Record, track: Samples, tmp_path: Path
) -> None:
    trimmed = track[round(0.037 * RATE) :]
    outcome = library.add(record(tmp_path / "Artist 2 - Tune 2 (2009 Remaster).wav", trimmed))
    assert (outcome.status, outcome.track_id) == ("added", 6)
    found = results(library.identify(track[7 * RATE : 12 * RATE], RATE))
    places = {result["id"]: result["db_begin_time_offset_ms"] for result in found}
    assert places == {3: pytest.approx(7000, abs=50), 6: pytest.approx(6963, abs=50)}
    assert {result["title"] for result in found} == {"Tune 2", "Tune 2 (2009 Remaster)"}
    assert len(library.identify(track[7 * RATE : 12 * RATE], RATE, limit=1).results) == 1


def test_the_first_of_a_limit_is_the_first_of_all(shared: Wavvy, melody: Melody) -> None:
    clip = melody(100, 5.0)
    every = [r.match for r in shared.identify(clip, RATE, min_score=0).results]
    assert len(every) == 5
    for limit in (1, 3, 5, 50):
        some = shared.identify(clip, RATE, min_score=0, limit=limit).results
        assert [r.match for r in some] == every[:limit]


def test_guesses_are_placed_within_their_tracks(shared: Wavvy, melody: Melody) -> None:
    for seed in range(110, 116):
        for guess in results(shared.identify(melody(seed, 12.0), RATE, min_score=0)):
            assert 0 <= guess["db_begin_time_offset_ms"] <= guess["db_end_time_offset_ms"]
            assert guess["db_end_time_offset_ms"] <= guess["duration_ms"]
            assert 0 <= guess["play_offset_ms"] <= guess["duration_ms"]
            assert guess["sample_begin_time_offset_ms"] >= 0
            assert guess["sample_end_time_offset_ms"] <= 12_000
            assert 0 <= guess["score"] < 1


@pytest.mark.parametrize("milliseconds", [257, 300, 512, 999])
def test_a_fraction_of_a_second_is_no_error(
    shared: Wavvy, track: Samples, milliseconds: int
) -> None:
    clip = track[8 * RATE :][: RATE * milliseconds // 1000]
    answer = shared.identify(clip, RATE)
    assert answer.duration_ms == milliseconds
    assert all(result["id"] == 3 for result in results(answer))


def tones(kind: str) -> Samples:
    time = np.arange(12 * RATE) / RATE
    random = np.random.default_rng(7)
    signals = {
        "sine": np.sin(2 * np.pi * 440 * time),
        "square": np.sign(np.sin(2 * np.pi * 220 * time)),
        "sweep": np.sin(2 * np.pi * (200 + 100 * time) * time),
        "tremolo": np.sin(2 * np.pi * 440 * time) * (1 + np.sin(2 * np.pi * 4 * time)),
        "hum": np.sin(2 * np.pi * 50 * time) + 0.3 * np.sin(2 * np.pi * 150 * time),
        "noise": random.standard_normal(time.size),
        "bursts": random.standard_normal(time.size) * (time % 0.5 < 0.1),
        "clicks": np.where(np.arange(time.size) % (RATE // 2) == 0, 1.0, 0.0),
    }
    return (0.5 * signals[kind]).astype(np.float32)


@pytest.mark.parametrize(
    "kind", ["sine", "square", "sweep", "tremolo", "hum", "noise", "bursts", "clicks"]
)
def test_what_is_no_music_matches_nothing(shared: Wavvy, kind: str) -> None:
    assert shared.identify(tones(kind), RATE).results == []
    session = shared.listen(RATE)
    messages = [event.to_dict() for event in [*session.push(tones(kind)), *session.finish()]]
    assert [message["type"] for message in messages if message["type"] != "progress"] == [
        "no_match"
    ]


def test_the_wrong_way_round_and_overloaded_it_is_still_the_track(
    shared: Wavvy, track: Samples
) -> None:
    clip = track[7 * RATE : 12 * RATE]
    for heard in (-clip, np.clip(20 * clip, -1, 1)):
        (result,) = results(shared.identify(heard, RATE))
        assert result["id"] == 3
        assert result["db_begin_time_offset_ms"] == pytest.approx(7000, abs=50)


def test_backwards_it_is_another(shared: Wavvy, track: Samples) -> None:
    assert shared.identify(track[7 * RATE : 12 * RATE][::-1], RATE).results == []


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_sample_that_is_no_number_is_refused(shared: Wavvy, track: Samples, bad: float) -> None:
    clip = track[: 5 * RATE].copy()
    clip[-1] = bad
    with pytest.raises(InvalidAudio, match="NaN, infinite"):
        shared.identify(clip, RATE)


def test_silence_is_refused_however_long(shared: Wavvy) -> None:
    for seconds in (0.3, 1, 25):
        for samples in (
            np.zeros(round(seconds * 44100), np.int16),
            np.full((round(seconds * 44100), 2), 128, np.uint8),
        ):
            with pytest.raises(NoAudio, match="only silence"):
                shared.identify(samples, 44100)


def test_each_answer_has_an_id_of_its_own_that_sorts(shared: Wavvy, track: Samples) -> None:
    ids = [shared.identify(track[: 3 * RATE], RATE).query_id for _ in range(3)]
    assert all(re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", query_id) for query_id in ids)
    assert ids == sorted(set(ids), key=lambda query_id: query_id[:10])
    assert len(set(ids)) == 3


def test_an_empty_library_knows_nothing(empty: Wavvy, track: Samples) -> None:
    answer = empty.identify(track[: 5 * RATE], RATE, min_score=0)
    assert answer.results == []
    assert answer.landmarks > 100
