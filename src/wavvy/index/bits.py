"""Counting the bits of a word, for kernels: each what one instruction of the processor does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_Count = Callable[[np.uint64], int]


def _count(name: str, *of_zero: int) -> _Count:
    """Return LLVM's instruction of a name; ``of_zero`` is 0 where it must know what 0 gives."""

    def typed(_context: Any, _word: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            word, flag = ir.IntType(64), ir.IntType(1)
            shape = ir.FunctionType(word, [word, *(flag for _ in of_zero)])
            instruction = builder.module.declare_intrinsic(name, [word], shape)
            return builder.call(instruction, [values[0], *map(flag, of_zero)])

        return types.int64(types.uint64), generate

    return cast(_Count, intrinsic(typed))


ones = _count("llvm.ctpop")
"""Return how many bits of a word are 1."""
zeros_below = _count("llvm.cttz", 0)
"""Return how many bits of a word are 0 below its lowest 1; 64 if none is 1."""
zeros_above = _count("llvm.ctlz", 0)
"""Return how many bits of a word are 0 above its highest 1; 64 if none is 1."""
