from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import F32
from wavvy.dsp.fingerprint import Fingerprint, fingerprint_blocks
from wavvy.dsp.params import DEFAULT, FingerprintParams
from wavvy.dsp.peaks import concatenate
from wavvy.dsp.stream import PeakStream
from wavvy.errors import DamagedIndex


def sound(samples: int) -> F32:
    rng = np.random.default_rng(8)
    time = np.arange(samples) / DEFAULT.sample_rate
    tones = np.sin(2 * np.pi * (700 * time + 90 * np.sin(3 * time)))
    return (tones + 0.1 * rng.standard_normal(samples)).astype(np.float32)


def some_fingerprint(frames: int = 200, seed: int = 9) -> Fingerprint:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(1.2, frames).astype(np.uint8)
    return Fingerprint(counts, rng.integers(600, 16_000, counts.sum()).astype(np.uint16))


def assert_same(one: Fingerprint, other: Fingerprint) -> None:
    np.testing.assert_array_equal(one.counts, other.counts)
    np.testing.assert_array_equal(one.freqs, other.freqs)


@settings(deadline=None)
@given(counts=st.lists(st.integers(0, 255), max_size=60), seed=st.integers(0, 999))
def test_bytes_come_back_as_they_were(counts: list[int], seed: int) -> None:
    freqs = np.random.default_rng(seed).integers(0, 1 << 16, sum(counts)).astype(np.uint16)
    fingerprint = Fingerprint(np.array(counts, np.uint8), freqs)
    back = Fingerprint.from_bytes(fingerprint.to_bytes())

    assert_same(back, fingerprint)
    assert (back.counts.dtype, back.freqs.dtype) == (np.uint8, np.uint16)


def test_peaks_carry_their_frames() -> None:
    fingerprint = Fingerprint(np.array([0, 2, 0, 1], np.uint8), np.array([7, 9, 5], np.uint16))

    assert fingerprint.peaks().frames.tolist() == [1, 1, 3]
    assert fingerprint.peaks().freqs.tolist() == [7, 9, 5]


def outcome(blob: bytes) -> Fingerprint | None:
    """Return what is read, or None where the damage was noticed."""
    try:
        return Fingerprint.from_bytes(blob)
    except DamagedIndex:
        return None


def test_damage_to_any_byte_is_noticed_or_harmless() -> None:
    fingerprint = some_fingerprint()
    blob = fingerprint.to_bytes()
    noticed = 0
    for position in range(len(blob)):
        for flip in (0x01, 0x80, 0xFF):
            bad = bytearray(blob)
            bad[position] ^= flip
            found = outcome(bytes(bad))
            noticed += found is None
            assert_same(found or fingerprint, fingerprint)
    assert noticed >= 3 * len(blob) - 3


def test_a_fingerprint_cut_short_is_noticed() -> None:
    blob = some_fingerprint(50).to_bytes()

    for length in range(len(blob)):
        with pytest.raises(DamagedIndex):
            Fingerprint.from_bytes(blob[:length])


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_fingerprint(blob: bytes) -> None:
    with pytest.raises(DamagedIndex):
        Fingerprint.from_bytes(blob)


@settings(max_examples=20, deadline=None)
@given(frames=st.integers(0, 2**32 - 1), peaks=st.integers(0, 2**32 - 1))
def test_counts_that_do_not_fit_the_body_are_noticed(frames: int, peaks: int) -> None:
    blob = bytearray(some_fingerprint().to_bytes())
    blob[4:12] = frames.to_bytes(4, "little") + peaks.to_bytes(4, "little")

    # The true numbers are 200 and some 240: hypothesis will not find them.
    assert outcome(bytes(blob)) is None


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 40_000), max_size=10))
def test_any_blocks_give_the_same_fingerprint(cuts: list[int]) -> None:
    audio = sound(40_000)

    assert_same(
        fingerprint_blocks(np.split(audio, sorted(cuts)), DEFAULT),
        fingerprint_blocks([audio], DEFAULT),
    )


def test_a_fingerprint_holds_the_peaks_of_the_stream() -> None:
    audio = sound(40_000)
    stream = PeakStream(DEFAULT, DEFAULT.peaks_per_second)
    columns, (settled,) = stream.push(audio)
    expected = concatenate([settled, *stream.tail()])
    fingerprint = fingerprint_blocks([audio], DEFAULT)

    assert fingerprint.counts.size == len(columns) == 1 + (40_000 - 2048) // 320
    np.testing.assert_array_equal(fingerprint.peaks().frames, expected.frames)
    np.testing.assert_array_equal(fingerprint.peaks().freqs, expected.freqs)
    assert expected.frames.size > 100


@pytest.mark.parametrize("samples", [0, 3, DEFAULT.window - 1, DEFAULT.window, 5000])
def test_short_audio_has_a_short_fingerprint(samples: int) -> None:
    fingerprint = fingerprint_blocks([sound(samples)], DEFAULT)

    frames = max(0, 1 + (samples - DEFAULT.window) // DEFAULT.hop)
    assert fingerprint.counts.size == frames
    assert_same(Fingerprint.from_bytes(fingerprint.to_bytes()), fingerprint)


def test_no_audio_and_silence_have_no_peaks() -> None:
    assert fingerprint_blocks([], DEFAULT).counts.size == 0
    silent = fingerprint_blocks([np.zeros(80_000, np.float32)], DEFAULT)
    assert silent.counts.size == 244
    assert silent.freqs.size == 0


@pytest.mark.parametrize("name", [field.name for field in fields(FingerprintParams)])
def test_every_parameter_changes_the_digest(name: str) -> None:
    other = replace(DEFAULT, **{name: getattr(DEFAULT, name) + 1})

    assert other.digest() != DEFAULT.digest()
    assert len(other.digest()) == 16
