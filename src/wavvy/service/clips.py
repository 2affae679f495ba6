"""Recognising an uploaded clip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wavvy.dsp.params import DEFAULT
from wavvy.sandbox import CLIP, Sandbox

if TYPE_CHECKING:
    from wavvy.history.recorder import History
    from wavvy.library import Recognition, Wavvy


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked about a clip; see `wavvy.library.Wavvy.identify`.

    Attributes
    ----------
    max_seconds : int
        Most audio that is analysed.
    remember : bool
        Whether the history keeps it.
    """

    max_seconds: int
    limit: int = 100
    min_score: float | None = None
    explain: bool = False
    remember: bool = True


def identify(
    library: Wavvy, history: History, path: Path, name: str, options: Options
) -> Recognition:
    """Recognise a clip in a file that its sender calls `name`.

    Raises
    ------
    MediaError, InvalidAudio
        If it cannot be decoded, or there is nothing in it to recognise.
    """
    recognition = library.identify(
        _decode(library.sandbox, path, name, options.max_seconds),
        DEFAULT.sample_rate,
        explain=options.explain,
        limit=options.limit,
        min_score=options.min_score,
    )
    if options.remember:
        history.take("upload", recognition.duration_ms, next(iter(recognition.results), None))
    return recognition


def _decode(sandbox: Sandbox, path: Path, name: str, max_seconds: int) -> NDArray[np.float32]:
    """Return the first `max_seconds` of a file, mono, shape (n,), at the rate of recognition."""
    with sandbox.decoder(
        path,
        sample_rate=DEFAULT.sample_rate,
        name=name,
        enough_seconds=max_seconds,
        patience=CLIP,
    ) as decoder:
        return np.concatenate(list(decoder))
