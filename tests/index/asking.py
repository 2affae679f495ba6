"""Music that is made up, and questions about it."""

from __future__ import annotations

import numpy as np

from wavvy.dsp.arrays import F32
from wavvy.dsp.landmarks import Landmarks
from wavvy.dsp.params import DEFAULT
from wavvy.index.found import Found
from wavvy.index.lookup import look_up
from wavvy.index.probes import Reach, probes
from wavvy.index.search import NARROW, Effort, search
from wavvy.index.snapshot import Snapshot
from wavvy.query import GrowingQuery, Query

SECONDS = 20
MOST = 100
"""Candidates that are weighed."""


def music(seed: int, seconds: int = SECONDS) -> F32:
    """Decaying notes with partials, never the same again."""
    rng = np.random.default_rng(seed)
    audio = np.zeros((seconds + 1) * DEFAULT.sample_rate)
    time = np.arange(6000) / DEFAULT.sample_rate
    for start in range(0, seconds * DEFAULT.sample_rate, 1500):
        hertz = rng.uniform(150, 900)
        for overtone in range(1, 5):
            tone = np.sin(2 * np.pi * overtone * hertz * time) * np.exp(-5 * time)
            audio[start : start + time.size] += 0.2 / overtone * tone
    return audio[: seconds * DEFAULT.sample_rate].astype(np.float32)


def query_of(audio: F32, noise: float = 0.02) -> Query:
    growing = GrowingQuery(DEFAULT)
    hiss = np.random.default_rng(99).standard_normal(audio.size)
    growing.push((audio + noise * hiss).astype(np.float32))
    return growing.query()


def find(snapshot: Snapshot, query: Query, reach: Reach = NARROW) -> Found:
    return find_by(snapshot, query.landmarks, query, reach)


def find_by(snapshot: Snapshot, landmarks: Landmarks, query: Query, reach: Reach = NARROW) -> Found:
    votes = look_up(snapshot.segments, probes(landmarks, reach, DEFAULT))
    return search(snapshot, votes, query.image, DEFAULT, Effort(MOST, 0))
