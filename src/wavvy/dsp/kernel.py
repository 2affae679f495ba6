"""Kernels: plain loops over arrays, compiled by numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numba.np.linalg

P = ParamSpec("P")
R = TypeVar("R")


def _no_blas() -> None:
    raise ImportError("no kernel multiplies matrices")


# With the first kernel numba would import SciPy's linear algebra, for matrix products in kernels.
# There are none, and a command line that answers in a second has no sixth of one to spare.
numba.np.linalg.ensure_blas = _no_blas


# Dividing by zero gives what it gives in numpy: a loop that may raise is no vector code.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function at its first call and keep the machine code for the next process.

    Other threads run meanwhile: kernels do not hold the interpreter's lock. Where no folder can be
    written to, each process compiles for itself.
    """
    try:
        compiled = numba.njit(**_OPTIONS, cache=True)(function)
    except RuntimeError:
        compiled = numba.njit(**_OPTIONS)(function)
    return cast(Callable[P, R], compiled)
