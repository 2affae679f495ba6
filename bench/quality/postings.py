"""How much of the index a query touches."""

from __future__ import annotations

from collections.abc import Sequence

from bench.audio import RATE, Samples
from wavvy.dsp.resample import as_mono
from wavvy.index import lookup
from wavvy.index.probes import Probes, probes
from wavvy.index.search import NARROW
from wavvy.index.segment import Segment
from wavvy.library import Wavvy
from wavvy.query import GrowingQuery
from wavvy.recognizer import LOOK_RANK


def touched(library: Wavvy, samples: Samples) -> float:
    """Return the share of all postings that a plain query looks at closely."""
    params = library.recognizer.params
    growing = GrowingQuery(params)
    growing.push(as_mono(samples, RATE, params.sample_rate))
    landmarks = growing.query().salient(LOOK_RANK)
    return share_touched(library.index.snapshot().segments, probes(landmarks, NARROW, params))


def share_touched(segments: Sequence[Segment], asked: Probes) -> float:
    """Return the share of some segments' postings that lie in buckets which a query looks at.

    By their bytes, a bucket as often as it is looked at; no more of it is unpacked than is wanted.
    """
    looked_at = there_are = 0
    budget = lookup.budget_of(segments)
    for segment in segments:
        looked_at += min(int(lookup.touched(segment, asked).sum()), budget)
        there_are += segment.header.posting_bytes
    return looked_at / max(there_are, 1)
