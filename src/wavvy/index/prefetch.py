"""Asking the processor for memory before it is needed.

A look-up reads a few lines of memory at each of many places. In a large index few of them are in
the processor's cache, and what one line says tells which is read next: it would wait for one after
the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from wavvy.dsp.arrays import U8, U16, U32, U64

_READ, _KEEP, _DATA = 0, 3, 1  # as LLVM numbers them: to be read, in all caches, no instructions


def _prefetch(_context: Any, array: Any, _index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        instruction = builder.module.declare_intrinsic(
            "llvm.prefetch", [pointer], ir.FunctionType(ir.VoidType(), [pointer, *3 * [number]])
        )
        at = builder.bitcast(builder.gep(data, [values[1]]), pointer)
        builder.call(instruction, [at, *map(number, (_READ, _KEEP, _DATA))])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


prefetch = cast(Callable[[U8 | U16 | U32 | U64, int], None], intrinsic(_prefetch))
"""For kernels: have the cache line of ``array[index]``, of an array of shape (n,), fetched. Nothing
waits for it, and the index need not lie within the array."""
