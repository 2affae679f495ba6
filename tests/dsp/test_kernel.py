from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import pytest

from wavvy.dsp.kernel import kernel


def double(x: int) -> int:
    return 2 * x


def test_a_kernel_compiles_where_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    njit = numba.njit

    def read_only(*arguments: Any, **options: Any) -> Callable[..., Any]:
        if options.get("cache"):
            raise RuntimeError("cannot cache function 'double': no locator available")
        compiled: Callable[..., Any] = njit(*arguments, **options)
        return compiled

    monkeypatch.setattr(numba, "njit", read_only)
    assert kernel(double)(21) == 42
