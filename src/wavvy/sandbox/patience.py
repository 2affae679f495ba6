"""How long a file may take to decode."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a file may take.

    Attributes
    ----------
    cpu_seconds : int
        Computing, where the system can limit that.
    wait_seconds : float
        Keeping its caller waiting, all in all.
    silent_seconds : float
        Keeping its caller waiting without a word, or a sound.
    """

    cpu_seconds: int
    wait_seconds: float
    silent_seconds: float


CLIP = Patience(cpu_seconds=20, wait_seconds=30, silent_seconds=30)
"""For what somebody waits for."""
TRACK = Patience(cpu_seconds=300, wait_seconds=600, silent_seconds=60)
"""For a track that a stranger sent."""
LIBRARY = Patience(cpu_seconds=3600, wait_seconds=7200, silent_seconds=120)
"""For files of one's own: days of sound, on disks that have to wake up."""
