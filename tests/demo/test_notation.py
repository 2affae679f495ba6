from __future__ import annotations

import pytest

from wavvy.demo.notation import MelodyNote, parse_chords, parse_melody


def test_melody_lengths_stay_until_changed() -> None:
    assert parse_melody("1:1.5 #4:.5 r:1 5+ | 7-:4", 4) == [
        MelodyNote(0.0, 1.5, 0),
        MelodyNote(1.5, 0.5, 3, 1),
        MelodyNote(3.0, 1.0, 11),
        MelodyNote(4.0, 4.0, -1),
    ]


def test_a_note_is_held_over_the_bar_line() -> None:
    assert parse_melody("r:2 3 | _:1 r:3", 4) == [MelodyNote(2.0, 3.0, 2)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("1:2 2", "bar 1 has 4 beats, not 3"), ("1:3 | 1:2", "bar 2 has 2"), ("8:3", "'8:3'")],
)
def test_wrong_bars_and_tokens_are_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_melody(text, 3)


def test_chords_share_a_bar() -> None:
    spans = parse_chords("Am | F G", 4)
    assert [(span.start, span.length, span.chord.root) for span in spans] == [
        (0, 4, 9),
        (4, 2, 5),
        (6, 2, 7),
    ]
