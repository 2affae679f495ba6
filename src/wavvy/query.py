"""A query as it grows: the last seconds of a stream, ready to be searched for at any moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from wavvy.dsp.arrays import F32, I32, I64, U8, U16
from wavvy.dsp.kernel import kernel
from wavvy.dsp.landmarks import Landmarks, query_landmarks
from wavvy.dsp.params import FingerprintParams
from wavvy.dsp.peaks import SUBBINS, Peaks, concatenate
from wavvy.dsp.stream import PeakStream
from wavvy.dsp.warp import Warp
from wavvy.dsp.whitening import Whitening
from wavvy.index.image import Elsewhere, QueryImage, occupancy
from wavvy.index.selectivity import Distinct

WINDOW_SECONDS = 10
"""A query looks back no further than this."""
SHIFTS = 2
"""Sub-hop analyses; with two, a query counts time in half-frames."""
DENSITY = 4
"""Times as many peaks as a reference keeps, since noise pushes some of the right ones down."""
PAIRED = 3
"""Times as many peaks as a reference keeps that are paired: every landmark costs a look-up."""
FAN_OUT = 2
"""How many peaks after it each is paired with; a reference's are as many."""
WARPED_LANDMARKS = 110
"""Where dozens of warps are tried, each is to cost little: it asks for so many landmarks, or ..."""
TEMPO_LANDMARKS = 220
"""... so many where frequencies stay as they are, and a look-up costs less."""
REACH = 1
"""Half-frames by which a coincidence of peaks may miss."""

_GATHERED = 8000
"""Samples that are analysed together: a second."""
_TIME_SHIFTS = np.arange(10, 91, 8)  # half-frames, either way: 0.2 to 1.8 s
_SEMITONES = np.array((1, 2, 3, 4, 5, 7, 12))  # either way
_BIN_SHIFTS = np.arange(3, 20, 2)  # bins, either way: 12 to 74 Hz


@dataclass(frozen=True, eq=False)  # without slots, for what is worked out once
class Query:
    """What is searched for.

    Attributes
    ----------
    start : int
        Half-frame of the stream at which the query begins.
    half_frames : int
        Its length.
    peaks : Peaks
        Those that are paired; their frames are half-frames of the stream.
    image : QueryImage
        What candidates are verified against.
    params : FingerprintParams
        Of the tracks that it may be.
    """

    start: int
    half_frames: int
    peaks: Peaks
    image: QueryImage
    params: FingerprintParams
    _by_rank: dict[int, Landmarks] = field(default_factory=dict, init=False, repr=False)

    def salient(self, rank: int) -> Landmarks:
        """Return its landmarks of a rank below one, worked out once.

        Their frames are half-frames from the start, and they are in the order of these.
        """
        if rank not in self._by_rank:
            frames, freqs, ranks = self.peaks.only(self.peaks.ranks < rank)
            peaks = Peaks(frames - np.int32(self.start), freqs, ranks)
            self._by_rank[rank] = query_landmarks(
                peaks, self.params, fan_out=FAN_OUT, shifts=SHIFTS
            )
        return self._by_rank[rank]

    @property
    def landmarks(self) -> Landmarks:
        """All of its landmarks, as `salient` has them."""
        return self.salient(PAIRED * self.params.peaks_per_second)

    @property
    def worked_out(self) -> int:
        """How many of them were worked out, to choose from."""
        return max((each.frames.size for each in self._by_rank.values()), default=0)

    @cached_property
    def distinct(self) -> Distinct:
        """Its landmarks, one for two twins, and how likely a track has each; worked out once."""
        return Distinct.of(self.landmarks)


class GrowingQuery:
    """Takes mono samples and keeps what a search needs of the last ``WINDOW_SECONDS``.

    Peaks and image that later samples cannot change are worked out once. A question adds what is
    still open, as if the stream ended there, and pairs the peaks.
    """

    def __init__(self, params: FingerprintParams) -> None:
        self._params = params
        self._stream = PeakStream(params, DENSITY * params.peaks_per_second, SHIFTS)
        self._whitening = Whitening(
            params.bins, SHIFTS * params.mean_frames, params.mean_bins, REACH
        )
        self._window = SHIFTS * WINDOW_SECONDS * params.sample_rate // params.hop
        self._waiting: list[F32] = []
        self._gathered = 0  # samples in there
        self._end = 0
        self._peaks = Peaks.none()
        self._whitened: deque[U8] = deque()  # blocks, each of shape (bins, half-frames)

    def push(self, samples: F32) -> None:
        """Take mono samples, shape (n,), float32, at the parameters' sample rate."""
        self._waiting.append(samples)
        self._gathered += samples.size
        if self._gathered >= _GATHERED:
            self._analyse()

    def query(self) -> Query:
        """Return the window as it is now, as if the stream ended here."""
        self._analyse()
        start = max(0, self._end - self._window)
        tail = self._stream.tail()
        peaks = _since(concatenate((self._peaks, _interleaved(tail))), start)
        return Query(
            start,
            self._end - start,
            peaks.only(peaks.ranks < PAIRED * self._params.peaks_per_second),
            self._image(peaks, start),
            self._params,
        )

    def _analyse(self) -> None:
        """Take in what was pushed: the more at a time, the less it costs."""
        if not self._gathered:
            return
        samples = np.concatenate(self._waiting)
        self._waiting = []
        self._gathered = 0
        columns, peaks = self._stream.push(samples)
        self._end += len(columns)
        start = max(0, self._end - self._window)
        self._peaks = _since(concatenate((self._peaks, _interleaved(peaks))), start)
        self._whitened.append(self._whitening.push(columns))
        surplus = sum(block.shape[1] for block in self._whitened) - self._window
        while surplus >= self._whitened[0].shape[1]:
            surplus -= self._whitened.popleft().shape[1]

    def _image(self, peaks: Peaks, start: int) -> QueryImage:
        p = self._params
        shape = (p.bins, self._end - start)
        whitened = np.concatenate((*self._whitened, self._whitening.tail()), axis=1)
        whitened = np.ascontiguousarray(whitened[:, whitened.shape[1] - shape[1] :])
        rows = (peaks.freqs.astype(np.int64) + SUBBINS // 2) // SUBBINS - p.low_bin
        times = _TIME_SHIFTS[shape[1] // 2 >= _TIME_SHIFTS]
        return QueryImage(
            occupancy(peaks.frames.astype(np.int64) - start, rows, shape, REACH),
            whitened,
            np.concatenate((times, -times)),
            *_elsewhere(p),
        )


@lru_cache
def _elsewhere(params: FingerprintParams) -> tuple[Elsewhere, Elsewhere]:
    """Return the rows at which luck is measured for each row, by shifts in bins and in pitch."""
    bins = np.arange(params.low_bin, params.high_bin)
    shifts = np.concatenate((_BIN_SHIFTS, -_BIN_SHIFTS))
    ratios = 2.0 ** (np.concatenate((_SEMITONES, -_SEMITONES)) / 12)
    shifted = np.add.outer(bins, shifts)
    pitched = np.rint(np.multiply.outer(bins, ratios)).astype(np.int64)
    return Elsewhere.of(shifted - params.low_bin), Elsewhere.of(pitched - params.low_bin)


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
        peaks = Peaks(scaled, freqs[members].astype(np.uint16), query.peaks.ranks[members])
        yield WarpedPeaks(members, peaks, shift)


def warped_landmarks(
    landmarks: Landmarks, params: FingerprintParams, pitch: float, factor: int = 1
) -> Landmarks:
    """Return a query's landmarks as they would lie in a track that it plays so much higher.

    The first of them, ``factor`` times as many as are worth it in a long query; those that no track
    could have are left out.
    """
    worth = TEMPO_LANDMARKS if pitch == 1 else WARPED_LANDMARKS
    some = landmarks.only(slice(factor * worth))
    return Landmarks(*_in_track(*some, pitch, params.low_bin * SUBBINS, params.high_bin * SUBBINS))


@kernel
def _in_track(
    frames: I32, first: U16, second: U16, spans: U8, ranks: U16, pitch: float, low: int, high: int
) -> tuple[I32, U16, U16, U8, U16]:
    """Return landmarks with their frequencies as they would be in the track, if it has such.

    They are ``pitch`` times as high in the query; the band is [low, high), in sub-bins.
    """
    kept_frames, kept_spans = np.empty_like(frames), np.empty_like(spans)
    kept_first, kept_second = np.empty_like(first), np.empty_like(second)
    kept_ranks = np.empty_like(ranks)
    n = 0
    for i in range(frames.size):
        f1, f2 = np.rint(np.int64(first[i]) / pitch), np.rint(np.int64(second[i]) / pitch)
        if min(f1, f2) >= low and max(f1, f2) < high:
            kept_frames[n], kept_first[n], kept_second[n] = frames[i], f1, f2
            kept_spans[n], kept_ranks[n] = spans[i], ranks[i]
            n += 1
    return kept_frames[:n], kept_first[:n], kept_second[:n], kept_spans[:n], kept_ranks[:n]


def _since(peaks: Peaks, frame: int) -> Peaks:
    """Drop the peaks before a frame."""
    begin = int(np.searchsorted(peaks.frames, frame))
    return peaks.only(slice(begin, None))


def _interleaved(by_shift: list[Peaks]) -> Peaks:
    """Put the peaks of all shifts in order of time, in half-frames."""
    peaks = concatenate(
        shifted._replace(frames=SHIFTS * shifted.frames + np.int32(shift))
        for shift, shifted in enumerate(by_shift)
    )
    return peaks.only(np.argsort(peaks.frames, kind="stable"))
