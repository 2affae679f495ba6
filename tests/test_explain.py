from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from wavvy.catalog.track import TrackTags
from wavvy.errors import InvalidAudio, UnreadableFile
from wavvy.explain import draw, explain
from wavvy.library import Wavvy

RATE = 16000
Samples = np.ndarray
Melody = Callable[..., Samples]
Record = Callable[..., Path]
Save = Callable[..., Path]


@pytest.fixture
def save(melody: Melody, record: Record, tmp_path: Path) -> Save:
    """Give a function that writes a clip of a tune."""

    def write(seed: int, start: float, stop: float, name: str = "clip.wav") -> Path:
        samples = melody(seed, stop)[round(start * RATE) :]
        return record(tmp_path / name, samples)

    return write


def picture(path: Path) -> np.ndarray:
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    pixels = matplotlib.image.imread(path)
    height, width, _ = pixels.shape
    assert 800 <= width <= 3000
    assert 600 <= height <= 2500
    return pixels[..., :3]


def share(pixels: np.ndarray, color: str) -> float:
    """Return the share of pixels that have about a colour."""
    wanted = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return float(np.mean(np.abs(pixels - wanted).max(axis=2) < 0.05))


def test_a_match_is_explained(shared: Wavvy, save: Save) -> None:
    told = explain(shared, save(2, 7, 12))
    assert told.title.startswith("match: Tune 2 by Artist 2  (score 1.00)")
    assert told.position == pytest.approx(7.0, abs=0.05)
    assert told.matched.mean() > 0.8
    assert told.seconds.size == told.hertz.size == told.matched.size > 50
    assert told.seconds.min() >= 0
    assert told.seconds.max() < 5
    assert told.clip_seconds.size > told.seconds.size, "a query is denser than a reference"
    assert 140 < told.clip_hertz.min() < told.clip_hertz.max() < 3900
    near = np.abs(told.votes - told.position) < 0.1
    assert near.sum() > 50


def test_the_best_guess_is_explained(shared: Wavvy, save: Save) -> None:
    told = explain(shared, save(100, 0, 5))
    assert told.title.startswith("no match; the best guess is: Tune ")
    assert told.matched.mean() < 0.6


def test_an_empty_library_is_explained(empty: Wavvy, save: Save) -> None:
    told = explain(empty, save(2, 7, 12))
    assert told.title == "No track shares a landmark with this clip"
    assert told.clip_seconds.size > 100
    assert told.seconds.size == told.votes.size == 0


def test_of_a_long_clip_the_first_window_is_explained(shared: Wavvy, save: Save) -> None:
    told = explain(shared, save(2, 1, 20))
    assert len(told.levels) * 0.02 == pytest.approx(10, abs=0.3)
    assert told.position == pytest.approx(1.0, abs=0.05)


def test_pictures_differ_in_what_they_show(
    shared: Wavvy, empty: Wavvy, save: Save, tmp_path: Path
) -> None:
    clips = {
        "match": (shared, save(2, 7, 12, "match.wav")),
        "no match": (shared, save(100, 0, 5, "no match.wav")),
        "empty": (empty, save(2, 7, 12, "empty.wav")),
    }
    hits = {}
    for name, (library, clip) in clips.items():
        target = tmp_path / f"{name}.png"
        draw(library, clip, target)
        pixels = picture(target)
        assert pixels.std() > 0.05
        # The lower of the two spectrograms: the track's peaks found in the clip.
        middle = pixels[len(pixels) * 2 // 5 : len(pixels) * 7 // 10]
        hits[name] = share(middle, "#e85d04")
    assert hits["match"] > 2 * hits["no match"]
    assert hits["no match"] > hits["empty"]
    assert not list(tmp_path.glob("*.tmp"))


def test_silence_can_be_drawn(shared: Wavvy, record: Record, tmp_path: Path) -> None:
    draw(shared, record(tmp_path / "still.wav", np.zeros(RATE)), tmp_path / "still.png")
    picture(tmp_path / "still.png")


@pytest.mark.parametrize(
    "title", ["$ave $ome_{ ^", "春の海", "A\\frac{1}", "العربية", "", "x" * 300]
)
def test_any_title_and_name_can_be_drawn(
    empty: Wavvy, melody: Melody, record: Record, tmp_path: Path, title: str
) -> None:
    clip = record(tmp_path / "cost $5_^ {and $6 春.wav", melody(1, 4.0))
    source = empty.add(clip)
    ((_, fingerprint),) = empty.catalog.fingerprints([source.track_id or 0])
    empty.remove(source.track_id or 0)
    track_id, _ = empty.catalog.add_track(
        dataclasses.replace(TrackTags(title), artists=(title,) if title else ()),
        content_hash=b"x",
        duration_ms=4000,
        fingerprint=fingerprint,
        source=None,
    )
    empty.rebuild_index()
    draw(empty, clip, tmp_path / "any.png")
    assert empty.tracks()[0].id == track_id
    picture(tmp_path / "any.png")


@pytest.mark.parametrize("seconds", [0.0002, 0.2])
def test_less_than_a_window_is_refused(
    shared: Wavvy, save: Save, tmp_path: Path, seconds: float
) -> None:
    with pytest.raises(InvalidAudio, match=r"clip\.wav is too short"):
        draw(shared, save(2, 0, seconds), tmp_path / "no.png")
    assert not (tmp_path / "no.png").exists()


def test_a_missing_clip_is_named(shared: Wavvy, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.wav"):
        draw(shared, tmp_path / "gone.wav", tmp_path / "no.png")
