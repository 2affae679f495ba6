"""How a piece is written down: a few short strings, which ``composition`` turns into notes.

Melody
    Bars between ``|``; a token is a scale degree with optional accidental before it (``#``, ``b``)
    and octave marks behind it (``+``, ``-``), ``r`` (rest) or ``_`` (hold the note before).
    ``:1.5`` sets the length in quarter notes, which then stays until the next one.
Chords
    Bars between ``|``; several symbols in a bar share it equally.
Figure
    One character per sixteenth, looped over the section. ``.`` is silence and ``-`` holds.
    Chords: ``c`` the whole voicing, ``p`` root, fifth and octave, a digit that voice (0 lowest).
    Bass: ``1 3 5 7`` that chord tone, ``8`` the octave, ``a`` the semitone below the next root.
Groove
    A figure per drum: ``X`` accented, ``x`` normal, ``o`` soft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Groove = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """One player: what it plays, on what, and where it sits in the mix."""

    timbre: str
    role: Literal["melody", "chords", "bass"]
    figures: tuple[str, ...] = ()
    register: int = 60
    gain: float = 0.5
    pan: float = 0.0
    send: float = 0.2
    """Share that goes to the reverb."""
    effect: Literal["", "echo", "drive", "sweep", "tremolo"] = ""
    interval: int = 0
    """Scale steps between a second voice and the melody it follows."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Chords and, where there is one, the melody over them."""

    chords: str
    melody: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One stretch of the form: a passage and who plays it how."""

    passage: str
    parts: str
    groove: str = ""
    lift: int = 0
    """Semitones the whole section is moved up."""
    variation: float = 0.0
    """How freely the melody is varied, 0 (as written) to 1."""
    level: float = 1.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A whole piece."""

    title: str
    artist: str
    genre: str
    year: int
    tempo: float
    """Quarter notes per minute."""
    beats: float
    """Quarter notes per bar."""
    scale: str
    parts: Mapping[str, Part]
    passages: Mapping[str, Passage]
    form: tuple[Section, ...]
    ending: str
    """Chord on which the piece comes to rest."""
    grooves: Mapping[str, Groove] = field(default_factory=dict)
    fill: tuple[str, ...] = ()
    """Drums that a fill runs through, in that order."""
    crash: str = ""
    swing: tuple[float, float] = (0.5, 0.5)
    """Length of the swung note (quarter notes) and the share the first of a pair takes."""
    looseness_ms: float = 5.0
    """Deviation of the players' timing."""
    tuning_hz: float = 440.0
    """Pitch of the A above middle C: ensembles differ in it."""
    room_s: float = 1.2
    """Reverberation time."""
