"""Counts of bits, against the digits of a number as text."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import I64, U64
from wavvy.dsp.kernel import kernel
from wavvy.index.bits import ones, zeros_above, zeros_below

WORD = 64

words = st.one_of(
    st.sampled_from([0, 1, 1 << 63, (1 << 64) - 1]),
    st.integers(0, (1 << 64) - 1),
    st.integers(0, 63).map(lambda shift: 1 << shift),
)


@kernel
def counts(found: U64) -> tuple[I64, I64, I64]:
    """Count the bits of each word in each way."""
    one, below = np.empty(found.size, np.int64), np.empty(found.size, np.int64)
    above = np.empty(found.size, np.int64)
    for i in range(found.size):
        one[i], below[i], above[i] = ones(found[i]), zeros_below(found[i]), zeros_above(found[i])
    return one, below, above


@settings(deadline=None)
@given(found=st.lists(words, min_size=1, max_size=20))
def test_bits_are_counted(found: list[int]) -> None:
    texts = [f"{word:064b}" for word in found]
    one, below, above = counts(np.array(found, np.uint64))

    assert one.tolist() == [text.count("1") for text in texts]
    assert below.tolist() == [WORD - len(text.rstrip("0")) for text in texts]
    assert above.tolist() == [WORD - len(text.lstrip("0")) for text in texts]
