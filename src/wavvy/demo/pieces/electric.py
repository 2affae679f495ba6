"""Pieces for bands: jazz, bossa nova, funk, reggae, rock."""

from __future__ import annotations

from typing import Final

from wavvy.demo.piece import Part, Passage, Piece, Section

_KETTLE = Piece(
    title="Kettle and Steam",
    artist="The Breakfast Quartet",
    genre="Swing",
    year=2014,
    tempo=178,
    beats=4,
    scale="Bb major",
    tuning_hz=443,
    parts={
        "vibes": Part("vibraphone", "melody", register=70, gain=0.5, pan=0.2),
        "clarinet": Part("clarinet", "melody", register=70, gain=0.35, pan=-0.25),
        "brass": Part("brass", "melody", register=58, gain=0.25, pan=0.35, interval=-2),
        "piano": Part(
            "electric piano",
            "chords",
            ("......c-......c-", "c--...c-....c-..", "....c-........c-", "..c-......c-c..."),
            register=60,
            gain=0.2,
            pan=-0.4,
        ),
        "bass": Part(
            "upright bass",
            "bass",
            ("1---3---5---a---", "1---5---8---a---", "8---5---3---a---", "1---3---1---a---"),
            40,
            0.6,
        ),
    },
    passages={
        "intro": Passage("Bbmaj7 G7 | Cm7 F7 | Dm7 G7 | Cm7 F7"),
        "verse": Passage(
            "Bbmaj7 G7 | Cm7 F7 | Dm7 G7 | Cm7 F7 | Fm7 Bb7 | Ebmaj7 Ebm6 | Bbmaj7 G7 | Cm7 F7",
            "r:.5 5 6 1+ 3+:1 #1+:.5 6 | 5:1.5 2:.5 r:1 2:.5 3 | 3:.5 5 7 2+ #1+:1 6"
            "| 2+:.5 1+ 7 5 4:1 r | 5:.5 b7 2+ 4+ 3+:1 b7 | 6:1 4:.5 5 b6:1 4"
            "| 1+:.5 5 3 5 6:1 5:.5 4 | 2:1.5 4:.5 5:1 r",
        ),
        "bridge": Passage(
            "D7 | D7 | G7 | G7 | C7 | C7 | F7 | F7",
            "3:1 #5:.5 7 2+:1.5 7:.5 | 2+:.5 7 #5 3 2:2 | 3+:1.5 #1+:.5 6:1 5"
            "| 6:.5 #1+ 3+ #1+ 6:2 | 1+:.5 6 #4 2 1+:1 6"
            "| 2+:1.5 1+:.5 #4:1 6 | 7:.5 2+ 4+ 2+ 7:1 5 | 4:.5 5 7 2+ 4+:1 r",
        ),
    },
    form=(
        Section("intro", "piano bass", "hush"),
        Section("verse", "vibes bass", "ride"),
        Section("verse", "vibes piano bass", "ride", variation=0.35),
        Section("bridge", "clarinet piano bass", "ride"),
        Section("verse", "clarinet vibes piano bass", "ride", variation=0.6),
        Section("bridge", "vibes brass bass", "hush", lift=3, variation=0.4),
        Section("verse", "clarinet brass piano bass", "ride", lift=3, variation=0.4),
    ),
    ending="Bb6",
    grooves={
        "hush": {"brush": "x...x.o.x...x.o.", "closed hat": "....x.......x..."},
        "ride": {
            "ride": "x...x.x.x...x.x.",
            "closed hat": "....x.......x...",
            "kick": "o...o...o...o...",
            "dusty snare": "......o.......o...o.........o..o",
        },
    },
    fill=("dusty snare", "high tom", "mid tom"),
    crash="ride",
    swing=(0.5, 0.64),
    looseness_ms=7,
)

_COPPER_MOON = Piece(
    title="Copper Moon",
    artist="Praia do Vento",
    genre="Bossa nova",
    year=2011,
    tempo=134,
    beats=4,
    scale="G minor",
    tuning_hz=441,
    parts={
        "flute": Part("flute", "melody", register=79, gain=0.4, pan=0.2, send=0.35),
        "vibes": Part("vibraphone", "melody", register=67, gain=0.45, pan=-0.15),
        "second": Part("flute", "melody", register=79, gain=0.25, pan=0.4, interval=-2),
        "guitar": Part(
            "nylon guitar",
            "chords",
            ("c-..c-.c-..c-...", "..c-..c-c-..c-c-", "c-..c-..c-.c-.c-"),
            register=58,
            gain=0.26,
            pan=-0.3,
        ),
        "strings": Part(
            "strings", "chords", ("c---------------",), register=64, gain=0.1, send=0.4
        ),
        "bass": Part(
            "upright bass",
            "bass",
            ("1-----5-5-----1-", "1-----5-8-----5-", "1---..1-5---..a-"),
            40,
            0.55,
        ),
    },
    passages={
        "intro": Passage("Gm7 | C9 | Gm7 | D7"),
        "verse": Passage(
            "Gm7 | Gm7 | C9 | C9 | Am7b5 | D7 | Gm7 | D7",
            "2+:1.5 1+:.5 _:1 7 | 5:2.5 3:.5 5:1 | #6:1.5 5:.5 _:1 4 | 3:3 r:1"
            "| 1+:1.5 b7:.5 _:1 6 | #7:1.5 2+:.5 _:1 1+ | 7:2 5:.5 3 5:1 | 4:1.5 2:.5 _:2",
        ),
        "chorus": Passage(
            "Ebmaj7 | Ebmaj7 | Dm7 | Dm7 | Cm7 | F9 | Bbmaj7 | Am7b5 D7",
            "5:.5 3 5 7 _:1 2+ | 1+:2 r:.5 7 6 5 | 7:.5 5 7 2+ _:1 4+ | 2+:2 r"
            "| 3+:1.5 1+:.5 _:1 6 | 7:1.5 2+:.5 _:1 6 | 5:1.5 3:.5 _:1 2 | 4:1.5 2:.5 #7-:1 2",
        ),
    },
    form=(
        Section("intro", "guitar", "light"),
        Section("verse", "flute guitar bass", "light"),
        Section("verse", "vibes guitar bass strings", "bossa", variation=0.45),
        Section("chorus", "flute second guitar bass strings", "bossa"),
        Section("verse", "flute vibes guitar bass", "bossa", lift=-2, variation=0.5),
        Section("intro", "vibes guitar bass strings", "bossa", lift=-2),
    ),
    ending="Gm9",
    grooves={
        "light": {"shaker": "xoxoxoxo", "rim": "x.....x.....x..."},
        "bossa": {
            "shaker": "xoxoxoxo",
            "rim": "x.....x.....x.......x.....x.....",
            "kick": "x.....oxx.....ox",
            "conga low": "....o...........o.........o.....",
        },
    },
    fill=("conga high", "conga low"),
    looseness_ms=7,
)

_SHOES = Piece(
    title="Sunday Shoes",
    artist="Velvet Crosswalk",
    genre="Funk",
    year=2017,
    tempo=106,
    beats=4,
    scale="F dorian",
    tuning_hz=439,
    parts={
        "brass": Part("brass", "melody", register=65, gain=0.35, pan=-0.2),
        "lead": Part("saw lead", "melody", register=77, gain=0.25, pan=0.25, effect="echo"),
        "second": Part("brass", "melody", register=65, gain=0.25, pan=0.3, interval=-2),
        "clav": Part(
            "clavinet",
            "chords",
            ("c..c..c...c.cc..", "..c..cc...c..c..", "c.cc..c.c..c..cc"),
            register=60,
            gain=0.24,
            pan=0.45,
            send=0.08,
        ),
        "organ": Part(
            "organ",
            "chords",
            ("c-------------..", "......c-....c---"),
            register=62,
            gain=0.1,
            pan=-0.4,
            effect="tremolo",
        ),
        "bass": Part(
            "slap bass",
            "bass",
            ("1..1..8.7.5.1.a.", "1..18...1.5.7.8.", "1.8..1.7..5.3.a."),
            34,
            0.55,
        ),
    },
    passages={
        "intro": Passage("Fm7 | Bb9 | Fm7 | Bb9"),
        "verse": Passage(
            "Fm7 | Fm7 | Bb9 | Bb9 | Fm7 | Fm7 | Dbmaj7 | C7",
            "1+:.25 r 1+:.5 7 5 r 3 4:.25 5 r:.5 | 7:.75 5:.25 r:1 3:.5 4 5:1"
            "| 6:.25 r 6:.5 5 4 r 1 3:.25 4 r:.5 | 6:.75 5:.25 r:1 4:.5 3 1:1"
            "| 3+:.5 1+:.25 7 r:.5 5 7 1+ r:1 | 7:.5 5 4 3 5:1 r"
            "| 1+:.5 5 3 5 b6:1 5:.5 3 | #7:.5 5 2+:1 5:.5 4 2:1",
        ),
        "chorus": Passage(
            "Bbm7 | Eb9 | Abmaj7 | Dbmaj7 | Bbm7 | Eb9 | C7 | C7",
            "4:1 1+:1.5 b6:.5 4:1 | 2+:1.5 1+:.5 7:1 4 | 5:1 7 2+:1.5 7:.5 | 1+:2 5:1 3"
            "| 4+:1 3+:.5 1+ b6:1 4 | 7:1 2+:.5 4+ 2+:1 7 | 5+:1 4+:.5 2+ #7:1 5"
            "| #7:.5 2+ 4+ 5+ r:2",
        ),
    },
    form=(
        Section("intro", "clav bass", "pocket"),
        Section("verse", "brass clav bass", "pocket"),
        Section("chorus", "lead organ clav bass", "open"),
        Section("verse", "brass second organ bass", "pocket", lift=-2, variation=0.35),
        Section("intro", "organ bass clav", "open", lift=-2),
    ),
    ending="Fm9",
    grooves={
        "pocket": {
            "kick": "X..x..x...x.....X..x....o.x..x..",
            "snare": "....X..o.o..X..o....X..o.o..X.oo",
            "closed hat": "x.xxx.xxx.xxx.xo",
        },
        "open": {
            "kick": "X.....x.X.x.....",
            "snare": "....X.......X..o",
            "closed hat": "x.o.x.o.x.o.x...",
            "open hat": "..............x.",
            "clap": "....x.......x...",
            "conga high": "...o..x....o..x.",
        },
    },
    fill=("snare", "high tom", "low tom"),
    crash="crash",
    swing=(0.25, 0.54),
)

_PINEAPPLE = Piece(
    title="Pineapple Radio",
    artist="Low Tide Transmitters",
    genre="Reggae",
    year=2013,
    tempo=150,
    beats=4,
    scale="A major",
    tuning_hz=437,
    parts={
        "drum": Part("steel drum", "melody", register=69, gain=0.4, pan=0.15, effect="echo"),
        "horn": Part("brass", "melody", register=57, gain=0.32, pan=-0.2),
        "horns": Part("brass", "melody", register=57, gain=0.25, pan=0.25, interval=2),
        "guitar": Part(
            "steel guitar",
            "chords",
            ("....c-......c-..", "....c-......c.c."),
            register=66,
            gain=0.26,
            pan=0.4,
        ),
        "organ": Part(
            "organ",
            "chords",
            ("..c-c-c-..c-c-c-", "..c-..c-..c-c-c-"),
            register=61,
            gain=0.12,
            pan=-0.4,
        ),
        "bass": Part(
            "sine bass",
            "bass",
            ("1---..3-5---....", "....1-1-3---5---", "1---1---..5-3-1-"),
            37,
            0.5,
        ),
    },
    passages={
        "intro": Passage("A | D | A | E"),
        "verse": Passage(
            "A | D | A | E | A | D | E | A",
            "3:1 5:.5 6 5:1 3 | 4:1.5 6:.5 _:1 4 | 3:1 2:.5 1 2:1 3 | 5:1.5 2:.5 _:2"
            "| 5:1 6:.5 1+ 6:1 5 | 6:1.5 1+:.5 _:1 6 | 5:1 4:.5 3 2:1 7- | 1:2 r",
        ),
        "chorus": Passage(
            "F#m | D | Bm | E | F#m | D | Bm E | A",
            "6:.5 6 r 6 5:1 6 | 1+:1.5 6:.5 4:2 | 2+:.5 2+ r 2+ 1+:1 6 | 7:1.5 5:.5 2:2"
            "| 3+:.5 3+ r 1+ 2+:1 1+ | 6:1.5 4:.5 6:2 | 2:.5 4 6 4 7:1 5 | 1+:2 r",
        ),
    },
    form=(
        Section("intro", "organ bass guitar", "steppers"),
        Section("verse", "drum organ guitar bass", "one drop"),
        Section("chorus", "horn organ guitar bass", "steppers"),
        Section("verse", "horn drum organ bass", "one drop", variation=0.5),
        Section("chorus", "horn horns guitar bass", "steppers", lift=1, variation=0.3),
        Section("intro", "bass guitar", "one drop", lift=1),
        Section("intro", "bass organ guitar", "steppers", lift=1),
    ),
    ending="A6",
    grooves={
        "one drop": {
            "kick": "........X.......",
            "rim": "........x.....o.......o.x...o...",
            "closed hat": "x.o.x.o.x.o.x.oo",
        },
        "steppers": {
            "kick": "X...x...X...x...",
            "gated snare": "........x...............x.....o.",
            "closed hat": "x.o.x.o.",
            "conga low": "..o.....o.o.....",
        },
    },
    fill=("gated snare", "high tom", "mid tom"),
    crash="crash",
    swing=(0.5, 0.56),
)

_WOLVES = Piece(
    title="Wolves of the Upper Valley",
    artist="Granite Parade",
    genre="Progressive rock",
    year=2009,
    tempo=164,
    beats=5,
    scale="E minor",
    tuning_hz=445,
    parts={
        "lead": Part("saw lead", "melody", register=76, gain=0.3, pan=0.1, effect="echo"),
        "hammer": Part("organ", "melody", register=64, gain=0.25, pan=-0.2, effect="tremolo"),
        "twin": Part("saw lead", "melody", register=76, gain=0.22, pan=-0.4, interval=2),
        "guitar": Part(
            "guitar",
            "chords",
            ("p-p.p-..p-p-..p-p-..", "p---p-p.p-p-p---p-p-", "p-..p-p.p---p-p-p.p."),
            register=45,
            gain=0.22,
            pan=0.35,
            send=0.1,
            effect="drive",
        ),
        "organ": Part(
            "organ", "chords", ("c-----------c-------",), register=62, gain=0.12, pan=-0.35
        ),
        "arpeggio": Part(
            "steel guitar",
            "chords",
            ("0-1-2-3-2-1-2-3-4-3-", "4-3-2-1-0-1-2-3-2-1-"),
            register=59,
            gain=0.34,
            pan=0.3,
        ),
        "bass": Part("saw bass", "bass", ("1-1-1-..1-1-5-..8-5-", "1---1-3-5-..1---7-5-"), 34, 0.4),
    },
    passages={
        "intro": Passage("Em | Em | C | D"),
        "verse": Passage(
            "Em | Em | C | D | Em | Em | Am | B",
            "1:1.5 2:.5 3:1 5 4 | 3:1 2 1 7-:2 | 3:1.5 4:.5 5:1 6:2 | 5:1 4 2 7:2"
            "| 1+:1.5 7:.5 5:1 3 4 | 5:1 3 1:3 | 4:1.5 5:.5 6:1 1+:2 | 5:1 2 #7 2+:2",
        ),
        "chorus": Passage(
            "C | G | Am | Em | C | G | F | B",
            "5:1 6 1+ 3+:2 | 7:2 5:1 3:2 | 1+:1 4 6 1+:2 | 5:3 3:2"
            "| 3+:1 1+ 6 5 6 | 7:1.5 1+:.5 2+:1 7:2 | b2+:2 1+:1 6:2 | 2+:1 #7 5 #7:2",
        ),
    },
    form=(
        Section("intro", "arpeggio", ""),
        Section("verse", "hammer arpeggio bass", "march"),
        Section("chorus", "lead guitar organ bass", "storm"),
        Section("verse", "lead guitar bass", "storm", variation=0.45),
        Section("intro", "organ arpeggio", "march", lift=2),
        Section("chorus", "lead twin guitar organ bass", "storm", lift=2, variation=0.35),
    ),
    ending="Em",
    grooves={
        "march": {
            "kick": "x...........x.......",
            "snare": "......o.x...o.....x.",
            "ride": "x...x...x...x...x...",
        },
        "storm": {
            "kick": "X.x...x...x.X...x...X...x.x...x.X.x.....",
            "snare": "....X.......o.X.....",
            "closed hat": "x.x.x.x.x.x.x.x.x.x.",
            "open hat": "..................x.",
        },
    },
    fill=("snare", "high tom", "mid tom", "low tom"),
    crash="crash",
    room_s=1.5,
)

ELECTRIC: Final = (_KETTLE, _COPPER_MOON, _SHOES, _PINEAPPLE, _WOLVES)
