"""Wavvy: self-hosted music recognition.

>>> import wavvy
>>> with wavvy.open("library") as library:  # doctest: +SKIP
...     library.add("song.mp3")
...     print(library.identify("clip.wav").results)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wavvy.dsp.fingerprint import Fingerprint
    from wavvy.library import Wavvy

__all__ = ["Wavvy", "fingerprint", "open"]


def open(  # noqa: A001  # meant to be read as wavvy.open
    data_dir: str | Path, database_url: str | None = None
) -> Wavvy:
    """Open the library in a data folder, or make one.

    Parameters
    ----------
    data_dir : str or Path
        The data folder.
    database_url : str, optional
        Where the catalogue is, if not in the data folder: ``postgresql://user:password@host/name``.

    Raises
    ------
    StoreError
        If the folder or database cannot be used; the message says why and what to do.
    """
    from wavvy.library import Wavvy

    return Wavvy(data_dir, database_url)


def fingerprint(samples: Any, sample_rate: int) -> Fingerprint:
    """Fingerprint audio, as a track of the library would be.

    Parameters
    ----------
    samples : array_like, shape (n,) or (n, channels)
        Floats with full scale 1, or integers, which are scaled.
    sample_rate : int
        In Hz, 1000 to 384000.

    Raises
    ------
    InvalidAudio
        If the samples or their rate make no sense.
    """
    from wavvy.dsp.fingerprint import fingerprint_blocks
    from wavvy.dsp.params import DEFAULT
    from wavvy.dsp.resample import as_mono

    return fingerprint_blocks([as_mono(samples, sample_rate, DEFAULT.sample_rate)], DEFAULT)


def __getattr__(name: str) -> Any:
    # The library brings numpy, numba and a database with it: not before someone asks.
    if name == "Wavvy":
        from wavvy.library import Wavvy

        return Wavvy
    raise AttributeError(f"module 'wavvy' has no attribute {name!r}")
