"""Short-time Fourier transform to a log spectrogram in millibels.

A millibel is a hundredth of a decibel. As 16-bit integers, sums over patches are exact whatever
the order they are taken in, so a stream cut into any chunks gives the very same peaks.
"""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import F32, I16
from wavvy.dsp.params import FingerprintParams

FLOOR_MB = -10_000
"""Level of silence, in millibels: 100 dB below a magnitude of one."""

_FLOOR_POWER = 1e-10
_MB_PER_NEPER = np.float32(1000.0 / np.log(10.0))
_BATCH = 64  # frames transformed at once: as many as fit in the cache


class Spectrogram:
    """Incremental log spectrogram of a mono stream.

    Parameters
    ----------
    params : FingerprintParams
        Window and band.
    hop : int
        Samples from one frame to the next; queries use a finer one than references.
    """

    def __init__(self, params: FingerprintParams, hop: int) -> None:
        phase = 2 * np.pi * np.arange(params.window) / params.window
        self._window = (0.5 - 0.5 * np.cos(phase)).astype(np.float32)  # Hann
        self._band = slice(params.low_bin, params.high_bin)
        self._hop = hop
        self._pending = np.empty(0, np.float32)

    def push(self, samples: F32) -> I16:
        """Take samples, return the frames they complete.

        Parameters
        ----------
        samples : ndarray, shape (n,), float32
            Mono audio at the parameters' sample rate.

        Returns
        -------
        ndarray, shape (frames, bins), int16
            Millibels. Frame ``t`` of the stream covers the samples from ``t * hop`` on.
        """
        audio = np.concatenate((self._pending, samples)) if self._pending.size else samples
        frames = max(0, 1 + (audio.size - self._window.size) // self._hop)
        columns = np.empty((frames, self._band.stop - self._band.start), np.int16)
        if frames:
            views = np.lib.stride_tricks.sliding_window_view(audio, self._window.size)
            views = views[:: self._hop][:frames]
            for start in range(0, frames, _BATCH):
                columns[start : start + _BATCH] = self._transform(views[start : start + _BATCH])
        self._pending = audio[frames * self._hop :].copy()
        return columns

    def _transform(self, frames: F32) -> I16:
        spectrum = np.fft.rfft(frames * self._window, axis=1)[:, self._band]
        power = spectrum.real**2 + spectrum.imag**2
        power += np.float32(_FLOOR_POWER)
        levels: F32 = np.log(power, out=power)
        levels *= _MB_PER_NEPER
        return np.rint(levels, out=levels).astype(np.int16)
