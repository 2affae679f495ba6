"""Scales, chords and voice leading, in MIDI note numbers (60 is middle C)."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "b": -1}
_MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "phrygian dominant": (0, 1, 4, 5, 7, 8, 10),
}
_QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "9": (0, 4, 10, 14),
    "m9": (0, 3, 10, 14),
    "maj9": (0, 4, 11, 14),
    "add9": (0, 4, 7, 14),
    "sus4": (0, 5, 7),
    "m7b5": (0, 3, 6, 10),
}
_SYMBOL = re.compile(r"([A-G])([#b]?)(.*)")


def pitch_class(name: str) -> int:
    """Pitch class (0 to 11) of a note name such as ``"F#"``."""
    return (_LETTERS[name[0]] + _ACCIDENTALS[name[1:]]) % 12


def nearest(pitch_class: int, centre: int) -> int:
    """MIDI note of `pitch_class` that lies closest to `centre`."""
    return centre + (pitch_class - centre + 6) % 12 - 6


@dataclass(frozen=True, slots=True)
class Scale:
    """A tonic and the semitone steps above it."""

    tonic: int
    steps: tuple[int, ...]

    @classmethod
    def parse(cls, name: str) -> Scale:
        """Read a name such as ``"D harmonic minor"``."""
        tonic, _, mode = name.partition(" ")
        return cls(pitch_class(tonic), _MODES[mode])

    def pitch(self, degree: int, centre: int) -> int:
        """MIDI note of `degree` (0 is the tonic nearest `centre`, 7 the octave above it)."""
        octave, step = divmod(degree, len(self.steps))
        return nearest(self.tonic, centre) + 12 * octave + self.steps[step]


@dataclass(frozen=True, slots=True)
class Chord:
    """A root (pitch class) and the intervals above it in semitones."""

    root: int
    intervals: tuple[int, ...]

    @classmethod
    def parse(cls, symbol: str) -> Chord:
        """Read a symbol such as ``"C#m9"``; a quality that is not known raises ``KeyError``."""
        match = _SYMBOL.fullmatch(symbol)
        if match is None:
            raise ValueError(f"{symbol!r} is no chord symbol")
        letter, accidental, quality = match.groups()
        return cls(pitch_class(letter + accidental), _QUALITIES[quality])

    def transposed(self, semitones: int) -> Chord:
        """The same chord `semitones` higher."""
        return Chord((self.root + semitones) % 12, self.intervals)

    def voicing(self, centre: int, previous: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Spread the chord around `centre` so that its voices move least from `previous`.

        Parameters
        ----------
        centre : int
            MIDI note the voicing stays close to.
        previous : tuple of int
            The voicing before this one, ascending; empty at the start of a section.

        Returns
        -------
        tuple of int
            MIDI notes, ascending, one per interval of the chord.
        """
        near = [nearest((self.root + interval) % 12, centre) for interval in self.intervals]
        choices = (
            tuple(sorted(pitches))
            for pitches in itertools.product(*((p - 12, p, p + 12) for p in near))
            if 6 <= max(pitches) - min(pitches) <= 16
        )

        def motion(voicing: tuple[int, ...]) -> float:
            pull = abs(sum(voicing) / len(voicing) - centre)
            moved = sum(min(abs(p - q) for q in previous) for p in voicing) if previous else 0
            return moved + 0.7 * pull

        return min(choices, key=lambda voicing: (motion(voicing), voicing))
