"""Chromaprint on the same clips: the fingerprint of AcoustID, compared exhaustively.

Every alignment of the clip's words with every track is tried; the score is the share of equal bits
at the best one. A clip of less than about 3 s has no fingerprint.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bench.audio import RATE, Samples, audio
from bench.cache import cache_dir
from bench.debian import need
from bench.quality.cells import Heard
from bench.quality.trial import Guess, Question, Trial, assess

WORD_MS = 1000 * (4096 // 3) / 11_025  # hop of the fingerprint's own analysis
WORD_BITS = 32
FPCALC = ("fpcalc", "-raw", "-plain", "-length", "0", "-format", "s16le", "-channels", "1")

Words = NDArray[np.uint32]


class Chromaprint:
    """All tracks' fingerprints, one after the other.

    Attributes
    ----------
    files : list of Path
    words : ndarray, shape (n,), uint32
    tracks : ndarray, shape (n,), int64
        Which file each word is of.
    """

    SHORTEST_SECONDS = 3.0

    def __init__(self, files: Sequence[Path], words: Words, tracks: NDArray[np.int64]) -> None:
        self.files = list(files)
        self.words = words
        self.tracks = tracks

    @classmethod
    def of(cls, files: Sequence[Path]) -> Self:
        """Fingerprint tracks, or load what was made of them before."""
        need(["fpcalc"])
        name = hashlib.sha256("\n".join(map(str, files)).encode()).hexdigest()[:8]
        path = cache_dir() / f"chromaprint-{name}.npz"
        if not path.exists():
            print(f"chromaprint: {len(files)} tracks", file=sys.stderr)
            parts = [fingerprint(audio(file)) for file in files]
            sizes = [part.size for part in parts]
            np.savez(path, words=np.concatenate(parts), tracks=np.repeat(range(len(files)), sizes))
        with np.load(path) as kept:
            return cls(files, kept["words"], kept["tracks"])

    def ask(self, question: Question, heard: Heard) -> Trial:
        """Ask for one clip."""
        query = fingerprint(heard.samples)
        guesses = [self.best(query)] if query.size else []
        return assess("chromaprint", question, heard, guesses)

    def best(self, query: Words) -> Guess:
        """Return the alignment with the most equal bits."""
        starts = self.words.size - query.size + 1
        different = np.zeros(starts, np.int32)
        for place, word in enumerate(query):
            different += np.bitwise_count(self.words[place : place + starts] ^ word)
        across = self.tracks[:starts] != self.tracks[query.size - 1 :]
        different[across] = WORD_BITS * query.size
        at = int(np.argmin(different))
        track = int(self.tracks[at])
        begin = at - int(np.searchsorted(self.tracks, track))
        equal = 1 - float(different[at]) / (WORD_BITS * query.size)
        return Guess(self.files[track], begin * WORD_MS, equal)


def fingerprint(samples: Samples) -> Words:
    """Return Chromaprint's words, shape (n,); none of a clip that is too short."""
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    # It ends with an error whenever its input ends; only an answer tells whether it worked.
    done = subprocess.run([*FPCALC, "-rate", str(RATE), "-"], input=pcm, capture_output=True)
    if not done.stdout and b"Empty fingerprint" not in done.stderr:
        raise RuntimeError(f"fpcalc: {done.stderr.decode(errors='replace')}")
    return np.array([int(word) for word in done.stdout.split(b",") if word.strip()], np.uint32)
