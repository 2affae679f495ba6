"""The fingerprints that synthetic tracks are made from."""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.audio import RATE, audio
from bench.cache import cache_dir
from bench.corpus import load_tuning
from bench.pool import processes
from wavvy.dsp import fingerprint
from wavvy.dsp.arrays import I32, I64, U16
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import Peaks
from wavvy.dsp.resample import as_mono


class Sources(NamedTuple):
    """Peaks of several tracks, one after the other.

    Attributes
    ----------
    frames : ndarray, shape (peaks,), int32
        Frame of each peak in its own track.
    freqs : ndarray, shape (peaks,), uint16
        Its frequency in sub-bins.
    firsts : ndarray, shape (tracks + 1,), int64
        First peak of each track, and one past the last of all.
    lengths : ndarray, shape (tracks,), int32
        Frames of each track.
    """

    frames: I32
    freqs: U16
    firsts: I64
    lengths: I32

    @classmethod
    def of(cls, fingerprints: Iterable[Fingerprint]) -> Sources:
        """Put fingerprints together."""
        found = list(fingerprints)
        peaks = [one.peaks() for one in found]
        return cls(
            np.concatenate([one.frames for one in peaks]),
            np.concatenate([one.freqs for one in peaks]),
            np.cumsum([0, *(one.frames.size for one in peaks)]),
            np.array([one.counts.size for one in found], np.int32),
        )

    def peaks(self, track: int) -> Peaks:
        """Return the peaks of one track."""
        mine = slice(self.firsts[track], self.firsts[track + 1])
        return Peaks.alike(self.frames[mine], self.freqs[mine])


def source_files(music: Path | None = None) -> list[Path]:
    """Return the tracks that synthetic ones are made from: no clip of them is asked."""
    tuning = load_tuning(music)
    return sorted([*tuning.indexed, *tuning.unknown])


def fingerprints(files: Sequence[Path]) -> list[Fingerprint]:
    """Return the fingerprints of some tracks in their order, kept in the cache folder."""
    digest = hashlib.sha256("\n".join((DEFAULT.digest(), *map(str, files))).encode())
    for path in sorted(Path(fingerprint.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    kept = cache_dir() / "scale" / f"fingerprints-{digest.hexdigest()[:16]}.pickle"
    if not kept.exists():
        print(f"scale: fingerprints of {len(files)} tracks", file=sys.stderr)
        with processes() as pool:
            blobs = list(pool.map(_blob, files))
        kept.parent.mkdir(exist_ok=True)
        part = kept.with_suffix(".part")
        part.write_bytes(pickle.dumps(blobs))
        part.rename(kept)
    return [Fingerprint.from_bytes(blob) for blob in pickle.loads(kept.read_bytes())]


def _blob(file: Path) -> bytes:
    mono = as_mono(audio(file), RATE, DEFAULT.sample_rate)
    return fingerprint.fingerprint_blocks([mono], DEFAULT).to_bytes()
