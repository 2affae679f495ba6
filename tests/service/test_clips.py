from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wavvy.errors import InvalidAudio
from wavvy.history.recorder import History
from wavvy.library import Wavvy
from wavvy.service.cache import Cache
from wavvy.service.clips import Clips, Options

Samples = np.ndarray


@pytest.fixture
def cache() -> Cache:
    return Cache()


@pytest.fixture
def clips(library: Wavvy, cache: Cache) -> Clips:
    return Clips(library, History(library.catalog.history, 30), cache)


@pytest.fixture
def clip_file(record: Callable[..., Path], clip: Samples, tmp_path: Path) -> Path:
    return record(tmp_path / "clip.wav", clip)


def test_a_clip_sent_again_gets_the_same_answer_from_the_cache(
    clips: Clips, cache: Cache, library: Wavvy, clip_file: Path
) -> None:
    first = clips.identify(clip_file, "clip.wav", Options(60)).to_dict()
    again = clips.identify(clip_file, "again.wav", Options(60)).to_dict()
    assert cache.stats()[:2] == (1, 1)
    assert first["results"][0]["title"] == "Tune 2"
    assert again["results"] == first["results"]
    assert again["query"]["id"] != first["query"]["id"]
    for field in ("duration_ms", "landmarks"):
        assert again["query"][field] == first["query"][field]
    direct = library.identify(clip_file).to_dict()
    assert [r["id"] for r in direct["results"]] == [r["id"] for r in first["results"]]


def test_a_change_of_the_library_counts_at_once(
    clips: Clips, library: Wavvy, clip_file: Path, album: list[Path]
) -> None:
    (result,) = clips.identify(clip_file, "clip.wav", Options(60)).results
    library.edit(result.track.id, {"title": "Renamed"})
    (result,) = clips.identify(clip_file, "clip.wav", Options(60)).results
    assert result.track.title == "Renamed"
    library.remove(result.track.id)
    assert clips.identify(clip_file, "clip.wav", Options(60)).results == []
    added = library.add(album[2])
    (result,) = clips.identify(clip_file, "clip.wav", Options(60)).results
    assert result.track.id == added.track_id


def test_another_question_is_not_the_same(
    clips: Clips, cache: Cache, clip_file: Path, record: Callable[..., Path], clip: Samples
) -> None:
    other = record(clip_file.with_name("other.wav"), clip[100:])
    for file, options in (
        (clip_file, Options(60)),
        (clip_file, Options(60, limit=1)),
        (clip_file, Options(60, min_score=0.5)),
        (clip_file, Options(2)),
        (other, Options(60)),
    ):
        clips.identify(file, "clip.wav", options)
    explained = clips.identify(clip_file, "clip.wav", Options(60, explain=True))
    assert explained.explanation is not None
    assert cache.stats()[:2] == (0, 5)


def test_what_cannot_be_recognised_is_told_each_time(
    clips: Clips, tmp_path: Path, record: Callable[..., Path]
) -> None:
    short = record(tmp_path / "short.wav", np.ones(100, np.float32))
    for _ in range(2):
        with pytest.raises(InvalidAudio):
            clips.identify(short, "short.wav", Options(60))


def test_the_history_keeps_each_time(clips: Clips, library: Wavvy, clip_file: Path) -> None:
    for _ in range(2):
        clips.identify(clip_file, "clip.wav", Options(60))
    clips.identify(clip_file, "clip.wav", Options(60, remember=False))
    assert clips._history.settle(20)
    assert library.catalog.history.clear() == 2
