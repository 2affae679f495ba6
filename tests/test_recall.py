"""A floor under what is found and what is wrongly accepted: neither may get worse unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

import wavvy
from wavvy.demo import PIECES, SAMPLE_RATE, compose_library, noisy_clip
from wavvy.demo.render import render_piece
from wavvy.library import Wavvy

KNOWN, UNKNOWN = range(4), range(4, 8)
"""Which of the demo pieces are in the library, and which are not."""
CLIP_MS = 5000
Samples = np.ndarray


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wavvy]:
    """Give a library of the known pieces."""
    folder = tmp_path_factory.mktemp("demo")
    with wavvy.open(folder / "data") as library:
        for path in compose_library(folder / "music", pieces=PIECES[: len(KNOWN)]):
            assert library.add(path).status == "added"
        yield library


@cache
def music(piece: int) -> Samples:
    samples: Samples = render_piece(PIECES[piece]).mean(axis=0)
    return samples


def clips(pieces: range, count: int, snr_db: float) -> Iterator[tuple[str, int, Samples]]:
    """Yield title, start in milliseconds and samples of seeded clips, in turn from each piece."""
    random = np.random.default_rng(20)
    for number in range(count):
        piece = pieces[number % len(pieces)]
        samples = music(piece)
        start = int(random.integers(1000 * samples.size // SAMPLE_RATE - CLIP_MS))
        yield (
            PIECES[piece].title,
            start,
            noisy_clip(samples, start_ms=start, duration_ms=CLIP_MS, snr_db=snr_db, seed=number),
        )


@pytest.mark.parametrize("snr_db", [0, -8])
def test_music_in_noise_is_named_and_placed(demo: Wavvy, snr_db: float) -> None:
    missed = []
    for title, start, clip in clips(KNOWN, 40, snr_db):
        results = demo.identify(clip, SAMPLE_RATE).to_dict()["results"]
        # The room's echoes smear the beginning of each note by some 30 ms.
        right = (
            bool(results)
            and results[0]["title"] == title
            and abs(results[0]["play_offset_ms"] - start - CLIP_MS) <= 100
        )
        if not right:
            missed.append((title, start))
    assert len(missed) <= 2, f"less than 95 % of 40 clips: {missed}"


@pytest.mark.parametrize("snr_db", [0, 20])
def test_music_that_was_not_added_is_not_named(demo: Wavvy, snr_db: float) -> None:
    accepted = [
        (title, start, answer.results[0].track.title)
        for title, start, clip in clips(UNKNOWN, 60, snr_db)
        if (answer := demo.identify(clip, SAMPLE_RATE)).results
    ]
    assert len(accepted) <= 1, f"more than 1 of 60 clips: {accepted}"


@pytest.mark.parametrize("speed", [0.95, 1.03])
def test_music_at_another_speed_is_named_and_its_speed_told(demo: Wavvy, speed: float) -> None:
    missed = []
    for title, start, clip in clips(KNOWN, 12, 10):
        # At another rate, the same samples play faster or slower.
        results = demo.identify(clip, round(SAMPLE_RATE * speed)).results
        right = (
            bool(results)
            and results[0].track.title == title
            and abs(results[0].match.track_begin_ms - results[0].match.begin_ms - start) <= 100
            and abs(results[0].match.frequency_skew - (speed - 1)) <= 0.003
        )
        if not right:
            missed.append((title, start))
    assert len(missed) <= 1, f"less than 90 % of 12 clips: {missed}"


def test_the_score_tells_right_from_wrong(demo: Wavvy) -> None:
    def best(pieces: range) -> list[float]:
        return [
            max(
                (r.match.score for r in demo.identify(clip, SAMPLE_RATE, min_score=0).results),
                default=0.0,
            )
            for _, _, clip in clips(pieces, 10, snr_db=0)
        ]

    assert np.median(best(KNOWN)) > 0.99
    assert np.median(best(UNKNOWN)) < 0.3


@pytest.mark.parametrize("duration_ms", [700, 1400, CLIP_MS])
def test_what_else_a_certain_clip_may_be_can_be_asked(demo: Wavvy, duration_ms: int) -> None:
    start = 20 * SAMPLE_RATE
    for piece in KNOWN:
        clip = music(piece)[start : start + duration_ms * SAMPLE_RATE // 1000]
        (certain,) = demo.identify(clip, SAMPLE_RATE).results
        best, *others = demo.identify(clip, SAMPLE_RATE, min_score=0).results
        assert best.track.id == certain.track.id
        assert others
        assert not any(other.match.accepted for other in others)
