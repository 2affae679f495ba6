"""Pieces for strings, winds, keys and hand drums."""

from __future__ import annotations

from typing import Final

from wavvy.demo.piece import Part, Passage, Piece, Section

_LANTERNS = Piece(
    title="Lanterns on the Canal",
    artist="The Copper Lanterns",
    genre="Musette waltz",
    year=2019,
    tempo=152,
    beats=3,
    scale="D harmonic minor",
    tuning_hz=442,
    parts={
        "accordion": Part("accordion", "melody", register=62, gain=0.5, pan=-0.15),
        "fiddle": Part("fiddle", "melody", register=74, gain=0.3, pan=0.3, interval=-2),
        "solo": Part("fiddle", "melody", register=74, gain=0.45, pan=0.2, send=0.3),
        "guitar": Part(
            "nylon guitar",
            "chords",
            ("....c-..c-..", "....c-..c.c.", "....c---c-.."),
            register=58,
            gain=0.28,
            pan=0.4,
        ),
        "mandolin": Part(
            "mandolin", "chords", ("0.1.2.1.2.1.", "2.1.0.1.2.3."), register=70, gain=0.45, pan=-0.5
        ),
        "bass": Part(
            "upright bass", "bass", ("1-------....", "1---....5---", "5-------...."), 40, 0.6
        ),
    },
    passages={
        "intro": Passage("Dm | A7 | Dm | A7"),
        "verse": Passage(
            "Dm | Dm | Gm | Gm | A7 | A7 | Dm | A7",
            "5:1.5 6:.5 5:1 | 1+:2 3+:1 | 2+:.5 1+ 6:1 4 | 6:2 r:.5 6"
            "| 5:1 4:.5 5 7:1 | 2+:1.5 1+:.5 7:1 | 1+:1 5 3 | 2:2 5:1",
        ),
        "chorus": Passage(
            "F | C7 | F | Bb | Gm | Dm | E7 | A7",
            "5+:1 3+ 5+ | 4+:1.5 3+:.5 2+:1 | 3+:1 b7 5 | 6:2 1+:1"
            "| 2+:.5 1+ 6:1 4 | 3:1 5 1+ | 2+:1.5 1+:.5 #6:1 | 5:1 7 2+",
        ),
    },
    form=(
        Section("intro", "guitar bass"),
        Section("verse", "accordion guitar bass", "waltz"),
        Section("verse", "solo guitar bass mandolin", "waltz", variation=0.45),
        Section("chorus", "accordion fiddle guitar bass", "waltz"),
        Section("verse", "accordion mandolin bass", "waltz", variation=0.6),
        Section("chorus", "solo mandolin guitar bass", "waltz", lift=2, variation=0.35),
        Section("verse", "accordion fiddle mandolin guitar bass", "waltz", 2, variation=0.5),
    ),
    ending="Dm6",
    grooves={"waltz": {"brush": "....x...x.......x...x.o.", "frame drum": "x.........o."}},
    looseness_ms=9,
)

_REEL = Piece(
    title="The Harbourmaster's Reel",
    artist="Saltmarsh Ceilidh Band",
    genre="Folk",
    year=2016,
    tempo=206,
    beats=4,
    scale="A dorian",
    tuning_hz=446,
    parts={
        "fiddle": Part("fiddle", "melody", register=69, gain=0.45, pan=-0.25),
        "whistle": Part("whistle", "melody", register=81, gain=0.3, pan=0.3, send=0.3),
        "low": Part("reed pipe", "melody", register=69, gain=0.25, pan=0.1, interval=-5),
        "guitar": Part(
            "steel guitar",
            "chords",
            ("c---c.c.c---c.cc", "c---c.c.c.c.c.c.", "c.c.c---c.cc c---"),
            register=57,
            gain=0.26,
            pan=0.45,
        ),
        "harp": Part("harp", "chords", ("0-1-2-3-", "3-2-1-2-"), register=64, gain=0.3, pan=-0.5),
        "bass": Part("upright bass", "bass", ("1-------5-------", "1---5---8---5---"), 38, 0.5),
    },
    passages={
        "intro": Passage("Am | G | Am | Em"),
        "first": Passage(
            "Am | Am | G | G | Am | Am | G | Am",
            "1:.5 5- 1 2 3 2 1 5 | 1+:.5 7 5 6 5 3 2 1 | 7-:.5 2 4 5 7 5 4 2 | 3:.5 2 7- 2 4 3 2 7-"
            "| 1:.5 5- 1 2 3 4 5 6 | 7:.5 5 1+ 5 7 5 4 3 | 2:.5 4 7 4 2 3 2 7- | 1:1 1:.5 2 1:1 r",
        ),
        "second": Passage(
            "Am | C | G | Em | Am | C | G Em | Am",
            "1+:1 1+:.5 2+ 3+ 2+ 1+ 7 | 5:.5 3 5 7 3+:1 2+:.5 1+ | 2+:1 7:.5 2+ 4+ 2+ 7 5"
            "| 7:.5 5 2 5 7 6 5 2 | 1+:.5 2+ 3+ 1+ 5+ 3+ 2+ 1+ | 3+:.5 1+ 7 5 3 5 7 1+"
            "| 2+:.5 7 4 7 5 7 2 5 | 1:1 1:.5 2 1:1 5",
        ),
        "third": Passage(
            "Am | Em | F | G | Am | Em | F G | Am",
            "5:.5 6 5 3 5 1+ 7 1+ | 2+:1 7:.5 5 2 5 7 5 | b6:.5 1+ 3+ b6+ 3+ 1+ b6 1+"
            "| 2+:.5 7 4 7 2+ 4+ 5+ 4+ | 3+:.5 2+ 3+ 5+ 3+ 1+ 5 1+"
            "| 7:1.5 2+:.5 5+ 2+ 7 5 | b6:.5 1+ 3+ 1+ 2+ 7 5 4 | 3:.5 1 2 3 1:1 r",
        ),
    },
    form=(
        Section("intro", "guitar harp", ""),
        Section("first", "fiddle guitar", "soft"),
        Section("first", "fiddle harp guitar bass", "reel", variation=0.3),
        Section("second", "whistle guitar bass", "reel"),
        Section("second", "fiddle low guitar bass", "reel", variation=0.35),
        Section("third", "whistle harp bass", "soft"),
        Section("third", "fiddle whistle guitar bass", "reel", variation=0.3),
        Section("first", "fiddle whistle low guitar bass", "reel", 2, variation=0.4),
    ),
    ending="Am",
    grooves={
        "soft": {"frame drum": "x.....o.x...o..."},
        "reel": {
            "frame drum": "X...o.x.X...x.o.X...o.x.X.o.x.x.",
            "frame tick": "..o.x...o.o.x.o.",
            "tambourine": "....x.......x...",
        },
    },
    fill=("frame tick", "frame drum"),
    looseness_ms=7,
)

_TELEGRAPH = Piece(
    title="Desert Telegraph",
    artist="Caravan Signal",
    genre="Maqam",
    year=2021,
    tempo=102,
    beats=4,
    scale="D phrygian dominant",
    tuning_hz=436,
    parts={
        "oud": Part("oud", "melody", register=62, gain=1.2, pan=-0.2),
        "ney": Part("flute", "melody", register=74, gain=0.28, pan=0.2, send=0.45),
        "reed": Part("reed pipe", "melody", register=62, gain=0.26, pan=0.15, send=0.35),
        "drone": Part("strings", "chords", ("p---------------",), register=50, gain=0.1, send=0.4),
        "strum": Part(
            "oud",
            "chords",
            ("0.2.1.2.0.21 2.1.", "012.1.2.0.2.12 1."),
            register=57,
            gain=0.3,
            pan=0.5,
        ),
        "bass": Part("upright bass", "bass", ("1-----1-5---1---", "1---..5-8---5---"), 38, 0.55),
    },
    passages={
        "intro": Passage("D | D"),
        "verse": Passage(
            "D | D | Eb | D | Cm | Cm | Eb | D",
            "1:1 2:.5 3 4 3 2 1 | 3:1.5 2:.5 1:2 | 2:.5 3 4 5 6:1 5:.5 4 | 5:1.5 4:.25 3 3:2"
            "| 4:1 5:.5 4 2:1 7- | 7:1.5 6:.5 5 4 2:1 | 6:.5 5 4 5 4 2 4 2 | 3:.5 2 1:3",
        ),
        "answer": Passage(
            "Gm | Gm | D | D | Eb | Cm | Eb | D",
            "4:.5 6 1+:1 7:.5 6 5 4 | 6:1.5 5:.5 4:2 | 5:.5 4 3 4 5:1 1+ | 5:2.5 r:.5 5 6"
            "| 2+:1.5 1+:.25 7 6:1 4 | 7:.5 6 5 4 2:1 4 | 6:.5 5 4 2 4 5 6 4 | 3:.75 2 3:.5 1:2",
        ),
    },
    form=(
        Section("intro", "drone strum"),
        Section("verse", "oud drone", "maqsum"),
        Section("answer", "ney drone strum bass", "maqsum"),
        Section("verse", "reed ney strum bass", "malfuf", lift=5, variation=0.5),
        Section("intro", "strum bass", "malfuf", lift=5),
    ),
    ending="D",
    grooves={
        "maqsum": {
            "dum": "X.......X.......",
            "tek": "..x.o.x.o.o.x.oo",
            "tambourine": "..o...x.....x...",
        },
        "malfuf": {
            "dum": "X...............X.....o.........",
            "tek": "...x..x.o..x..x.",
            "shaker": "x.ox",
        },
    },
    fill=("tek", "dum"),
    looseness_ms=8,
    room_s=1.8,
)

_CHAPEL = Piece(
    title="Chapel of Salt",
    artist="Wieliczka Street Consort",
    genre="Chorale",
    year=2012,
    tempo=78,
    beats=4,
    scale="C minor",
    tuning_hz=431,
    parts={
        "choir": Part("choir", "melody", register=60, gain=0.5, send=0.5),
        "flute": Part("flute", "melody", register=72, gain=0.35, pan=0.3, send=0.5),
        "alto": Part("choir", "melody", register=60, gain=0.35, pan=-0.3, send=0.5, interval=-2),
        "organ": Part(
            "pipe organ",
            "chords",
            ("c---------------", "c-------c-------"),
            register=62,
            gain=0.17,
            send=0.4,
        ),
        "harp": Part(
            "harp",
            "chords",
            ("0-1-2-3-4-3-2-1-", "0-2-1-3-2-4-3-5-", "3-2-1-0-1-2-3-4-"),
            register=62,
            gain=0.4,
            pan=-0.4,
            send=0.4,
        ),
        "pedal": Part("pipe organ", "bass", ("1---------------", "1-------8-------"), 36, 0.3),
    },
    passages={
        "verse": Passage(
            "Cm | Ab | Fm | G | Cm | Eb | Fm G | Cm",
            "5:2 4:1 3 | 3:2 4:1 5 | 6:1.5 5:.5 4:2 | 2:3 5:1"
            "| 1+:2 7:1 6 | 5:2 7:1 5 | 6:1 4 2 #7- | 1:4",
        ),
        "middle": Passage(
            "Eb | Bb | Cm | Gm | Ab | Eb | D7 | G7",
            "5:1 3 5 7 | 4+:2 2+ | 3+:1 2+ 1+ 5 | 7:2 5 | 1+:1.5 7:.5 6:1 1+ | 7:1 5 3 5"
            "| 2:1 #4 #6 1+ | #7:2 5:1 4",
        ),
    },
    form=(
        Section("verse", "choir organ pedal"),
        Section("middle", "flute harp pedal", level=0.8),
        Section("verse", "choir alto flute organ harp pedal", "procession", 2, variation=0.3),
    ),
    ending="C",
    grooves={"procession": {"timpani": "x.......o.......x.......o...o.x."}},
    fill=("timpani",),
    looseness_ms=10,
    room_s=2.6,
)

_BOATS = Piece(
    title="Paper Boats",
    artist="Small Hours Nursery",
    genre="Lullaby",
    year=2018,
    tempo=94,
    beats=3,
    scale="F major",
    tuning_hz=438,
    parts={
        "box": Part("music box", "melody", register=77, gain=0.45, pan=0.1, send=0.35),
        "clarinet": Part("clarinet", "melody", register=65, gain=0.4, pan=-0.1, send=0.3),
        "second": Part("vibraphone", "melody", register=65, gain=0.35, pan=0.3, interval=-2),
        "piano": Part(
            "electric piano",
            "chords",
            ("0-1-2-1-2-1-", "0-2-1-2-3-2-", "0-1-2-3-2-1-"),
            register=60,
            gain=0.32,
            pan=-0.3,
        ),
        "strings": Part("strings", "chords", ("c-----------",), register=58, gain=0.12, send=0.4),
        "bass": Part("sine bass", "bass", ("1-----5-----", "1-----------"), 41, 0.4),
    },
    passages={
        "intro": Passage("F | Bb | F | C7"),
        "verse": Passage(
            "F | Dm7 | Gm7 | C7 | F | Bb | C7 | F",
            "3:1 5:.5 1+:1 5:.5 | 6:1 5:.5 3:1.5 | 4:1 3:.5 2:1 6-:.5 | 5-:1.5 r:.5 5- 1"
            "| 3:1 5:.5 1+:1 3+:.5 | 2+:1 1+:.5 6:1.5 | 5:.5 4 3 2:1 3:.5 | 1:2.5 r:.5",
        ),
        "bridge": Passage(
            "Bb | F | Gm7 | Dm | Bb | Am7 | Gm7 | C7",
            "4+:1 2+:.5 6:1.5 | 3+:1 1+:.5 5:1.5 | 2+:.5 1+ 6 4:1.5 | 6:1 5:.5 3:1.5"
            "| 6:1 1+:.5 2+:1 4+:.5 | 3+:1.5 5 | 2+:.5 3+ 2+ 1+ 6 4 | 5:1.5 2",
        ),
    },
    form=(
        Section("intro", "piano"),
        Section("verse", "box piano bass"),
        Section("verse", "clarinet piano strings bass", "rocking", variation=0.4),
        Section("bridge", "box second strings bass", "rocking"),
        Section("verse", "box clarinet second piano bass", "rocking", lift=3, variation=0.55),
    ),
    ending="F",
    grooves={
        "rocking": {
            "shaker": "o...x.o...x.",
            "block": "..........o.o...........",
            "brush": "x.....o.....",
        }
    },
    looseness_ms=9,
    room_s=1.6,
)

ACOUSTIC: Final = (_LANTERNS, _REEL, _TELEGRAPH, _CHAPEL, _BOATS)
