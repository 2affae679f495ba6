from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.duplicates.agreement import ALIKE, LEAST_PEAKS, SECTION_FRAMES, agreement

Scattered = Callable[..., Fingerprint]
Part = Callable[[Fingerprint, int, int], Fingerprint]


def joined(*parts: Fingerprint) -> Fingerprint:
    return Fingerprint(
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.freqs for part in parts]),
    )


def silence(frames: int) -> Fingerprint:
    return Fingerprint(np.zeros(frames, np.uint8), np.empty(0, np.uint16))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 1000),
    density=st.floats(0.5, 2.5),
    begin=st.integers(0, 300),
    cut=st.integers(0, 300),
    error=st.integers(-1, 1),
)
def test_a_part_lies_where_it_was_cut_out(
    scattered: Scattered,
    part: Part,
    seed: int,
    density: float,
    begin: int,
    cut: int,
    error: int,
) -> None:
    whole = scattered(seed, 1500, density)
    piece = part(whole, begin, 1500 - cut)
    found = agreement(piece, whole, begin + error)
    assert found.offset == begin
    assert found.overlap == piece.counts.size
    assert found.shares.size == round(piece.counts.size / SECTION_FRAMES)
    assert found.shares.min() > 0.99
    assert found.alike == 1.0
    back = agreement(whole, piece, -begin + error)
    assert (back.offset, back.overlap) == (-begin, piece.counts.size)
    assert back.alike == 1.0


def test_other_peaks_agree_by_chance_alone(scattered: Scattered) -> None:
    # As dense as can be, and in few places: most peaks meet one of the other track anywhere.
    rng = np.random.default_rng(1)
    first, second = (
        Fingerprint(np.full(1000, 4, np.uint8), (64 * rng.integers(10, 30, 4000)).astype(np.uint16))
        for _ in range(2)
    )
    found = agreement(first, second, 0)
    assert np.abs(found.shares).max() < ALIKE
    assert found.alike == 0.0
    assert agreement(scattered(1, 1000), scattered(2, 1000), 10).alike == 0.0


def test_each_section_is_judged_by_itself(scattered: Scattered, part: Part) -> None:
    one, other = scattered(1, 1000), scattered(2, 1000)
    mixed = joined(part(one, 0, 500), part(other, 500, 1000))
    found = agreement(mixed, one, 0)
    assert [share >= ALIKE for share in found.shares] == [True, True, False, False]
    assert found.alike == 0.5


def test_all_sections_are_of_one_length(scattered: Scattered, part: Part) -> None:
    for frames, sections in ((100, 1), (370, 1), (380, 2), (620, 2), (630, 3), (994, 4)):
        track = scattered(1, frames)
        assert agreement(track, track, 0).shares.size == sections, frames
    half = joined(part(scattered(1, 994), 0, 497), part(scattered(2, 994), 497, 994))
    assert agreement(half, scattered(1, 994), 0).alike == 0.5


def test_silence_in_both_is_not_judged(scattered: Scattered, part: Part) -> None:
    track = joined(part(scattered(1, 500), 0, 500), silence(500))
    found = agreement(track, track, 0)
    assert (found.overlap, found.shares.size, found.alike) == (1000, 2, 1.0)
    nothing = agreement(silence(1000), silence(1000), 0)
    assert (nothing.overlap, nothing.shares.size, nothing.alike) == (1000, 0, 0.0)


def test_silence_in_one_alone_is_unlike(scattered: Scattered) -> None:
    whole = scattered(1, 1000)
    stops = joined(
        Fingerprint(whole.counts[:250], whole.freqs[: whole.counts[:250].sum()]), silence(750)
    )
    for pair in ((stops, whole), (whole, stops)):
        found = agreement(*pair, 0)
        assert found.shares.size == 4
        assert found.alike == 0.25


@pytest.mark.parametrize("frames", [0, 1, 20])
def test_very_short_tracks_are_not_judged(scattered: Scattered, frames: int) -> None:
    track = scattered(3, frames)
    assert track.freqs.size < LEAST_PEAKS
    assert agreement(track, track, 0).alike == 0.0
    apart = agreement(track, scattered(4, 500), 900)
    assert (apart.overlap, apart.alike) == (0, 0.0)


def test_a_steady_tone_agrees_with_itself_everywhere() -> None:
    tone = Fingerprint(np.ones(500, np.uint8), np.full(500, 5000, np.uint16))
    found = agreement(tone, tone, 0)
    assert np.isfinite(found.shares).all()
    assert found.alike == 0.0
