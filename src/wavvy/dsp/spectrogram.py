"""Short-time Fourier transform to a log spectrogram in millibels.

A millibel is a hundredth of a decibel. As 16-bit integers, sums over patches are exact whatever
the order they are taken in, so a stream cut into any chunks gives the very same peaks.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from wavvy.dsp.arrays import F32, I16
from wavvy.dsp.fourier import Turns, power_spectrum, turns
from wavvy.dsp.kernel import kernel
from wavvy.dsp.params import FingerprintParams

FLOOR_MB = -10_000
"""Level of silence, in millibels: 100 dB below a magnitude of one."""

_FLOOR_POWER = np.float32(1e-10)
_ONE, _ONE_BITS, _MANTISSA = np.float32(1.0), np.int32(0x3F800000), np.int32(0x7FFFFF)
_EXPONENT_AT, _EXPONENT_OF_ONE = np.int32(23), np.int32(127)
# log2(1 + x) / x for x from 0 to 1, lowest power first; right to a ten-thousandth of a millibel.
_LOG = tuple(
    np.float32(c)
    for c in (
        1.4426947,
        -0.7213067,
        0.4800125,
        -0.3530963,
        0.2551763,
        -0.1541520,
        0.0627484,
        -0.0120771,
    )
)
_MB_PER_OCTAVE = np.float32(1000.0 * np.log10(2.0))


class Spectrogram:
    """Incremental log spectrogram of a mono stream.

    Parameters
    ----------
    params : FingerprintParams
        Window, a power of two, and band.
    hop : int
        Samples from one frame to the next; queries use a finer one than references.
    """

    def __init__(self, params: FingerprintParams, hop: int) -> None:
        self._window = _hann(params.window)
        self._turns = turns(params.window)
        self._low_bin, self._bins = params.low_bin, params.bins
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
        audio = np.concatenate((self._pending, samples))
        frames = max(0, 1 + (audio.size - self._window.size) // self._hop)
        columns = np.empty((frames, self._bins), np.int16)
        _write_levels(audio, self._hop, self._window, self._turns, self._low_bin, columns)
        self._pending = audio[frames * self._hop :].copy()
        return columns


@lru_cache
def _hann(samples: int) -> F32:
    """Return the Hann window, halved, since `power_spectrum` is of twice the magnitude."""
    phase = 2 * np.pi * np.arange(samples) / samples
    return (0.25 - 0.25 * np.cos(phase)).astype(np.float32)


@kernel
def _write_levels(
    audio: F32, hop: int, window: F32, turn: Turns, low_bin: int, columns: I16
) -> None:
    space = np.empty((2, 2, window.size // 2), np.float32)
    even, odd = space[0]
    power = np.empty(columns.shape[1], np.float32)
    for t in range(columns.shape[0]):
        frame = audio[t * hop : t * hop + window.size]
        for i in range(even.size):
            even[i] = frame[2 * i] * window[2 * i]
            odd[i] = frame[2 * i + 1] * window[2 * i + 1]
        power_spectrum(space, turn, low_bin, power)
        _to_millibels(power, columns[t])


@kernel
def _to_millibels(power: F32, levels: I16) -> None:
    """Take the logarithm: the exponent of the number, and a polynomial of its mantissa."""
    mantissas = np.empty_like(power)
    bits, mantissa_bits = power.view(np.int32), mantissas.view(np.int32)
    for k in range(power.size):
        power[k] += _FLOOR_POWER
    for k in range(power.size):
        mantissa_bits[k] = (bits[k] & _MANTISSA) | _ONE_BITS
    for k in range(power.size):
        x = mantissas[k] - _ONE
        log = _LOG[7]
        log = log * x + _LOG[6]
        log = log * x + _LOG[5]
        log = log * x + _LOG[4]
        log = log * x + _LOG[3]
        log = log * x + _LOG[2]
        log = log * x + _LOG[1]
        log = log * x + _LOG[0]
        log = log * x + np.float32((bits[k] >> _EXPONENT_AT) - _EXPONENT_OF_ONE)
        levels[k] = np.int32(np.rint(log * _MB_PER_OCTAVE))
