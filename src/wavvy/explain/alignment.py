"""The track laid over the clip: where its peaks would be, and which of them the clip has."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F64, I64, Bools
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import SUBBINS, Peaks
from wavvy.index.inspection import coincidences
from wavvy.match import Match
from wavvy.query import SHIFTS, Query


class Axes(NamedTuple):
    """From half-frames and sub-bins to milliseconds and Hz.

    Attributes
    ----------
    half_frame_ms : float
        Milliseconds from one column of a query's spectrogram to the next.
    centre_ms : float
        Milliseconds from the start of a window to its middle.
    subbin_hz : float
        Hz from one sub-bin to the next.
    """

    half_frame_ms: float
    centre_ms: float
    subbin_hz: float

    @classmethod
    def of(cls, params: FingerprintParams) -> Axes:
        """Return the axes of an analysis. A frame is shown where the middle of its window is."""
        return cls(
            params.hop_ms / SHIFTS,
            500 * params.window / params.sample_rate,
            params.sample_rate / params.window / SUBBINS,
        )

    def begin_ms(self, query: Query) -> float:
        """Return where a query begins in its clip."""
        return query.start * self.half_frame_ms

    def end_ms(self, query: Query) -> float:
        """Return where it ends."""
        last = (query.start + max(0, query.half_frames - 1)) * self.half_frame_ms
        return last + 2 * self.centre_ms

    def points(self, peaks: Peaks) -> list[tuple[int, int]]:
        """Return time in ms and frequency in Hz of a query's peaks."""
        times = peaks.frames * self.half_frame_ms + self.centre_ms
        hertz = peaks.freqs * self.subbin_hz
        return [(round(t), round(f)) for t, f in zip(times.tolist(), hertz.tolist(), strict=True)]


class Alignment(NamedTuple):
    """The track's peaks where the clip lies.

    Attributes
    ----------
    times, hertz : ndarray, shape (peaks,), float64
        Milliseconds and Hz in the clip.
    matched : ndarray, shape (peaks,), bool
        Which of them the clip has.
    luck : float
        Share of them that the clip would have by luck.
    """

    times: F64
    hertz: F64
    matched: Bools
    luck: float


def track_begin_ms(match: Match, begin_ms: float) -> float:
    """Return the position in the track at a time of the clip, by what was matched."""
    return match.track_begin_ms + (begin_ms - match.begin_ms) * (1 + match.time_skew)


def align(track: Peaks, match: Match, query: Query, params: FingerprintParams) -> Alignment:
    """Lay a track's peaks over a clip.

    Parameters
    ----------
    track : Peaks
        All of them; frames count from the start of the track.
    match : Match
        Says where the clip lies, and how much faster and higher it plays.
    """
    axes = Axes.of(params)
    begin = axes.begin_ms(query)
    positions = track.frames.astype(np.float64) * params.hop_ms + axes.centre_ms
    times: F64 = (positions - track_begin_ms(match, begin)) / (1 + match.time_skew)
    subbins: F64 = track.freqs.astype(np.float64) * (1 + match.frequency_skew)
    frames: I64 = np.rint((times - axes.centre_ms) / axes.half_frame_ms).astype(np.int64)
    rows: I64 = np.floor(subbins / SUBBINS + 0.5).astype(np.int64) - params.low_bin
    inside = (frames >= 0) & (frames < query.half_frames) & (rows >= 0) & (rows < params.bins)
    matched, luck = coincidences(query.image, frames[inside], rows[inside])
    return Alignment(begin + times[inside], subbins[inside] * axes.subbin_hz, matched, luck)
