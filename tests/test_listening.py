from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.catalog.repository import Catalog
from wavvy.catalog.track import Track
from wavvy.errors import InvalidAudio
from wavvy.library import Wavvy
from wavvy.listening import LEAST_GUESS, Event, ListenSession, Matched, NoMatch, Progress

RATE = 16000
Samples = np.ndarray
Melody = Callable[..., Samples]
Record = Callable[..., Path]


def hear(session: ListenSession, samples: Samples, cuts: list[int] | None = None) -> list[Event]:
    events = []
    for start, stop in pairwise([0, *sorted(cuts or []), len(samples)]):
        events += session.push(samples[start:stop])
    return events


def answer(event: Event) -> dict[str, Any]:
    assert isinstance(event, Matched)
    return event.to_dict()["result"]


def test_clean_music_is_named_soon(shared: Wavvy, melody: Melody) -> None:
    heard = []
    for track_id in (1, 2, 3, 4, 5):
        samples = melody(track_id - 1, 24.0)
        for start in (0, 9, 15):
            *progress, last = hear(shared.listen(RATE), samples[start * RATE :][: 5 * RATE])
            assert all(isinstance(event, Progress) for event in progress)
            result = answer(last)
            assert result["id"] == track_id
            # A second is little to go by: it is placed more coarsely than a clip of five.
            now = 1000 * start + last.elapsed_ms
            assert result["play_offset_ms"] == pytest.approx(now, abs=100)
            heard.append(last.elapsed_ms)
    assert np.median(heard) <= 2500
    assert max(heard) <= 4000


def test_progress_tells_of_time_peaks_and_the_best_guess(shared: Wavvy, track: Samples) -> None:
    session = shared.listen(RATE)
    events = hear(session, track[: 4 * RATE], list(range(0, 4 * RATE, 1600)))
    progress = [event for event in events if isinstance(event, Progress)]
    assert progress == events[:-1]
    times = [event.elapsed_ms for event in progress]
    assert times == [1000 + 250 * i for i in range(len(times))]
    peaks = [peak for event in progress for peak in event.landmarks]
    assert len(peaks) > 30
    assert len(set(peaks)) == len(peaks)
    assert peaks == sorted(peaks)
    assert max(time for time, _ in peaks) <= times[-1]
    assert progress[-1].best is not None
    assert progress[-1].best[0] == "Tune 2"
    assert answer(events[-1])["title"] == "Tune 2"
    assert events[-1].elapsed_ms == times[-1]


def test_messages_are_those_of_the_contract(shared: Wavvy, track: Samples) -> None:
    *progress, matched = [event.to_dict() for event in hear(shared.listen(RATE), track)]
    for message in progress:
        assert set(message) == {"type", "elapsed_ms", "landmarks", "best"}
        assert message["type"] == "progress"
        assert all(type(t) is type(hertz) is int for t, hertz in message["landmarks"])
    assert set(progress[-1]["best"]) == {"title", "score"}
    assert set(matched) == {"type", "elapsed_ms", "result"}
    assert (matched["type"], matched["result"]["id"]) == ("match", 3)
    assert NoMatch(3000).to_dict() == {"type": "no_match", "elapsed_ms": 3000}
    assert json.loads(json.dumps([*progress, matched])) == [*progress, matched]


@pytest.mark.parametrize("seed", [2, 100])
@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(0, 3 * 44100), max_size=8))
def test_events_do_not_depend_on_how_the_stream_was_cut(
    shared: Wavvy, melody: Melody, seed: int, cuts: list[int]
) -> None:
    mono = melody(seed, 3.0, 44100)
    samples = np.stack((mono, 0.5 * mono), axis=1)
    whole, cut = shared.listen(44100, 2), shared.listen(44100, 2)
    expected = [*hear(whole, samples), *whole.finish()]
    assert [*hear(cut, samples, cuts), *cut.finish()] == expected
    assert isinstance(expected[-1], Matched if seed == 2 else NoMatch)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_a_stream_of_any_rate(shared: Wavvy, melody: Melody, rate: int) -> None:
    events = hear(shared.listen(rate), melody(2, 5.0, rate), list(range(0, 5 * rate, 4096)))
    assert answer(events[-1])["id"] == 3


def test_nothing_follows_the_answer(shared: Wavvy, track: Samples) -> None:
    session = shared.listen(RATE)
    assert isinstance(hear(session, track[: 5 * RATE])[-1], Matched)
    assert session.push(track) == []
    assert session.finish() == []
    assert session.finish() == []
    assert session.push(track) == []


def test_unknown_music_ends_without_a_match(shared: Wavvy, melody: Melody) -> None:
    session = shared.listen(RATE)
    events = hear(session, melody(100, 12.0))
    assert events
    assert all(isinstance(event, Progress) for event in events)
    assert session.finish() == [NoMatch(12_000)]
    assert session.finish() == []
    assert session.push(melody(2, 5.0)) == []


def test_a_guess_is_looked_up_once_however_often_it_comes(
    shared: Wavvy, melody: Melody, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    look_up = Catalog.tracks_by_id

    def noted(catalog: Catalog, ids: Iterable[int]) -> dict[int, Track]:
        wanted = list(ids)
        asked.extend(wanted)
        return look_up(catalog, wanted)

    monkeypatch.setattr(Catalog, "tracks_by_id", noted)
    monkeypatch.setattr("wavvy.listening.LEAST_GUESS", 0.0)
    events = hear(shared.listen(RATE), melody(150, 9.0))
    guesses = [event.best for event in events if isinstance(event, Progress) and event.best]
    assert len(guesses) > 5
    assert len(asked) == len({title for title, _ in guesses}) < len(guesses)


def test_a_guess_that_is_hardly_one_is_not_told(
    shared: Wavvy, melody: Melody, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> list[float]:
        events = hear(shared.listen(RATE), melody(150, 9.0))
        return [event.best[1] for event in events if isinstance(event, Progress) and event.best]

    few = told()
    monkeypatch.setattr("wavvy.listening.LEAST_GUESS", 0.0)
    assert few == [score for score in told() if score >= LEAST_GUESS] != told()


def test_the_end_of_a_short_stream_may_bring_the_answer(shared: Wavvy, track: Samples) -> None:
    # A stream that goes on asks for more evidence than one that has ended.
    for milliseconds in range(1000, 3000, 125):
        session = shared.listen(RATE)
        samples = track[5 * RATE :][: RATE * milliseconds // 1000]
        before = hear(session, samples)
        after = session.finish()
        if after and isinstance(after[-1], Matched):
            assert not any(isinstance(event, Matched) for event in before)
            assert after[-1].elapsed_ms == milliseconds
            assert answer(after[-1])["id"] == 3
            return
    pytest.fail("no stream was answered at its end")


@pytest.mark.parametrize("samples", [0, 1, 3, 2000])
def test_next_to_nothing_ends_without_a_match(shared: Wavvy, samples: int) -> None:
    session = shared.listen(44100, 2)
    assert session.push(np.zeros((samples, 2), np.float32)) == []
    assert session.finish() == [NoMatch(round(samples / 44.1))]
    assert session.finish() == []


def test_silence_ends_without_a_match(shared: Wavvy) -> None:
    session = shared.listen(48000)
    events = hear(session, np.zeros(3 * 48000, np.float32))
    assert events
    assert all(e.landmarks == [] and e.best is None for e in events if isinstance(e, Progress))
    assert session.finish() == [NoMatch(3000)]


def test_music_after_silence_is_placed_rightly(shared: Wavvy, track: Samples) -> None:
    silence = np.zeros(30 * RATE, np.float32)
    events = hear(shared.listen(RATE), np.concatenate((silence, track[4 * RATE :])))
    result = answer(events[-1])
    assert result["id"] == 3
    assert result["play_offset_ms"] == pytest.approx(events[-1].elapsed_ms - 30_000 + 4000, abs=50)


def test_a_track_that_is_removed_meanwhile_is_not_named(
    library: Wavvy, melody: Melody, track: Samples
) -> None:
    gone, kept = library.listen(RATE), library.listen(RATE)
    for session in (gone, kept):
        assert hear(session, melody(101, 1.5))
    library.remove(3)
    events = [*hear(gone, track[: 5 * RATE]), *gone.finish()]
    assert events[-1] == NoMatch(6500)
    assert all(e.best is None or e.best[0] != "Tune 2" for e in events if isinstance(e, Progress))
    assert answer(hear(kept, melody(3, 5.0))[-1])["id"] == 4


def test_a_track_that_is_removed_between_search_and_answer_is_not_named(
    shared: Wavvy, track: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracks_by_id = Catalog.tracks_by_id

    def without_3(self: Catalog, ids: list[int]) -> dict[int, Track]:
        return tracks_by_id(self, [i for i in ids if i != 3])

    monkeypatch.setattr(Catalog, "tracks_by_id", without_3)
    session = shared.listen(RATE)
    events = hear(session, track[: 4 * RATE])
    assert all(isinstance(event, Progress) and event.best is None for event in events[-4:])
    assert session.finish() == [NoMatch(4000)]


def test_a_track_that_is_only_left_in_the_index_hides_no_other(
    library: Wavvy, record: Record, track: Samples, tmp_path: Path
) -> None:
    library.add(record(tmp_path / "twice.wav", 0.8 * track))
    clip = track[7 * RATE : 12 * RATE]
    first, second = (result.track.id for result in library.identify(clip, RATE).results)
    library.catalog.remove_track(first)
    events = hear(library.listen(RATE), clip)
    assert answer(events[-1])["id"] == second
    assert events[-1].elapsed_ms < 5000


@pytest.mark.parametrize(
    "samples",
    [
        np.array([0.0, np.nan], np.float32),
        np.array([0.0, np.inf], np.float32),
        np.zeros((10, 2), np.float32),
        np.zeros((1, 1, 1), np.float32),
    ],
)
def test_senseless_samples_are_refused_and_the_stream_goes_on(
    shared: Wavvy, track: Samples, samples: Samples
) -> None:
    session = shared.listen(RATE)
    hear(session, track[:RATE])
    with pytest.raises(InvalidAudio):
        session.push(samples)
    assert answer(hear(session, track[RATE : 5 * RATE])[-1])["id"] == 3


@pytest.mark.parametrize(
    ("rate", "channels"), [(999, 1), (384_001, 1), (0, 1), (RATE, 0), (RATE, 33), (RATE, 65_535)]
)
def test_a_senseless_stream_is_refused(shared: Wavvy, rate: int, channels: int) -> None:
    with pytest.raises(InvalidAudio):
        shared.listen(rate, channels)
