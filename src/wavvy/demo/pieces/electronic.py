"""Pieces for synthesisers and drum machines."""

from __future__ import annotations

from typing import Final

from wavvy.demo.piece import Part, Passage, Piece, Section

_NIGHT_BUS = Piece(
    title="Night Bus to Marseille",
    artist="Autoroute Nocturne",
    genre="Synthwave",
    year=2020,
    tempo=108,
    beats=4,
    scale="A minor",
    tuning_hz=441.5,
    parts={
        "lead": Part("square lead", "melody", register=69, gain=0.3, pan=0.1, effect="echo"),
        "bells": Part("bell", "melody", register=81, gain=0.28, pan=-0.3, send=0.4),
        "second": Part("saw lead", "melody", register=69, gain=0.2, pan=-0.35, interval=-2),
        "pad": Part("pad", "chords", ("c---------------",), 60, 0.22, send=0.35, effect="sweep"),
        "arpeggio": Part(
            "blip",
            "chords",
            ("0.1.2.3.4.3.2.1.", "0.2.1.3.2.4.3.5.", "012.123.234.345."),
            register=62,
            gain=0.22,
            pan=0.45,
            effect="echo",
        ),
        "bass": Part("saw bass", "bass", ("1.1.8.1.1.1.8.1.", "1.1.1.8.1.1.5.a."), 33, 0.5, send=0),
    },
    passages={
        "intro": Passage("Am | F | Dm | E"),
        "verse": Passage(
            "Am | F | C | G | Am | F | Dm | E",
            "5:1.5 3:.5 5:1 1+ | 7:.5 6 5:1 6:2 | 5:1.5 3:.5 2:1 3 | 2:3 r:1"
            "| 5:1.5 3:.5 5:1 3+ | 2+:.5 1+ 7:1 1+:2 | 6:1 5:.5 4 3:1 4 | #7-:2 2:1 5",
        ),
        "chorus": Passage(
            "F | G | Em | Am | F | G | C | E",
            "1+:.75 1+ 7:.5 6:1 5 | 7:.75 7 6:.5 5:2 | 5:.75 7 2+:.5 1+:1 7 | 1+:3 5:1"
            "| 3+:.75 3+ 2+:.5 1+:1 6 | 7:.75 1+ 2+:.5 7:2 | 3+:1 2+:.5 1+ 5:1 3 | 5:2 #7",
        ),
    },
    form=(
        Section("intro", "pad arpeggio"),
        Section("verse", "lead pad bass", "drive"),
        Section("chorus", "lead second arpeggio bass", "lights"),
        Section("verse", "bells arpeggio pad bass", "drive", variation=0.5),
        Section("chorus", "bells lead second pad bass", "lights", lift=3, variation=0.3),
    ),
    ending="Am9",
    grooves={
        "drive": {
            "kick": "X...x...X...x...",
            "gated snare": "....x.......x...",
            "closed hat": "..x...x.o.x...xo",
        },
        "lights": {
            "kick": "X...x...X...x...",
            "gated snare": "....X.......X...",
            "closed hat": "xoxoxoxoxoxoxoxo",
            "open hat": "..x...x...x...x.",
            "clap": "............x.o.",
        },
    },
    fill=("gated snare", "high tom", "mid tom", "low tom"),
    crash="crash",
    looseness_ms=1,
    room_s=1.8,
)

_CONCRETE = Piece(
    title="Concrete Garden",
    artist="Tape Saucer",
    genre="Lo-fi hip hop",
    year=2022,
    tempo=80,
    beats=4,
    scale="C# minor",
    tuning_hz=433,
    parts={
        "guitar": Part("nylon guitar", "melody", register=61, gain=1.2, pan=0.15, send=0.3),
        "flute": Part("flute", "melody", register=73, gain=0.22, pan=-0.2, send=0.4),
        "vibes": Part("vibraphone", "melody", register=73, gain=0.25, pan=0.3, interval=-2),
        "piano": Part(
            "electric piano",
            "chords",
            ("c-----..c---..c-", "c---..c-....c---", "..c---c-..c-----"),
            register=59,
            gain=0.2,
            pan=-0.25,
            effect="tremolo",
        ),
        "harp": Part("harp", "chords", ("0.2.1.3.2.4.3.1.", "3.1.2.0.1.3.2.4."), 66, 0.22, 0.45),
        "bass": Part(
            "sine bass", "bass", ("1-----..1---5-..", "1---..3-5-..8-a-"), 37, 0.5, send=0.05
        ),
    },
    passages={
        "verse": Passage(
            "C#m9 | Amaj7 | F#m9 | G#m7",
            "5:.75 4:.25 3:1 r:.5 3 4 5 | 3:1.5 r:.5 2 3 5:1 | 6:.75 5:.25 4:1 r:.5 1 2 4"
            "| 2:2.5 r:.5 7- 2",
        ),
        "turn": Passage("Amaj7 | G#m7 | F#m9 | B6"),
        "chorus": Passage(
            "Amaj7 | B6 | G#m7 | C#m9",
            "1+:1 7:.5 5 _ 3 5:1 | 4:1.5 5:.5 7:1 2+ | 7:.75 5:.25 4:.5 2 _:1 4 | 5:3 r:1",
        ),
    },
    form=(
        Section("turn", "piano", "dust"),
        Section("verse", "guitar piano bass", "bap"),
        Section("verse", "guitar flute bass harp", "bap", variation=0.6),
        Section("chorus", "flute vibes piano bass", "swung"),
        Section("turn", "harp piano", "dust", lift=2),
        Section("verse", "vibes flute piano bass", "swung", lift=2, variation=0.5),
        Section("chorus", "guitar vibes harp bass", "bap", lift=2, variation=0.5),
    ),
    ending="C#m9",
    grooves={
        "dust": {"crackle": "o..o.o..oo..o.o."},
        "bap": {
            "kick": "X......x..x.....X..x......x.....",
            "dusty snare": "....X.......X..o....X..o....X...",
            "closed hat": "x.x.x.x.x.x.x.xo",
            "crackle": "o....o...o.o..o.",
        },
        "swung": {
            "kick": "X.....x...x..x..",
            "dusty snare": "....X.......X...",
            "closed hat": "x.oxx.o.x.oxx.o.",
            "shaker": "..x...x...x...x.",
            "crackle": "..o...oo..o....o",
        },
    },
    fill=("dusty snare", "rim", "dusty snare"),
    swing=(0.25, 0.6),
    looseness_ms=9,
)

_GLASS = Piece(
    title="Glass Arithmetic",
    artist="Ensemble Sieben",
    genre="Minimalism",
    year=2015,
    tempo=134,
    beats=3.5,
    scale="C lydian",
    tuning_hz=444,
    parts={
        "choir": Part("choir", "melody", register=72, gain=0.35, send=0.5),
        "clarinet": Part("clarinet", "melody", register=60, gain=0.35, pan=0.25, send=0.3),
        "bells": Part("vibraphone", "melody", register=72, gain=0.35, pan=-0.2, send=0.3),
        "marimba": Part(
            "marimba",
            "chords",
            ("0.1.2.0.1.2.3.", "2.1.0.2.1.3.2.", "0.2.1.0.3.2.1."),
            register=62,
            gain=0.38,
            pan=-0.5,
        ),
        "echo": Part(
            "marimba",
            "chords",
            (".3..2..3..1..2", "1..3..2..4..3."),
            register=74,
            gain=0.3,
            pan=0.5,
        ),
        "organ": Part("organ", "chords", ("c-----c---c---",), register=60, gain=0.09, pan=0.2),
        "bass": Part("sine bass", "bass", ("1-----5---8---", "1-----1---5---"), 36, 0.4),
    },
    passages={
        "intro": Passage("Cmaj7 | D | Cmaj7 | Bm7"),
        "verse": Passage(
            "Cmaj7 | D | Cmaj7 | Bm7 | Am7 | Em7 | D | G",
            "5:1.5 3:1 2 | 4:2.5 2:1 | 7:1.5 5:1 3 | 4:2.5 6:1 | 1+:1.5 6:1 5 | 7:2.5 5:1"
            "| 6:1.5 4:1 2 | 2:2.5 5:1",
        ),
        "counting": Passage(
            "Em7 | Am7 | Cmaj7 | G | Em7 | Cmaj7 | Am7 | D",
            "7:.5 5 3 5 7 5 2+ | 1+:.5 6 3 6 1+ 6 5 | 3:.5 5 7 5 3+ 7 5 | 2+:1.5 7:1 5"
            "| 7:.5 5 3 5 2+ 7 5 | 3+:.5 7 5 3 7 5 3 | 6:.5 3 1 3 6 1+ 3+ | 4+:1.5 2+:1 6",
        ),
    },
    form=(
        Section("intro", "marimba"),
        Section("verse", "clarinet marimba echo"),
        Section("counting", "bells marimba bass", "ticks"),
        Section("verse", "choir echo organ bass", "seven", lift=2, variation=0.3),
        Section("counting", "clarinet bells organ bass", "seven", lift=-3, variation=0.4),
        Section("verse", "choir bells marimba echo organ bass", "seven", variation=0.5),
    ),
    ending="Cmaj9",
    grooves={
        "ticks": {"block": "x.....o...o...", "shaker": "o.o.o.x.o.x.o."},
        "seven": {
            "kick": "x.........x...",
            "rim": "......x.......",
            "shaker": "o.o.o.x.o.x.o.",
            "block": "..o.........o.",
        },
    },
    fill=("block", "rim"),
    looseness_ms=3,
    room_s=1.6,
)

_ORBIT = Piece(
    title="Low Orbit",
    artist="Perihelion Club",
    genre="Ambient",
    year=2023,
    tempo=70,
    beats=4,
    scale="B major",
    tuning_hz=432,
    parts={
        "bell": Part("bell", "melody", register=71, gain=0.4, pan=0.1, send=0.5, effect="echo"),
        "voice": Part("choir", "melody", register=59, gain=0.35, pan=-0.1, send=0.5),
        "second": Part("strings", "melody", register=59, gain=0.25, pan=0.3, interval=-2, send=0.5),
        "pad": Part("pad", "chords", ("c---------------",), 59, 0.25, send=0.5, effect="sweep"),
        "stars": Part(
            "blip",
            "chords",
            ("0.2.1.3.2.4.3.1.", "3.1.4.2.0.2.5.3.", "4..3..2..1..2..3"),
            register=71,
            gain=0.16,
            pan=-0.45,
            send=0.4,
            effect="echo",
        ),
        "bass": Part("sine bass", "bass", ("1---------------", "1---------5-----"), 35, 0.42),
    },
    passages={
        "intro": Passage("Bmaj9 | Emaj7"),
        "verse": Passage(
            "Bmaj9 | G#m9 | Emaj7 | F#sus4 F#",
            "5:2 7:1 2+ | 2+:3 1+:1 | 7:1.5 6:.5 4:2 | 5:2 2:1 4",
        ),
        "chorus": Passage(
            "Emaj9 | D#m7 | C#m9 | F#sus4",
            "4+:1 3+ 7:2 | 5:2 3+:1.5 2+:.5 | 1+:1 7 4:2 | 5:4",
        ),
    },
    form=(
        Section("intro", "pad"),
        Section("verse", "bell pad bass"),
        Section("verse", "voice stars pad bass", "pulse", variation=0.5),
        Section("chorus", "bell voice pad bass", "pulse"),
        Section("verse", "bell second stars bass", "drift", lift=-4, variation=0.6),
        Section("chorus", "voice second stars pad bass", "drift", variation=0.4),
    ),
    ending="Bmaj9",
    grooves={
        "pulse": {"deep kick": "x.........o.....", "shaker": "....o.......o.o."},
        "drift": {
            "deep kick": "x.....o...x.....",
            "rim": "............o...",
            "closed hat": "..o.o.x...o.o.x.",
        },
    },
    looseness_ms=6,
    room_s=3.2,
)

_QUARTERS = Piece(
    title="Pocket Full of Quarters",
    artist="Joystick Elbow",
    genre="Chiptune",
    year=2010,
    tempo=156,
    beats=4,
    scale="E major",
    parts={
        "lead": Part("pulse", "melody", register=76, gain=0.42, pan=0.1, send=0.05),
        "square": Part("square lead", "melody", register=64, gain=0.17, pan=-0.1, effect="echo"),
        "second": Part("pulse", "melody", register=76, gain=0.2, pan=-0.4, send=0.05, interval=-2),
        "arpeggio": Part(
            "blip",
            "chords",
            ("0120120120120120", "0.1.2.1.0.1.2.1.", "2102102102102102"),
            register=67,
            gain=0.16,
            pan=0.45,
            send=0.03,
        ),
        "stabs": Part("pulse", "chords", ("..c...c...c...c.", "c..c..c...c..c.."), 64, 0.1, -0.4),
        "bass": Part("triangle", "bass", ("1-8-1-8-1-8-5-8-", "1-1-8-..1-5-8-a-"), 40, 0.5, send=0),
    },
    passages={
        "intro": Passage("E | C#m | A | B"),
        "verse": Passage(
            "E | B | C#m | A | E | B | A B | E",
            "1:.5 3 5 3 1+:.75 7 1+:.5 | 7:.5 5 2 5 7:1 5 | 6:.5 1+ 3+ 1+ 6:.75 5 6:.5"
            "| 4:.5 6 1+ 6 4:2 | 3+:.5 2+ 1+ 5 3+:.75 2+ 1+:.5 | 2+:.5 7 5 7 2+:1 5"
            "| 6:.5 1+ 4+ 1+ 7 2+ 5+ 2+ | 1+:1 5:.5 3 1:1 r",
        ),
        "chorus": Passage(
            "A | B | G#m | C#m | A | B | C | D",
            "4+:1.5 3+:.5 1+:1 6 | 2+:1.5 1+:.5 7:1 5 | 7:1 3+:.5 2+ 7:1 5 | 6:2 1+:1 3+"
            "| 4+:1 3+:.5 4+ 6+:1 4+ | 5+:1 4+:.5 5+ 7:1 2+ | b6:.5 1+ b3+ 1+ b6:1 1+"
            "| b7:.5 2+ 4+ 2+ b7:1 2+",
        ),
    },
    form=(
        Section("intro", "arpeggio bass", "blips"),
        Section("verse", "lead bass arpeggio", "run"),
        Section("verse", "square stabs bass", "run", variation=0.4),
        Section("chorus", "lead second arpeggio bass", "boss"),
        Section("verse", "lead second stabs bass", "blips", lift=-3, variation=0.5),
        Section("chorus", "square lead arpeggio bass", "boss", lift=-3, variation=0.35),
    ),
    ending="E",
    grooves={
        "blips": {"chip snare": "....x.......x...", "block": "x.......x..x...."},
        "run": {
            "kick": "X...x...X...x.x.",
            "chip snare": "....x.......x..o",
            "closed hat": "..x...x...x...x.",
        },
        "boss": {
            "kick": "X.x...x.X.x.....",
            "chip snare": "....X..o....X.oo",
            "closed hat": "xoxoxoxoxoxoxoxo",
        },
    },
    fill=("chip snare", "mid tom", "low tom"),
    crash="chip snare",
    looseness_ms=0,
    room_s=0.6,
)

ELECTRONIC: Final = (_NIGHT_BUS, _CONCRETE, _GLASS, _ORBIT, _QUARTERS)
