"""The judge of what was answered to a clip.

A track may hold the same music several times: a loop, a chorus, a remastered copy in another
file. An answer that names such a repeat is right. So an answer is judged by what is heard at
the place it names, not by the place alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from bench.audio import RATE, Samples, audio
from bench.clips import Clip

NEAR_MS = 250
SAME_MUSIC = 0.8
WORTH_JUDGING = 5.0
"""Evidence in nats below which a guess at another track is taken as wrong unheard: judging takes
longer than searching."""
HOP = 160  # 10 ms
WINDOW = 1024  # 64 ms
BINS = 256  # 0 to 4 kHz


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


def position_ms(result: Mapping[str, Any]) -> float:
    """Return where in the track the clip's first sample lies, by a result's own account.

    Parameters
    ----------
    result : mapping
        The JSON object of the contract.
    """
    pace = 1 + result["time_skew"]
    begin: float = result["db_begin_time_offset_ms"] - pace * result["sample_begin_time_offset_ms"]
    return begin


def judge_result(clip: Clip, result: Mapping[str, Any]) -> Verdict:
    """Judge one result, the JSON object of the contract."""
    return judge(clip, Path(result["file"]), position_ms(result))


def judge(clip: Clip, file: Path, begin_ms: float) -> Verdict:
    """Judge an answer: the clip is of `file` and starts there at `begin_ms`.

    Right is a position within `NEAR_MS` of the true one, or one where the reference sounds
    like the clip: the log spectra, each bin's mean taken off, correlate above `SAME_MUSIC`
    at some lag within `NEAR_MS`. With the means off, exact repeats reach 0.83 to 1; two places
    of a track that share instruments, chords and drums but not the tune stay below 0.7. The
    clip is compared as it is in its track: what was done to it since plays no part.
    """
    same_track = file.samefile(clip.path)
    if same_track and abs(begin_ms - clip.start_ms) <= NEAR_MS:
        return Verdict(True, same_track, begin_ms - clip.start_ms)
    correlations = lag_correlations(clip.samples, audio(file), begin_ms)
    best = int(np.argmax(correlations))
    if correlations[best] < SAME_MUSIC:
        return Verdict(False, same_track)
    return Verdict(True, same_track, NEAR_MS - best * 1000 * HOP / RATE)


def lag_correlations(samples: Samples, track: Samples, begin_ms: float) -> NDArray[np.float64]:
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


def log_spectra(samples: Samples) -> NDArray[np.float64]:
    """Return log magnitudes up to 4 kHz, shape (frames, 256), floored 60 dB below the peak."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    window = scipy.signal.get_window("hann", WINDOW)
    magnitudes = np.abs(np.fft.rfft(frames * window, axis=1)[:, :BINS])
    floor = max(float(magnitudes.max()) * 1e-3, 1e-9)
    return np.log10(np.maximum(magnitudes, floor))
