"""Writes rendered pieces as tagged FLAC and clips as WAV."""

from __future__ import annotations

import errno
import os
import wave
from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np

from wavvy.demo.synthesis import Samples
from wavvy.errors import DiskFull, StoreError


def write_flac(path: Path, samples: Samples, sample_rate: int, tags: Mapping[str, str]) -> None:
    """Write a 16-bit FLAC file; it appears under its name only once it is whole.

    Parameters
    ----------
    path : Path
        Target.
    samples : numpy.ndarray, shape (2, n), float32
        Left and right within [-1, 1].
    sample_rate : int
        Hz.
    tags : Mapping of str to str
        Names such as ``title``, ``artist``, ``album``, ``date``, ``genre``, ``track``.

    Raises
    ------
    DiskFull
        If there is no space for the file.
    StoreError
        If the folder cannot be written.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    interleaved = _to_int16(samples).T.reshape(1, -1)
    try:
        with av.open(str(partial), "w", format="flac") as container:
            container.metadata.update(tags)
            stream = container.add_stream("flac", rate=sample_rate, layout="stereo")
            frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout="stereo")
            frame.sample_rate = sample_rate
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        partial.replace(path)
    except (OSError, av.error.FFmpegError) as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(f"no space left for {path}; free some and run again") from error
        raise StoreError(
            f"cannot write {path} ({error.strerror}); choose another folder"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def flac_frames(path: Path) -> int:
    """Samples per channel that can really be decoded from `path`; 0 where nothing can."""
    try:
        with av.open(str(path)) as container:
            return sum(frame.samples for frame in container.decode(audio=0))
    except (OSError, av.error.FFmpegError):
        return 0


def write_wav(path: Path, samples: Samples, sample_rate: int) -> None:
    """Write mono `samples`, shape (n,), as a 16-bit WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(_to_int16(samples).astype("<i2").tobytes())


def _to_int16(samples: Samples) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16)
