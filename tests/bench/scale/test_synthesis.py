from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from bench.scale.likeness import repetition
from bench.scale.sources import Sources
from bench.scale.synthesis import Synthesiser

from bench.scale import synthesis
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.landmarks import reference_landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import SUBBINS

Play = Callable[..., Fingerprint]


@pytest.fixture(scope="module")
def synthesiser(tune: Play) -> Synthesiser:
    return Synthesiser(Sources.of(tune(seed) for seed in range(6)))


def same_at_once(one: Fingerprint, other: Fingerprint) -> float:
    """Share of landmarks that two tracks have at one distance in time, the one that suits best."""
    ours, theirs = (reference_landmarks(track.peaks(), DEFAULT) for track in (one, other))
    frames: dict[int, list[int]] = {}
    for value, frame in zip(ours.hashes().tolist(), ours.frames.tolist(), strict=True):
        frames.setdefault(value, []).append(frame)
    distances = Counter(
        frame - mine
        for value, frame in zip(theirs.hashes().tolist(), theirs.frames.tolist(), strict=True)
        for mine in frames.get(value, [])
    )
    return max(distances.values(), default=0) / ours.frames.size


def test_the_number_alone_decides(tune: Play, synthesiser: Synthesiser) -> None:
    again = Synthesiser(Sources.of(tune(seed) for seed in range(6)))
    one, same, other = synthesiser.fingerprint(7), again.fingerprint(7), synthesiser.fingerprint(8)
    assert one.to_bytes() == same.to_bytes()
    assert one.to_bytes() != other.to_bytes()


@pytest.mark.parametrize("number", range(20))
def test_a_track_is_a_sound_fingerprint(synthesiser: Synthesiser, number: int) -> None:
    track = synthesiser.fingerprint(number)
    assert Fingerprint.from_bytes(track.to_bytes()).freqs.size == track.counts.sum()
    peaks = track.peaks()
    later, higher = np.diff(peaks.frames), np.diff(peaks.freqs.astype(np.int64))
    assert ((later > 0) | (higher >= 0)).all()
    assert peaks.freqs.min() >= DEFAULT.low_bin * SUBBINS
    assert peaks.freqs.max() < DEFAULT.high_bin * SUBBINS


def test_density_and_length_are_those_asked_for(
    synthesiser: Synthesiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesis, "FASTEST", 1.0)
    tracks = [synthesiser.fingerprint(number) for number in range(30)]
    seconds = [track.counts.size * DEFAULT.hop_ms / 1000 for track in tracks]
    assert np.mean(seconds) == pytest.approx(synthesis.MEAN_SECONDS, rel=0.01)
    # Nine tenths of each source sound, at 37 and a half peaks a second.
    density = [track.freqs.size / long for track, long in zip(tracks, seconds, strict=True)]
    assert np.mean(density) == pytest.approx(0.9 * 37.5, rel=0.05)


def test_silence_stays(synthesiser: Synthesiser) -> None:
    # A tenth of each source is silent: whole seconds of that must be left.
    counts = synthesiser.fingerprint(3).counts
    seconds = counts[: counts.size // 25 * 25].reshape(-1, 25).sum(axis=1)
    assert 0.02 < np.mean(seconds == 0) < 0.2


def test_what_repeats_still_repeats(tune: Play) -> None:
    def repeats(loop: int) -> float:
        made = Synthesiser(Sources.of(tune(seed, loop) for seed in range(4))).fingerprint(1)
        found = reference_landmarks(made.peaks(), DEFAULT)
        return repetition(found.hashes(), found.frames.astype(np.int64))[0]

    assert repeats(250) > repeats(2500) + 0.2


def test_tracks_are_no_copies_of_each_other_or_of_their_sources(
    tune: Play, synthesiser: Synthesiser
) -> None:
    made = [synthesiser.fingerprint(number) for number in range(8)]
    assert same_at_once(made[0], made[0]) > 0.99
    others = [*made[1:], *(tune(seed) for seed in range(6))]
    assert max(same_at_once(made[0], other) for other in others) < 0.1
