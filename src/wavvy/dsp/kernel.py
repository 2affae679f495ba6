"""Kernels: plain loops over arrays, compiled by numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function at its first call and keep the machine code for the next process.

    Other threads run meanwhile: kernels do not hold the interpreter's lock.
    """
    return cast(Callable[P, R], numba.njit(nogil=True, cache=True)(function))
