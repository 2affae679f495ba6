from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest

from wavvy.explain.explanation import Explanation
from wavvy.explain.picture import draw
from wavvy.library import Wavvy

RATE = 16000
Samples = np.ndarray[Any, np.dtype[np.float32]]
Melody = Callable[..., Samples]


def explained(library: Wavvy, clip: Samples) -> Explanation:
    told = library.identify(clip, RATE, explain=True).explanation
    assert told is not None
    return told


def picture(told: Explanation, path: Path, name: str = "clip.wav") -> np.ndarray:
    draw(told, path, name=name)
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


def test_pictures_differ_in_what_they_show(
    shared: Wavvy, empty: Wavvy, clip: Samples, melody: Melody, tmp_path: Path
) -> None:
    told = {
        "match": explained(shared, clip),
        "no match": explained(shared, melody(100, 5.0)),
        "empty": explained(empty, clip),
        "silent": explained(shared, np.zeros(2 * RATE, np.float32)),
    }
    found, scores = {}, {}
    for name, explanation in told.items():
        pixels = picture(explanation, tmp_path / f"{name}.png")
        height, width, _ = pixels.shape
        # The lower of the two spectrograms: the track's peaks found in the clip.
        found[name] = share(pixels[height * 42 // 100 : height * 69 // 100], "#e85d04")
        # The score at the top of the graph in the lower right corner.
        scores[name] = share(
            pixels[height * 75 // 100 : height * 82 // 100, width * 60 // 100 :], "#e85d04"
        )
    assert found["match"] > 2 * found["no match"] > 0
    assert found["empty"] == found["silent"] == 0
    assert scores["match"] > 0.001 > 10 * scores["no match"]
    assert scores["empty"] == scores["silent"] == 0


@pytest.mark.parametrize("samples", [0, 100, 4096, 5000, 8000])
def test_the_shortest_clips_can_be_drawn(
    shared: Wavvy, clip: Samples, tmp_path: Path, samples: int
) -> None:
    picture(explained(shared, clip[:samples]), tmp_path / "short.png")


@pytest.mark.parametrize(
    "title", ["$ave $ome_{ ^", "春の海", "A\\frac{1}", "العربية", "", "x" * 300]
)
@pytest.mark.parametrize("accepted", [True, False])
def test_any_title_and_name_can_be_drawn(
    shared: Wavvy, clip: Samples, tmp_path: Path, title: str, accepted: bool
) -> None:
    told = explained(shared, clip[: 2 * RATE])
    assert told.candidate is not None
    track = replace(told.candidate.track, title=title, artists=(title,) if title else ())
    named = replace(
        told,
        summary=f'The best guess is "{title}"',
        candidate=told.candidate._replace(track=track, accepted=accepted),
    )
    picture(named, tmp_path / "any.png", "cost $5_^ {and $6 春.wav")


def test_a_folder_that_is_not_there_is_named(shared: Wavvy, tmp_path: Path) -> None:
    told = explained(shared, np.zeros(RATE, np.float32))
    with pytest.raises(FileNotFoundError, match=r"nowhere"):
        draw(told, tmp_path / "nowhere" / "why.png", name="clip.wav")
