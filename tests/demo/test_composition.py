from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.demo.composition import Note, compose, vary
from wavvy.demo.notation import parse_chords, parse_melody
from wavvy.demo.piece import Part, Passage, Piece, Section
from wavvy.demo.pieces import PIECES
from wavvy.demo.theory import Scale

TITLES = [piece.title for piece in PIECES]
SCORES = {piece.title: compose(piece) for piece in PIECES}

DUET = Piece(
    title="Duet",
    artist="Two",
    genre="Test",
    year=2020,
    tempo=120,
    beats=4,
    scale="C major",
    parts={
        "lead": Part("flute", "melody", register=72),
        "keys": Part("organ", "chords", ("c-------0-......",), register=60),
        "bass": Part("sine bass", "bass", ("1---5---8---a---",), register=36),
    },
    passages={"only": Passage("C | F", "1:1 3 5 1+ | 6:4")},
    form=(Section("only", "lead keys bass", lift=2),),
    ending="C",
)


def test_a_small_piece_is_written_out_as_its_notation_says() -> None:
    notes = compose(DUET).notes
    assert [note.pitch for note in notes["lead"]] == [74, 78, 81, 86, 83, 74]
    assert [note.pitch for note in notes["bass"]] == [38, 45, 50, 30, 31, 38, 43, 30, 38]
    chord = [note for note in notes["keys"] if note.start == 0]
    assert {note.pitch % 12 for note in chord} == {2, 6, 9}
    assert {note.length for note in chord} == {2.0}
    assert compose(DUET).length == 12.0


@pytest.mark.parametrize(
    ("chord", "intervals"),
    [("C9", [0, 4, 7, 10]), ("Cm6", [0, 3, 7, 9]), ("Cm7b5", [0, 3, 6, 10]), ("C", [0, 4, 7, 10])],
)
def test_a_bass_knows_its_chord(chord: str, intervals: list[int]) -> None:
    bass = Part("sine bass", "bass", ("1---3---5---7---",), register=36)
    piece = dataclasses.replace(
        DUET,
        parts={"bass": bass},
        passages={"only": Passage(chord)},
        form=(Section("only", "bass"),),
    )
    assert [note.pitch - 36 for note in compose(piece).notes["bass"][:4]] == intervals


def test_there_are_enough_pieces_and_every_title_is_its_own() -> None:
    assert len(PIECES) >= 12
    assert len(set(TITLES)) == len(PIECES)
    assert len({(piece.tempo, piece.scale) for piece in PIECES}) == len(PIECES)
    assert len({piece.beats for piece in PIECES}) >= 4


@pytest.mark.parametrize("piece", PIECES, ids=TITLES)
def test_a_piece_lasts_a_minute_or_a_little_more(piece: Piece) -> None:
    assert 60 <= SCORES[piece.title].length * 60 / piece.tempo <= 90


@pytest.mark.parametrize("piece", PIECES, ids=TITLES)
def test_a_piece_is_complete(piece: Piece) -> None:
    score = SCORES[piece.title]
    assert all(score.notes[name] for name in piece.parts), "a part that never plays"
    assert {piece.parts[name].role for name in score.notes} == {"melody", "chords", "bass"}
    assert score.hits
    assert len({part.timbre for part in piece.parts.values()}) >= 4


@pytest.mark.parametrize("piece", PIECES, ids=TITLES)
def test_every_passage_fits_its_chords(piece: Piece) -> None:
    """Bars agree, and most downbeats of a melody belong to the chord below."""
    scale = Scale.parse(piece.scale)
    consonant = []
    for passage in piece.passages.values():
        spans = parse_chords(passage.chords, piece.beats)
        if not passage.melody:
            continue
        assert passage.melody.count("|") == passage.chords.count("|")
        for note in parse_melody(passage.melody, piece.beats):
            if note.start % piece.beats == 0:
                chord = next(span.chord for span in spans if span.start == note.start)
                tones = {(chord.root + interval) % 12 for interval in chord.intervals}
                consonant.append((scale.pitch(note.degree, 60) + note.alteration) % 12 in tones)
    assert np.mean(consonant) >= 0.6


@pytest.mark.parametrize("piece", PIECES, ids=TITLES)
def test_a_piece_is_the_same_every_time(piece: Piece) -> None:
    np.random.seed(1)
    assert compose(piece) == SCORES[piece.title]


def _turns(piece: Piece, length: int) -> set[tuple[tuple[int, float], ...]]:
    """All runs of `length` melody notes, free of key and tempo."""
    turns = set()
    for name, part in piece.parts.items():
        if part.role != "melody":
            continue
        notes = SCORES[piece.title].notes[name]
        for first in range(len(notes) - length + 1):
            run = notes[first : first + length]
            unit = run[1].start - run[0].start
            steps = [
                (b.pitch - a.pitch, round((b.start - a.start) / unit, 2))
                for a, b in itertools.pairwise(run)
            ]
            turns.add(tuple(steps))
    return turns


def test_no_two_pieces_share_a_turn_of_eight_notes() -> None:
    turns = {piece.title: _turns(piece, 8) for piece in PIECES}
    shared = [
        (one, other) for one, other in itertools.combinations(turns, 2) if turns[one] & turns[other]
    ]
    assert shared == []


@pytest.mark.parametrize("piece", PIECES, ids=TITLES)
def test_no_five_seconds_of_a_piece_come_back_unchanged(piece: Piece) -> None:
    score = SCORES[piece.title]
    notes: list[Note] = [note for part in score.notes.values() for note in part]
    span = 5 * piece.tempo / 60
    starts = np.arange(0, score.length - span, piece.beats)
    windows = [
        {
            (round(note.start - start, 2), note.pitch)
            for note in notes
            if start <= note.start < start + span
        }
        for start in starts
    ]
    for (i, one), (j, other) in itertools.combinations(enumerate(windows), 2):
        if starts[j] - starts[i] >= span:
            assert len(one & other) < 0.85 * len(one | other)


@given(seed=st.integers(0, 2**32 - 1), amount=st.floats(0, 1))
def test_variation_keeps_downbeats_and_bounds(seed: int, amount: float) -> None:
    melody = parse_melody("1:1 3 5:.5 6 5:1 | 6:1.5 4:.5 2:2 | 1:4", 4)
    varied = vary(melody, 4, amount, np.random.default_rng(seed))
    downbeats = {note.start: note.degree for note in varied if note.start % 4 == 0}
    assert downbeats == {0.0: 0, 4.0: 5, 8.0: 0}
    assert varied == sorted(varied, key=lambda note: note.start)
    assert all(note.length > 0 for note in varied)
    assert all(a.start + a.length <= b.start + 1e-9 for a, b in itertools.pairwise(varied)), (
        "notes of one voice overlap"
    )
    assert varied[-1].start + varied[-1].length == 12


def test_no_variation_leaves_the_melody_alone() -> None:
    melody = parse_melody("1:1 3 5 3 | 2:4", 4)
    assert vary(melody, 4, 0.0, np.random.default_rng(0)) == melody
    assert vary(melody, 4, 1.0, np.random.default_rng(0)) != melody
