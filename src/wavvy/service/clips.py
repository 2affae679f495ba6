"""Recognising uploaded clips; one that was heard a moment ago is answered from the cache."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wavvy.dsp.params import DEFAULT
from wavvy.sandbox.patience import CLIP
from wavvy.service.latency import Latency

if TYPE_CHECKING:
    from wavvy.history.recorder import History
    from wavvy.library import Recognition, Wavvy
    from wavvy.service.cache import Cache

_KEPT_S = 600.0
_SHAPE = 2  # of the outlines: another version may share the cache


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


class Clips:
    """Recognises clips in files; from any thread.

    What is cached is which tracks matched, and where; what they are called is looked up each time.
    A change of the library's music makes it forget.

    Parameters
    ----------
    library : Wavvy
        Open.
    history : History
        Remembers what is recognised.
    cache : Cache
        For clips that are sent again.

    Attributes
    ----------
    latency : Latency
        Of the answers.
    """

    def __init__(self, library: Wavvy, history: History, cache: Cache) -> None:
        self._library = library
        self._history = history
        self._cache = cache
        self.latency = Latency()

    def identify(self, path: Path, name: str, options: Options) -> Recognition:
        """Recognise a clip in a file that its sender calls `name`.

        Raises
        ------
        MediaError, InvalidAudio
            If it cannot be decoded, or there is nothing in it to recognise.
        """
        if options.explain:
            recognition = self._ask(path, name, options)
        else:
            began = time.perf_counter()
            asked: list[Recognition] = []

            def ask() -> dict[str, Any]:
                asked.append(self._ask(path, name, options))
                return asked[0].outline()

            outline = self._cache.fetch(self._key(path, options), _KEPT_S, ask)
            took_ms = round(1000 * (time.perf_counter() - began))
            if asked:
                recognition = replace(asked[0], took_ms=took_ms)
            else:
                recognition = self._library.recall(outline, took_ms)
        self.latency.took(recognition.took_ms)
        if options.remember:
            best = next(iter(recognition.results), None)
            self._history.take("upload", recognition.duration_ms, best)
        return recognition

    def _key(self, path: Path, options: Options) -> str:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        asked = f"{options.max_seconds} {options.limit} {options.min_score}"
        return f"clip {_SHAPE} {digest} {asked} {self._library.index.version}"

    def _ask(self, path: Path, name: str, options: Options) -> Recognition:
        return self._library.identify(
            self._decode(path, name, options.max_seconds),
            DEFAULT.sample_rate,
            explain=options.explain,
            limit=options.limit,
            min_score=options.min_score,
        )

    def _decode(self, path: Path, name: str, max_seconds: int) -> NDArray[np.float32]:
        """Return the first `max_seconds`, mono, shape (n,), at the rate of recognition."""
        with self._library.sandbox.decoder(
            path,
            sample_rate=DEFAULT.sample_rate,
            name=name,
            enough_seconds=max_seconds,
            patience=CLIP,
        ) as decoder:
            return np.concatenate(list(decoder))
