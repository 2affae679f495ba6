"""From score to sound: every note rendered, mixed, put into a room and limited."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from wavvy.demo.composition import Note, Score, compose, piece_random
from wavvy.demo.instruments import INSTRUMENTS
from wavvy.demo.percussion import DRUMS
from wavvy.demo.piece import Part, Piece
from wavvy.demo.synthesis import SAMPLE_RATE, Samples

_TAIL_S = 2.5
_DRUM_TAKES = 3
_DRUM_GAIN = 0.5
_DRUM_SEND = 0.12
_LOUDNESS = 0.15
_CEILING = 0.95


def render_piece(piece: Piece) -> Samples:
    """Compose and render a piece.

    Parameters
    ----------
    piece : Piece
        What to render.

    Returns
    -------
    numpy.ndarray, shape (2, n), float32
        Left and right at ``SAMPLE_RATE``, within [-1, 1]. The same piece gives the same samples.
    """
    score = compose(piece)
    mix = np.zeros((2, frame_count(piece, score)), dtype=np.float32)
    wet = np.zeros(mix.shape[1], dtype=np.float32)
    random = piece_random(piece, "sound")
    for name, part in piece.parts.items():
        bus = _play(piece, part, score.notes[name], mix.shape[1], random)
        bus = _EFFECTS[part.effect](bus, piece.tempo)
        angle = (part.pan + 1) * np.pi / 4
        mix[0] += np.float32(part.gain * np.cos(angle)) * bus
        mix[1] += np.float32(part.gain * np.sin(angle)) * bus
        wet += np.float32(part.gain * part.send) * bus
    _drum(piece, score, mix, wet, random)
    _reverberate(mix, wet, piece.room_s, random)
    return _master(mix)


def frame_count(piece: Piece, score: Score) -> int:
    """Samples per channel of the rendered piece, its dying away included."""
    return round((score.length * 60 / piece.tempo + _TAIL_S) * SAMPLE_RATE)


def seconds_at(piece: Piece, time: float) -> float:
    """Where a moment of the score (quarter notes) falls, swing included."""
    unit, share = piece.swing
    pair, place = divmod(time, 2 * unit)
    if place < unit:
        place *= 2 * share
    else:
        place = 2 * unit * share + (place - unit) * 2 * (1 - share)
    return (pair * 2 * unit + place) * 60 / piece.tempo


def _play(
    piece: Piece, part: Part, notes: list[Note], frames: int, random: np.random.Generator
) -> Samples:
    """All notes of a part, shape (frames,). A note that comes again is rendered only once."""
    bus = np.zeros(frames, dtype=np.float32)
    timbre = INSTRUMENTS[part.timbre]
    rendered: dict[tuple[int, int], Samples] = {}
    jitter = random.normal(0, piece.looseness_ms / 1000, len(notes))
    for note, late in zip(notes, jitter, strict=True):
        start = seconds_at(piece, note.start)
        length_ms = 20 * max(round((seconds_at(piece, note.start + note.length) - start) * 50), 2)
        key = (note.pitch, length_ms)
        if key not in rendered:
            hz = piece.tuning_hz * 2 ** ((note.pitch - 69) / 12)
            rendered[key] = timbre(hz, length_ms / 1000, random)
        _lay(bus, rendered[key], start + late, note.velocity)
    return bus


def _lay(bus: Samples, sound: Samples, start_s: float, gain: float) -> None:
    """Add `sound` to `bus` from `start_s` on."""
    first = max(round(start_s * SAMPLE_RATE), 0)
    stop = min(first + sound.size, bus.size)
    bus[first:stop] += np.float32(gain) * sound[: stop - first]


def _drum(
    piece: Piece, score: Score, mix: Samples, wet: Samples, random: np.random.Generator
) -> None:
    """Add the drums; each has a few takes, so that no two strokes in a row sound the same."""
    bus = np.zeros(mix.shape[1], dtype=np.float32)
    takes: dict[str, list[Samples]] = {}
    for number, hit in enumerate(score.hits):
        if hit.drum not in takes:
            takes[hit.drum] = [DRUMS[hit.drum](random) for _ in range(_DRUM_TAKES)]
        late = random.normal(0, piece.looseness_ms / 2000)
        take = takes[hit.drum][number % _DRUM_TAKES]
        _lay(bus, take, seconds_at(piece, hit.start) + late, hit.velocity)
    mix += np.float32(_DRUM_GAIN) * bus
    wet += np.float32(_DRUM_GAIN * _DRUM_SEND) * bus


def _dry(bus: Samples, tempo: float) -> Samples:  # noqa: ARG001
    return bus


def _echo(bus: Samples, tempo: float) -> Samples:
    """Three repeats, a dotted eighth apart."""
    delay = round(0.75 * 60 / tempo * SAMPLE_RATE)
    echoed = bus.copy()
    for repeat, gain in enumerate((0.4, 0.22, 0.1), start=1):
        echoed[repeat * delay :] += np.float32(gain) * bus[: -repeat * delay]
    return echoed


def _drive(bus: Samples, tempo: float) -> Samples:  # noqa: ARG001
    """An overdriven amplifier: saturation and the dull loudspeaker behind it."""
    sos = signal.butter(2, 3200, fs=SAMPLE_RATE, output="sos")
    return signal.sosfilt(sos, np.tanh(3 * bus)).astype(np.float32)


def _sweep(bus: Samples, tempo: float) -> Samples:
    """A low-pass that opens and closes over eight beats, as a blend of dull and bright."""
    sos = signal.butter(2, 600, fs=SAMPLE_RATE, output="sos")
    dull = signal.sosfilt(sos, bus)
    t = np.arange(bus.size) / SAMPLE_RATE
    openness = 0.5 - 0.5 * np.cos(2 * np.pi * t * tempo / 60 / 8)
    return (dull + openness * (bus - dull)).astype(np.float32)


def _tremolo(bus: Samples, tempo: float) -> Samples:  # noqa: ARG001
    t = np.arange(bus.size) / SAMPLE_RATE
    return (bus * (0.75 + 0.25 * np.sin(2 * np.pi * 5.2 * t))).astype(np.float32)


_EFFECTS = {"": _dry, "echo": _echo, "drive": _drive, "sweep": _sweep, "tremolo": _tremolo}


def _reverberate(mix: Samples, wet: Samples, room_s: float, random: np.random.Generator) -> None:
    """Add the room: noise that dies away by 60 dB in `room_s`, different left and right."""
    t = np.arange(round(room_s * SAMPLE_RATE)) / SAMPLE_RATE
    fade = 10 ** (-3 * t / room_s) * np.clip(t / 0.02, 0, 1)
    sos = signal.butter(1, (200, 5000), "bandpass", fs=SAMPLE_RATE, output="sos")
    for channel in mix:
        response = signal.sosfilt(sos, random.standard_normal(t.size)) * fade
        response /= np.sqrt(np.sum(response**2))
        channel += signal.oaconvolve(wet, response.astype(np.float32))[: wet.size]


def _master(mix: Samples) -> Samples:
    """Bring to a common loudness, hold peaks below full scale, fade the end."""
    mix *= np.float32(_LOUDNESS / np.sqrt(np.mean(mix**2)))
    reach = round(0.005 * SAMPLE_RATE)
    peaks: NDArray[np.float32] = ndimage.maximum_filter1d(np.abs(mix).max(axis=0), 2 * reach + 1)
    gain = _CEILING / np.maximum(peaks, _CEILING)
    mix *= ndimage.uniform_filter1d(gain, reach)
    fade = round(_TAIL_S / 2 * SAMPLE_RATE)
    mix[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return np.clip(mix, -1, 1)
