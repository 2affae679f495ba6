"""Fetching memory ahead changes nothing but when it comes, wherever it is asked for."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from wavvy.dsp.arrays import U32, U64
from wavvy.index.prefetch import prefetch


@numba.njit  # no kernel: what comes out of its cache cannot be inspected
def fetch(array: U32 | U64, index: int) -> int:
    prefetch(array, index)
    return array.size


@pytest.mark.parametrize("dtype", [np.uint32, np.uint64])
@pytest.mark.parametrize("index", [0, 99, 100, -1, 2**40])
def test_any_index_may_be_fetched(dtype: type[np.generic], index: int) -> None:
    array = np.arange(100, dtype=dtype)

    assert fetch(array, index) == 100
    np.testing.assert_array_equal(array, np.arange(100))


def test_the_processor_is_asked() -> None:
    fetch(np.zeros(1, np.uint32), 0)

    for code in fetch.inspect_llvm().values():
        assert "call void @llvm.prefetch" in code
