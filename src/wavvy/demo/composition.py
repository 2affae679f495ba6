"""Turns a piece's description into a score: every note and drum hit with its time."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace

import numpy as np

from wavvy.demo.drumming import Hit, drum_section
from wavvy.demo.notation import ChordSpan, MelodyNote, parse_chords, parse_melody
from wavvy.demo.piece import Part, Piece, Section
from wavvy.demo.theory import Chord, Scale, nearest

STEPS_PER_BEAT = 4
_BASS_TONES = {"1": (0,), "3": (3, 5, 4), "5": (6, 7), "7": (9, 11, 10), "8": (12,)}
"""Intervals a bass digit may mean: the first that the chord holds, or else the last."""


@dataclass(frozen=True, slots=True)
class Note:
    """A pitched note; times in quarter notes from the start of the piece."""

    start: float
    length: float
    pitch: int
    velocity: float


@dataclass(slots=True)
class Score:
    """All that is played: notes per part, drum hits, and the length in quarter notes."""

    notes: dict[str, list[Note]] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    length: float = 0.0


def piece_random(piece: Piece, purpose: str) -> np.random.Generator:
    """A generator that depends on nothing but the piece's title and `purpose`."""
    return np.random.default_rng(zlib.crc32(f"{piece.title}/{purpose}".encode()))


def compose(piece: Piece) -> Score:
    """Write out a piece: its sections one after the other, then a bar on the final chord."""
    random = piece_random(piece, "score")
    score = Score(notes={name: [] for name in piece.parts})
    for section in piece.form:
        _compose_section(piece, section, score, random)
    _compose_ending(piece, score)
    return score


def _compose_section(
    piece: Piece, section: Section, score: Score, random: np.random.Generator
) -> None:
    passage = piece.passages[section.passage]
    spans = [
        replace(span, chord=span.chord.transposed(section.lift))
        for span in parse_chords(passage.chords, piece.beats)
    ]
    melody: list[MelodyNote] = []
    if passage.melody:
        written = parse_melody(passage.melody, piece.beats)
        melody = vary(written, piece.beats, section.variation, random)
    for name in section.parts.split():
        part = piece.parts[name]
        if part.role == "melody":
            notes = _sing(melody, part, Scale.parse(piece.scale), section.lift)
        else:
            notes = _accompany(spans, part, random)
        score.notes[name] += [
            replace(
                note,
                start=score.length + note.start,
                velocity=section.level * _accent(note.start, piece.beats) * random.uniform(0.88, 1),
            )
            for note in notes
        ]
    bars = round((spans[-1].start + spans[-1].length) / piece.beats)
    if section.groove:
        hits = drum_section(piece, piece.grooves[section.groove], bars, random)
        score.hits += [
            replace(hit, start=score.length + hit.start, velocity=section.level * hit.velocity)
            for hit in hits
        ]
    score.length += bars * piece.beats


def _compose_ending(piece: Piece, score: Score) -> None:
    section = piece.form[-1]
    chord = Chord.parse(piece.ending).transposed(section.lift)
    start = score.length
    for name in section.parts.split():
        part = piece.parts[name]
        if part.role == "chords":
            pitches = chord.voicing(part.register)
        elif part.role == "bass":
            pitches = (nearest(chord.root, part.register),)
        else:
            tonic = Scale.parse(piece.scale).pitch(0, part.register) + section.lift
            pitches = (nearest(chord.root, tonic),)
        score.notes[name] += [Note(start, piece.beats, pitch, 0.9) for pitch in pitches]
    if section.groove and piece.crash:
        score.hits.append(Hit(start, piece.crash, 0.8))
    score.length += piece.beats


def _accent(time: float, beats: float) -> float:
    """Weight of a place in the bar: the downbeat most, the beats next, what lies between least."""
    if time % beats < 1e-6:
        return 1.0
    return 0.9 if time % 1.0 < 1e-6 else 0.8


def vary(
    melody: list[MelodyNote], beats: float, amount: float, random: np.random.Generator
) -> list[MelodyNote]:
    """Vary a melody by ornaments, passing notes and syncopation.

    Notes on a downbeat keep their pitch, so that the tune stays itself over its chords.

    Parameters
    ----------
    melody : list of MelodyNote
        The melody as written.
    beats : float
        Quarter notes per bar.
    amount : float
        Chance that a note is touched, 0 to 1.
    random : numpy.random.Generator
        Source of the choices.

    Returns
    -------
    list of MelodyNote
        The varied melody, of the same extent.
    """
    varied: list[MelodyNote] = []
    for note, following in zip(melody, [*melody[1:], None], strict=True):
        touched = random.random() < amount
        choice = int(random.integers(3))
        half = note.length / 2
        if not touched or note.length < 0.5:
            varied.append(note)
        elif note.length >= 1.0 and choice == 0:  # turn: note, neighbour above, note
            quarter = note.length / 4
            varied += [
                replace(note, length=half),
                replace(note, start=note.start + half, length=quarter, degree=note.degree + 1),
                replace(note, start=note.start + half + quarter, length=quarter),
            ]
        elif following is not None and abs(following.degree - note.degree) == 2:  # fill the third
            between = (following.degree + note.degree) // 2
            varied += [
                replace(note, length=half),
                MelodyNote(note.start + half, half, between),
            ]
        elif choice == 1 and note.start % beats >= 0.5 and note.length >= 1.0:  # come in late
            varied.append(replace(note, start=note.start + 0.5, length=note.length - 0.5))
        elif choice == 2 and note.length >= 1.0:  # answer with the octave
            varied += [
                replace(note, length=half),
                replace(note, start=note.start + half, length=half, degree=note.degree - 7),
            ]
        else:  # say it twice
            varied += [
                replace(note, length=half),
                replace(note, start=note.start + half, length=half),
            ]
    return varied


def _sing(melody: list[MelodyNote], part: Part, scale: Scale, lift: int) -> list[Note]:
    """The melody in the part's register, or the voice that follows it at an interval."""
    return [
        Note(
            note.start,
            note.length * 0.95,
            scale.pitch(note.degree + part.interval, part.register)
            + (0 if part.interval else note.alteration)
            + lift,
            1.0,
        )
        for note in melody
    ]


def _accompany(spans: list[ChordSpan], part: Part, random: np.random.Generator) -> list[Note]:
    """Play a part's figures over the chords, mostly in turn; a new chord is always struck."""
    voicings: list[tuple[int, ...]] = []
    for span in spans:
        voicings.append(span.chord.voicing(part.register, voicings[-1] if voicings else ()))
    total = round((spans[-1].start + spans[-1].length) * STEPS_PER_BEAT)
    symbols, turn = "", 0
    while len(symbols) < total:
        chosen = turn if random.random() < 0.75 else int(random.integers(len(part.figures)))
        symbols += part.figures[chosen % len(part.figures)].replace(" ", "")
        turn += 1
    notes: list[Note] = []
    current, held, active = 0, 0, "."
    for step in range(total + 1):
        time = step / STEPS_PER_BEAT
        symbol = symbols[step] if step < total else "."
        changed = (
            step < total and current + 1 < len(spans) and time >= spans[current + 1].start - 1e-9
        )
        if symbol == "-" and not changed:
            continue
        if active not in ".-":
            following = spans[min(current + 1, len(spans) - 1)].chord
            pitches = _pitches(active, part, spans[current].chord, voicings[current], following)
            length = (step - held) / STEPS_PER_BEAT
            notes += [Note(held / STEPS_PER_BEAT, length, pitch, 1.0) for pitch in pitches]
        active = active if symbol == "-" else symbol
        held = step
        current += int(changed)
    return notes


def _pitches(
    symbol: str, part: Part, chord: Chord, voicing: tuple[int, ...], following: Chord
) -> tuple[int, ...]:
    """What one character of a figure sounds like over a chord."""
    root = nearest(chord.root, part.register)
    if part.role == "bass":
        if symbol == "a":
            return (nearest(following.root, part.register) - 1,)
        choices = _BASS_TONES[symbol]
        return (root + next((tone for tone in choices if tone in chord.intervals), choices[-1]),)
    if symbol == "c":
        return voicing
    if symbol == "p":
        return (root, root + 7, root + 12)
    octave, voice = divmod(int(symbol), len(voicing))
    return (voicing[voice] + 12 * octave,)
