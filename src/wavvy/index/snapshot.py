"""What readers see of the index: all segments, and what was removed of them."""

from __future__ import annotations

from typing import NamedTuple

from wavvy.dsp.arrays import Bools
from wavvy.index.segment import Segment


class Snapshot(NamedTuple):
    """The index as of one commit.

    Attributes
    ----------
    segments : tuple of Segment
    dead : tuple of ndarray, shape (tracks,), bool
        For each segment, which of its tracks were removed.
    """

    segments: tuple[Segment, ...]
    dead: tuple[Bools, ...]
