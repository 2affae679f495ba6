"""A query as it grows: the last seconds of a stream, ready to be searched for at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F32, I64
from wavvy.dsp.landmarks import Landmarks, query_landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import SUBBINS, Peaks
from wavvy.dsp.stream import PeakStream, concatenate
from wavvy.dsp.warp import Warp
from wavvy.dsp.whitening import whiten
from wavvy.index.image import QueryImage, occupancy

WINDOW_SECONDS = 10
"""A query looks back no further than this."""
SHIFTS = 2
"""Sub-hop analyses; with two, a query counts time in half-frames."""
DENSITY = 2
"""Times as many peaks as a reference keeps, since noise pushes some of the right ones down."""
FAN_OUT = 8
"""Pairs each peak starts: more than a reference's two, as noise peaks come in between."""
WARPED_FAN_OUT = 3
"""The same where dozens of warps are tried, and each is to cost little."""
REACH = 2
"""Half-frames by which a coincidence of peaks may miss: about a frame."""

_TIME_SHIFTS = np.arange(10, 91, 8)  # half-frames, either way: 0.2 to 1.8 s
_SEMITONES = np.array((1, 2, 3, 4, 5, 7, 12))  # either way
_BIN_SHIFTS = np.arange(3, 20, 2)  # bins, either way: 12 to 74 Hz


class Query(NamedTuple):
    """What is searched for.

    Attributes
    ----------
    start : int
        Half-frame of the stream at which the query begins.
    half_frames : int
        Its length.
    peaks : Peaks
        All its peaks, whose frames are half-frames of the stream.
    landmarks : Landmarks
        With frames in half-frames from the start.
    image : QueryImage
        What candidates are verified against.
    """

    start: int
    half_frames: int
    peaks: Peaks
    landmarks: Landmarks
    image: QueryImage


class GrowingQuery:
    """Takes mono samples and keeps what a search needs of the last ``WINDOW_SECONDS``.

    Attributes
    ----------
    levels : ndarray, shape (half-frames, bins), int16
        Spectrogram of the window in millibels.
    """

    def __init__(self, params: FingerprintParams) -> None:
        self._params = params
        self._stream = PeakStream(params, DENSITY * params.peaks_per_second, SHIFTS)
        self._window = SHIFTS * WINDOW_SECONDS * params.sample_rate // params.hop
        self.levels = np.empty((0, params.bins), np.int16)
        self._end = 0
        nothing = Peaks(np.empty(0, np.int32), np.empty(0, np.uint16))
        self._peaks = [nothing] * SHIFTS

    def push(self, samples: F32) -> None:
        """Take mono samples, shape (n,), float32, at the parameters' sample rate."""
        analysed = self._stream.push(samples)
        self._end += len(analysed.columns)
        self.levels = np.concatenate((self.levels, analysed.columns))[-self._window :]
        first = (self._end - len(self.levels)) // SHIFTS
        self._peaks = [
            _since(concatenate((old, new)), first)
            for old, new in zip(self._peaks, analysed.peaks, strict=True)
        ]

    def query(self) -> Query:
        """Return the window as it is now, as if the stream ended here."""
        start = self._end - len(self.levels)
        by_shift = self._peaks_by_shift()
        peaks = _interleaved(by_shift)
        landmarks = [
            query_landmarks(shifted, self._params, fan_out=FAN_OUT) for shifted in by_shift
        ]
        times = [
            SHIFTS * found.frames + np.int32(shift - start) for shift, found in enumerate(landmarks)
        ]
        hashes = np.concatenate([found.hashes for found in landmarks])
        return Query(
            start,
            len(self.levels),
            peaks,
            Landmarks(hashes, np.concatenate(times)),
            self._image(peaks, start),
        )

    def _peaks_by_shift(self) -> list[Peaks]:
        """Return settled and open peaks of the window; frames are whole hops."""
        first = -(-(self._end - len(self.levels)) // SHIFTS)
        joined = map(concatenate, zip(self._peaks, self._stream.tail(), strict=True))
        return [_since(peaks, first) for peaks in joined]

    def _image(self, peaks: Peaks, start: int) -> QueryImage:
        p = self._params
        shape = self.levels.shape
        rows = (peaks.freqs.astype(np.int64) + SUBBINS // 2) // SUBBINS - p.low_bin
        # Silence has nothing to look up, and whitening is most of the work.
        whitened = np.zeros(shape, np.float32)
        if rows.size:
            whitened = whiten(self.levels, SHIFTS * p.mean_frames, p.mean_bins, REACH)
        times = _TIME_SHIFTS[shape[0] // 2 >= _TIME_SHIFTS]
        return QueryImage(
            occupancy(peaks.frames.astype(np.int64) - start, rows, shape, REACH),
            whitened,
            np.concatenate((times, -times)),
            np.concatenate((_BIN_SHIFTS, -_BIN_SHIFTS)),
            2.0 ** (np.concatenate((_SEMITONES, -_SEMITONES)) / 12),
        )


class WarpedPeaks(NamedTuple):
    """Peaks of one sub-hop analysis of a query, as they would lie in a track that it plays warped.

    Attributes
    ----------
    members : ndarray, shape (n,), int64
        Which of the query's peaks they are.
    peaks : Peaks
        In whole frames from where the query starts.
    shift : int
        Half-frames by which the analysis is late.
    """

    members: I64
    peaks: Peaks
    shift: int


def warped_peaks(query: Query, params: FingerprintParams, warp: Warp) -> Iterator[WarpedPeaks]:
    """Yield a query's peaks by analysis, scaled as a warp says; those that leave the band drop out.

    A landmark spans whole frames, so the peaks of the sub-hop analyses do not mix.
    """
    times = query.peaks.frames - query.start
    freqs = np.rint(query.peaks.freqs / warp.pitch).astype(np.int64)
    inside = (freqs >= params.low_bin * SUBBINS) & (freqs < params.high_bin * SUBBINS)
    for shift in range(SHIFTS):
        members = np.flatnonzero(inside & (times % SHIFTS == shift))
        scaled = np.rint((times[members] - shift) * (warp.time / SHIFTS)).astype(np.int32)
        yield WarpedPeaks(members, Peaks(scaled, freqs[members].astype(np.uint16)), shift)


def warped_landmarks(query: Query, params: FingerprintParams, warp: Warp) -> Landmarks:
    """Return a query's landmarks as they would lie in a track that it plays warped.

    Frames count half-frames of the track from where the query starts.
    """
    hashes, frames = [], []
    for _, peaks, shift in warped_peaks(query, params, warp):
        found = query_landmarks(peaks, params, fan_out=WARPED_FAN_OUT)
        hashes.append(found.hashes)
        frames.append(SHIFTS * found.frames + np.int32(shift))
    return Landmarks(np.concatenate(hashes), np.concatenate(frames))


def _since(peaks: Peaks, frame: int) -> Peaks:
    """Drop the peaks before a frame."""
    begin = int(np.searchsorted(peaks.frames, frame))
    return Peaks(peaks.frames[begin:], peaks.freqs[begin:])


def _interleaved(by_shift: list[Peaks]) -> Peaks:
    """Put the peaks of all shifts in order of time, in half-frames."""
    peaks = concatenate(
        Peaks(SHIFTS * shifted.frames + np.int32(shift), shifted.freqs)
        for shift, shifted in enumerate(by_shift)
    )
    order = np.argsort(peaks.frames, kind="stable")
    return Peaks(peaks.frames[order], peaks.freqs[order])
