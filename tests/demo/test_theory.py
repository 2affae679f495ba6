from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.demo.theory import Chord, Scale, nearest

SYMBOLS = st.sampled_from(["C", "F#m", "Bb7", "Ebmaj7", "Am7b5", "G9", "C#m9", "Dsus4", "A6"])


def test_chord_symbols_are_read() -> None:
    assert Chord.parse("F#m7") == Chord(6, (0, 3, 7, 10))
    assert Chord.parse("Bb") == Chord(10, (0, 4, 7))


@pytest.mark.parametrize("symbol", ["H", "", "7", "Cmystery"])
def test_what_is_no_chord_is_refused(symbol: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        Chord.parse(symbol)


def test_scale_degrees_climb_the_scale() -> None:
    scale = Scale.parse("D harmonic minor")
    assert [scale.pitch(degree, 62) for degree in range(8)] == [62, 64, 65, 67, 69, 70, 73, 74]


@given(degree=st.integers(-14, 14), centre=st.integers(36, 84))
def test_seven_degrees_are_an_octave(degree: int, centre: int) -> None:
    scale = Scale.parse("C# minor")
    assert scale.pitch(degree + 7, centre) == scale.pitch(degree, centre) + 12


@given(pitch_class=st.integers(0, 11), centre=st.integers(24, 96))
def test_nearest_is_within_half_an_octave(pitch_class: int, centre: int) -> None:
    pitch = nearest(pitch_class, centre)
    assert pitch % 12 == pitch_class
    assert abs(pitch - centre) <= 6


@given(first=SYMBOLS, second=SYMBOLS, centre=st.integers(45, 75))
def test_voicings_hold_the_chord_and_move_little(first: str, second: str, centre: int) -> None:
    before = Chord.parse(first).voicing(centre)
    chord = Chord.parse(second)
    after = chord.voicing(centre, before)
    assert list(after) == sorted(after)
    assert {pitch % 12 for pitch in after} == {(chord.root + i) % 12 for i in chord.intervals}
    assert all(min(abs(pitch - old) for old in before) <= 6 for pitch in after)


def test_the_closest_inversion_is_chosen() -> None:
    c_major = Chord.parse("C").voicing(64)
    a_minor = Chord.parse("Am").voicing(64, c_major)
    assert len(set(c_major) & set(a_minor)) == 2
