"""PCM of any rate and channel count to mono at one rate, in one go or as a stream."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import ArrayLike, NDArray

from wavvy.errors import InvalidAudio

MIN_RATE = 1_000
MAX_RATE = 384_000
MAX_CHANNELS = 32

# What silence and full scale are in each sample type, keyed by numpy kind and size in bytes.
_ZERO_AND_SCALE = {
    "u1": (128, 2**7),
    "i2": (0, 2**15),
    "i4": (0, 2**31),
    "f4": (0, 1),
    "f8": (0, 1),
}

# Far above any recording, far below where the power of a spectrum overflows float32.
_LOUDEST = 1e9

# One call of soxr works best on what fits in the processor's cache, and slows down far beyond.
_BLOCK = 65_536


class PcmResampler:
    """Turn PCM that arrives piece by piece into mono at `target_rate`.

    The output does not depend on how the input is cut: pushing everything at once gives the same
    samples, bit for bit, as pushing them one by one. Audio at `target_rate` passes untouched.

    Parameters
    ----------
    sample_rate : int
        Of the input, 1000 to 384000 Hz.
    channels : int
        Of the input, 1 to 32; they are averaged.
    target_rate : int
        Of the output, 1000 to 384000 Hz.

    Raises
    ------
    InvalidAudio
        If a rate or the number of channels is outside its range.
    """

    def __init__(self, sample_rate: int, channels: int = 1, target_rate: int = 8000) -> None:
        for rate in (sample_rate, target_rate):
            if not isinstance(rate, (int, np.integer)) or not MIN_RATE <= rate <= MAX_RATE:
                raise InvalidAudio(
                    f"a sample rate of {rate!s} Hz makes no sense: "
                    f"whole numbers from {MIN_RATE} to {MAX_RATE} do"
                )
        if not isinstance(channels, (int, np.integer)) or not 1 <= channels <= MAX_CHANNELS:
            raise InvalidAudio(f"{channels!s} channels are not supported: 1 to {MAX_CHANNELS} are")
        self._channels = int(channels)
        self._stream: soxr.ResampleStream | None = None
        if sample_rate != target_rate:
            self._stream = soxr.ResampleStream(
                int(sample_rate), int(target_rate), 1, dtype="float32", quality="HQ"
            )

    def push(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """Take the next samples, give what is ready.

        Parameters
        ----------
        samples : NDArray
            Shape (n, channels), or (n,) for one channel; float32 or float64 with full scale 1, or
            int16, int32 or uint8, which are scaled.

        Returns
        -------
        NDArray[np.float32]
            Mono, shape (m,). Up to a second of what was pushed may still be on its way.

        Raises
        ------
        InvalidAudio
            If shape or type do not fit, or a sample is NaN, infinite or absurdly large. Nothing of
            this push is taken then.
        """
        mono = _mix(samples, self._channels)
        if self._stream is None:
            return mono
        blocks = [
            self._stream.resample_chunk(mono[start : start + _BLOCK])
            for start in range(0, len(mono), _BLOCK)
        ]
        return np.concatenate(blocks) if blocks else mono

    def flush(self) -> NDArray[np.float32]:
        """End the stream and give its last samples; the next push begins a new one.

        Returns
        -------
        NDArray[np.float32]
            Mono, shape (m,).
        """
        nothing = np.empty(0, np.float32)
        if self._stream is None:
            return nothing
        rest: NDArray[np.float32] = self._stream.resample_chunk(nothing, last=True)
        self._stream.clear()
        return rest


def as_mono(samples: ArrayLike, sample_rate: int, target_rate: int = 8000) -> NDArray[np.float32]:
    """Turn samples of any rate and channel count into mono at `target_rate`.

    Parameters
    ----------
    samples : ArrayLike
        Shape (n,) or (n, channels), at most 32 channels, which are averaged; float32 or float64
        with full scale 1, or int16, int32 or uint8, which are scaled.
    sample_rate : int
        Of `samples`, 1000 to 384000 Hz.
    target_rate : int
        Of the result, in Hz.

    Returns
    -------
    NDArray[np.float32]
        Mono, shape (m,).

    Raises
    ------
    InvalidAudio
        If shape, type, rate or a value makes no sense.
    """
    try:
        array = np.asarray(samples)
    except ValueError as error:
        raise InvalidAudio(f"the samples are no array of numbers: {error}") from error
    channels = array.shape[1] if array.ndim == 2 else 1
    resampler = PcmResampler(sample_rate, channels, target_rate)
    return np.concatenate([resampler.push(array), resampler.flush()])


def _mix(samples: NDArray[Any], channels: int) -> NDArray[np.float32]:
    """Average the channels of `samples`, scaled to [-1, 1], into a new array of shape (n,)."""
    if samples.ndim == 1:
        samples = samples[:, np.newaxis]
    if samples.ndim != 2 or samples.shape[1] != channels:
        raise InvalidAudio(
            f"samples of shape {samples.shape} do not fit: (n,) or (n, channels) "
            f"with {channels} channel(s) was expected"
        )
    kind = f"{samples.dtype.kind}{samples.dtype.itemsize}"
    if kind not in _ZERO_AND_SCALE:
        raise InvalidAudio(
            f"samples of type {samples.dtype} are not supported: "
            "use float32, float64, int16, int32 or uint8"
        )
    zero, scale = _ZERO_AND_SCALE[kind]
    with np.errstate(over="ignore", invalid="ignore"):
        mono = samples[:, 0].astype(np.float32)
        for channel in range(1, channels):
            mono += samples[:, channel]
        if zero:
            mono -= zero * channels
        if scale * channels > 1:
            mono *= np.float32(1 / (scale * channels))
    # NaN fails every comparison, so this one finds it as well.
    may_be_absurd = samples.dtype.kind == "f" and mono.size
    if may_be_absurd and not (mono.max() <= _LOUDEST and mono.min() >= -_LOUDEST):
        raise InvalidAudio("the samples hold NaN, infinite or absurdly large values")
    return mono
