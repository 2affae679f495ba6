"""The cells of the protocol: the ways in which every clip is heard."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.audio import Samples
from bench.clips import Clip
from bench.degrade import codec, noise, room, warp
from bench.quality.draws import Draw

SNRS_DB = (10, 5, 0, -5)
ROOM_SNRS_DB = (5, 0)
SPEED_PERCENT = (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5)
TEMPO_PERCENT = (-10, -8, -5, -3, 3, 5, 8, 10)
PITCH_SEMITONES = (-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0)

GROUPS = {  # for the DET curve
    "clean": ("clean",),
    "noise, 10 and 5 dB": ("snr10", "snr5"),
    "noise, 0 and -5 dB": ("snr0", "snr-5"),
    "rooms": ("room5", "room0"),
    "codecs": ("mp3_32k", "opus_12k", "gsm"),
    "speed, tempo, pitch": ("speed", "tempo", "pitch"),
}
WARPED = GROUPS["speed, tempo, pitch"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser gets, and how much faster and higher than the track it plays."""

    samples: Samples
    time_skew: float = 0.0
    frequency_skew: float = 0.0


Cell = Callable[[Draw], Heard]


def _clean(draw: Draw) -> Heard:
    return Heard(draw.clip.samples)


def _noisy(draw: Draw, snr_db: float) -> Heard:
    return Heard(noise.mix(draw.clip.samples, noise_of(draw), snr_db))


def _room(draw: Draw, snr_db: float) -> Heard:
    return Heard(room.phone(noise.mix(_in_room(draw), noise_of(draw), snr_db)))


def _codec(draw: Draw, name: str) -> Heard:
    return Heard(codec.codec(draw.clip.samples, name))


def _gsm(draw: Draw) -> Heard:
    return Heard(codec.gsm(draw.clip.samples))


def _speed(draw: Draw) -> Heard:
    skew = float(draw.rng("speed").choice(SPEED_PERCENT)) / 100
    return Heard(warp.speed(_source(draw.clip, 1 + skew), 1 + skew, draw.clip.length), skew, skew)


def _tempo(draw: Draw) -> Heard:
    skew = float(draw.rng("tempo").choice(TEMPO_PERCENT)) / 100
    return Heard(warp.tempo(_source(draw.clip, 1 + skew), 1 + skew, draw.clip.length), skew)


def _pitch(draw: Draw) -> Heard:
    semitones = float(draw.rng("pitch").choice(PITCH_SEMITONES))
    higher = warp.pitch(draw.clip.samples, semitones, draw.clip.length)
    return Heard(higher, frequency_skew=2 ** (semitones / 12) - 1)


def _source(clip: Clip, factor: float) -> Samples:
    """Return what becomes as long as the clip when it is played so many times as fast."""
    return clip.source(int(np.ceil(factor * clip.length)))


@functools.lru_cache(maxsize=1)
def _in_room(draw: Draw) -> Samples:
    """Return the clip in its room: the same room in each cell, and slow to make."""
    return room.play(draw.clip.samples, room.response(draw.rng("room")))


def noise_of(draw: Draw) -> Samples:
    """Return the noise that belongs to a clip, as long as it is."""
    rng = draw.rng("noise")
    count = draw.clip.length
    if draw.noise == "pink":
        return noise.pink(count, rng)
    if draw.folder and draw.noise == "recorded":
        return noise.recorded(count, draw.folder, rng)
    return noise.babble(count, rng)


CELLS: dict[str, Cell] = {
    "clean": _clean,
    **{f"snr{snr_db}": partial(_noisy, snr_db=snr_db) for snr_db in SNRS_DB},
    **{f"room{snr_db}": partial(_room, snr_db=snr_db) for snr_db in ROOM_SNRS_DB},
    **{name: partial(_codec, name=name) for name in codec.CODECS},
    "gsm": _gsm,
    "speed": _speed,
    "tempo": _tempo,
    "pitch": _pitch,
}
