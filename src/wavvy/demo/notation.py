"""Parsers of the notation that ``piece`` describes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wavvy.demo.theory import Chord

_TOKEN = re.compile(r"(?:([#b]?)([1-7])([+-]*)|([r_]))(?::([\d.]+))?")
_ALTERATION = {"": 0, "#": 1, "b": -1}


@dataclass(frozen=True, slots=True)
class MelodyNote:
    """A note by its place in the scale; times in quarter notes from the passage's start."""

    start: float
    length: float
    degree: int
    alteration: int = 0


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord and when it sounds, in quarter notes from the passage's start."""

    start: float
    length: float
    chord: Chord


def parse_melody(text: str, beats: float) -> list[MelodyNote]:
    """Read a melody; every bar must hold exactly `beats` quarter notes.

    Raises
    ------
    ValueError
        If a token makes no sense or a bar is too long or too short.
    """
    notes: list[MelodyNote] = []
    length = 1.0
    for number, bar in enumerate(text.split("|")):
        time = number * beats
        for token in bar.split():
            match = _TOKEN.fullmatch(token)
            if match is None:
                raise ValueError(f"bar {number + 1}: {token!r} is no note")
            accidental, degree, octaves, other, duration = match.groups()
            length = float(duration) if duration else length
            if degree:
                octave = octaves.count("+") - octaves.count("-")
                place = int(degree) - 1 + 7 * octave
                notes.append(MelodyNote(time, length, place, _ALTERATION[accidental]))
            elif other == "_":
                held = notes.pop()
                notes.append(
                    MelodyNote(held.start, held.length + length, held.degree, held.alteration)
                )
            time += length
        if abs(time - (number + 1) * beats) > 1e-9:
            raise ValueError(f"bar {number + 1} has {time - number * beats:g} beats, not {beats:g}")
    return notes


def parse_chords(text: str, beats: float) -> list[ChordSpan]:
    """Read a chord progression of bars of `beats` quarter notes."""
    spans: list[ChordSpan] = []
    for number, bar in enumerate(text.split("|")):
        symbols = bar.split()
        share = beats / len(symbols)
        spans.extend(
            ChordSpan(number * beats + i * share, share, Chord.parse(symbol))
            for i, symbol in enumerate(symbols)
        )
    return spans
