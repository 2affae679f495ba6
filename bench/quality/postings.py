"""How much of the index a query touches."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bench.audio import RATE, Samples
from wavvy.dsp.landmarks import HASH_BITS, Landmarks
from wavvy.dsp.resample import as_mono
from wavvy.index.search import BUDGET
from wavvy.index.segment import Segment
from wavvy.library import Wavvy
from wavvy.query import GrowingQuery


def touched(library: Wavvy, samples: Samples) -> float:
    """Return the share of all postings that the landmarks of a plain query look at."""
    params = library.recognizer.params
    growing = GrowingQuery(params)
    growing.push(as_mono(samples, RATE, params.sample_rate))
    return share_touched(library.index.snapshot().segments, growing.query().landmarks)


def share_touched(segments: Iterable[Segment], landmarks: Landmarks) -> float:
    """Return the share of some segments' postings that landmarks look at."""
    looked_at = there_are = 0
    for segment in segments:
        prefixes = landmarks.hashes >> np.uint32(HASH_BITS - segment.header.directory_bits)
        directory = segment.directory.astype(np.int64)
        lists = directory[prefixes + 1] - directory[prefixes]
        looked_at += min(int(lists.sum()), BUDGET)
        there_are += segment.header.postings
    return looked_at / max(there_are, 1)
