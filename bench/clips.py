"""Clips of known origin, and the judge of what was answered.

A track may hold the same music several times: a loop, a chorus, a remastered copy in another
file. An answer that names such a repeat is right. So an answer is judged by what is heard at
the place it names, not by the place alone.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import scipy.signal
import soxr
from numpy.typing import NDArray

RATE = 16_000
QUIETEST_RMS = 0.003  # about -50 dBFS: below, a clip is silence between movements
NEAR_MS = 250
SAME_MUSIC = 0.8
HOP = 160  # 10 ms
WINDOW = 1024  # 64 ms
BINS = 256  # 0 to 4 kHz


@dataclass(frozen=True, slots=True)
class Clip:
    """A few seconds of a track.

    Attributes
    ----------
    path : Path
        The track.
    start_ms : float
        Where in the track the clip starts.
    samples : ndarray of float32, shape (n,)
        Mono at `RATE` Hz, as in the track.
    """

    path: Path
    start_ms: float
    samples: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer is worth.

    Attributes
    ----------
    right : bool
        The right track at the right place, or the same music elsewhere.
    same_track : bool
        The track that the clip is of, at whatever place.
    offset_error_ms : float
        Reported start less the start that was meant; of a right answer.
    """

    right: bool
    same_track: bool
    offset_error_ms: float = 0.0


@functools.lru_cache(maxsize=32)
def audio(path: Path) -> NDArray[np.float32]:
    """Decode a whole track to mono at `RATE` Hz, independently of Wavvy's decoder."""
    frames = list(decode(path, "flt"))
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    resampled: NDArray[np.float32] = soxr.resample(samples, frames[0].sample_rate, RATE)
    return resampled


def decode(path: Path, sample_format: str, rate: int | None = None) -> Iterator[av.AudioFrame]:
    """Yield a track's audio as mono frames, at its own rate unless one is given."""
    with av.open(path) as container:
        stream = container.streams.audio[0]
        convert = av.AudioResampler(sample_format, "mono", rate or stream.rate)
        for packet in container.demux(stream):
            with contextlib.suppress(av.error.ArgumentError):  # an empty packet ends some files
                for frame in packet.decode():
                    yield from convert.resample(frame)


def draw(paths: Sequence[Path], count: int, seconds: float, rng: np.random.Generator) -> list[Clip]:
    """Draw `count` clips: a track by chance, then a start by chance, silence drawn again."""
    clips: list[Clip] = []
    length = round(seconds * RATE)
    for choice in np.sort(rng.integers(len(paths), size=count)):  # sorted: decode each track once
        track = audio(paths[choice])
        while True:
            start = int(rng.integers(track.size - length))
            samples = track[start : start + length].copy()
            if np.sqrt(np.mean(samples**2)) >= QUIETEST_RMS:
                break
        clips.append(Clip(paths[choice], 1000 * start / RATE, samples))
    return clips


def judge(clip: Clip, result: Mapping[str, Any]) -> Verdict:
    """Judge one result (the JSON object of the contract) against the clip it answers.

    Right is a position within `NEAR_MS` of the true one, or one where the reference sounds
    like the clip: the log spectra, each bin's mean taken off, correlate above `SAME_MUSIC`
    at some lag within `NEAR_MS`. With the means off, exact repeats reach 0.83 to 1; two places
    of a track that share instruments, chords and drums but not the tune stay below 0.7.
    """
    path = Path(result["file"])
    begin_ms = result["db_begin_time_offset_ms"] - result["sample_begin_time_offset_ms"]
    same_track = path.samefile(clip.path)
    if same_track and abs(begin_ms - clip.start_ms) <= NEAR_MS:
        return Verdict(True, same_track, begin_ms - clip.start_ms)
    correlations = lag_correlations(clip.samples, audio(path), begin_ms)
    best = int(np.argmax(correlations))
    if correlations[best] < SAME_MUSIC:
        return Verdict(False, same_track)
    return Verdict(True, same_track, NEAR_MS - best * 1000 * HOP / RATE)


def lag_correlations(
    samples: NDArray[np.float32], track: NDArray[np.float32], begin_ms: float
) -> NDArray[np.float64]:
    """Correlate a clip with `track` around `begin_ms`.

    Returns
    -------
    ndarray of float64, shape (51,)
        Correlation with the track from `begin_ms` - 250 ms to `begin_ms` + 250 ms, by 10 ms.
    """
    margin = NEAR_MS * RATE // 1000
    begin = round(begin_ms * RATE / 1000) - margin
    end = begin + samples.size + 2 * margin
    around = np.pad(track[max(begin, 0) : max(end, 0)], (max(-begin, 0), 0))
    around = np.pad(around[: end - begin], (0, max(end - begin - around.size, 0)))
    clip, reference = log_spectra(samples), log_spectra(around)
    clip -= clip.mean(axis=0)
    correlations = []
    for lag in range(2 * margin // HOP + 1):
        window = reference[lag : lag + len(clip)]
        window = window - window.mean(axis=0)
        scale = np.linalg.norm(clip) * np.linalg.norm(window)
        correlations.append(float(np.vdot(clip, window) / scale) if scale > 0 else 0.0)
    return np.array(correlations)


def log_spectra(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return log magnitudes up to 4 kHz, shape (frames, 256), floored 60 dB below the peak."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    window = scipy.signal.get_window("hann", WINDOW)
    magnitudes = np.abs(np.fft.rfft(frames * window, axis=1)[:, :BINS])
    floor = max(float(magnitudes.max()) * 1e-3, 1e-9)
    return np.log10(np.maximum(magnitudes, floor))
