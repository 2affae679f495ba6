"""How much of the index a query touches."""

from __future__ import annotations

import numpy as np

from bench.audio import RATE, Samples
from wavvy.dsp.landmarks import HASH_BITS
from wavvy.dsp.resample import as_mono
from wavvy.index.search import BUDGET
from wavvy.library import Wavvy
from wavvy.query import GrowingQuery


def touched(library: Wavvy, samples: Samples) -> float:
    """Return the share of all postings that the landmarks of a plain query look at."""
    params = library.recognizer.params
    growing = GrowingQuery(params)
    growing.push(as_mono(samples, RATE, params.sample_rate))
    hashes = growing.query().landmarks.hashes
    looked_at = there_are = 0
    for segment in library.index.snapshot().segments:
        prefixes = hashes >> np.uint32(HASH_BITS - segment.header.directory_bits)
        directory = segment.directory.astype(np.int64)
        lists = directory[prefixes + 1] - directory[prefixes]
        looked_at += min(int(lists.sum()), BUDGET)
        there_are += segment.header.postings
    return looked_at / max(there_are, 1)
