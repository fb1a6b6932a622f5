"""Matrix products through SciPy's BLAS, called from compiled code without any Python object.

BLAS is bound as a named symbol: an address could not be kept on disk, and np.dot cannot add to its
output. SciPy is imported when the first of these kernels is wanted.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic, overload

from neurochannel.kernels.declare import (
    BUFFER,
    CHANGES,
    FACTOR,
    VALUES,
    WHOLE,
    Change,
    Delivery,
    Making,
    adds,
    kernel,
    reads,
)

_I32 = ir.IntType(32)
_TRANSPOSED, _STRAIGHT = ord("T"), ord("N")
_ROUTINES = {"float32": "sgemm", "float64": "dgemm"}


@cache
def bind(dtype: str) -> None:
    """Tell the linker where BLAS is."""
    name = _ROUTINES[dtype]
    address = get_cython_function_address("scipy.linalg.cython_blas", name)
    llvmlite.binding.add_symbol(f"neurochannel_{name}", address)


def _gemm_code(typingctx, alpha, left_turned, right_turned, m, n, k, a, lda, b, ldb, c, ldc):
    """C' += alpha op(B)' op(A)' in the columns of BLAS; all but alpha are whole numbers."""

    def codegen(context, builder, signature, args):
        alpha, left_turned, right_turned, *rest = args
        m, n, k, a, lda, b, ldb, c, ldc = rest
        byte = ir.IntType(8).as_pointer()

        def number(value):
            return cgutils.alloca_once_value(builder, builder.trunc(value, _I32))

        def turned(flag):
            letters = ir.Constant(_I32, _TRANSPOSED), ir.Constant(_I32, _STRAIGHT)
            return cgutils.alloca_once_value(builder, builder.select(flag, *letters))

        factor = cgutils.alloca_once_value(builder, alpha)
        one = cgutils.alloca_once_value(builder, ir.Constant(alpha.type, 1.0))
        pointers = [
            turned(right_turned), turned(left_turned), number(n), number(m), number(k), factor,
            builder.inttoptr(b, byte), number(ldb), builder.inttoptr(a, byte), number(lda),
            one, builder.inttoptr(c, byte), number(ldc),
        ]  # fmt: skip
        shape = ir.FunctionType(ir.VoidType(), [byte] * len(pointers))
        dtype = str(signature.args[0])
        bind(dtype)
        name = f"neurochannel_{_ROUTINES[dtype]}"
        routine = cgutils.get_or_insert_function(builder.module, shape, name)
        builder.call(routine, [builder.bitcast(pointer, byte) for pointer in pointers])
        return context.get_dummy_value()

    flags, whole = [types.boolean] * 2, [types.intp] * 9
    return types.void(alpha, *flags, *whole), codegen


_gemm: Any = intrinsic(_gemm_code)


def gemm(a, b, c, turn_a, turn_b, alpha, skip, first, n):
    """Compute c += alpha * op(a) op(b), op being the transpose where asked for.

    BLAS counts columns first, so the row-major product c = a b is asked for as c' = b' a'.

    Parameters
    ----------
    a, b, c
        Two-dimensional, row-major, of one dtype; c is changed.
    skip
        Columns of a that come before those that count; c says how many rows op(a) has.
    first, n
        The columns of c that are meant; rows of b may be padded beyond them.
    """
    left, right = (a[:, skip:].T[: len(c)] if turn_a else a), (b.T if turn_b else b)
    k = left.shape[1]
    c[:, first : first + n] += c.dtype.type(alpha) * (left @ right[:k, :n])


@overload(gemm)
def _overload_gemm(a, b, c, turn_a, turn_b, alpha, skip, first, n):
    def compiled(a, b, c, turn_a, turn_b, alpha, skip, first, n):
        m, k = c.shape[0], a.shape[0] if turn_a else a.shape[1]
        if n > 0 and m > 0 and k > 0:
            _gemm(
                c.dtype.type(alpha), turn_a, turn_b, m, n, k,
                a.ctypes.data + skip * a.itemsize, a.shape[1], b.ctypes.data, b.shape[1],
                c.ctypes.data + first * c.itemsize, c.shape[1],
            )  # fmt: skip

    return compiled


@kernel(
    before=bind,
    work=Delivery(("m", "n")),
    source=reads(BUFFER, "m"),
    weight=reads(VALUES, "m", "stride"),
    total=adds(BUFFER, "n"),
    first=WHOLE,
    columns=WHOLE,
)
def deliver_gemm(source, weight, total, first, columns):
    """total += source weight, for receivers from number `first` on: weight begins with theirs."""
    gemm(source, weight, total, False, False, 1.0, 0, first, columns)


@kernel(
    before=bind,
    work=Delivery(("m", "n"), backwards=True),
    source=reads(BUFFER, "n"),
    weight=reads(VALUES, "rows", "stride"),
    total=adds(BUFFER, "m"),
    first=WHOLE,
)
def deliver_tied_gemm(source, weight, total, first):
    """total += source weight', for receivers from number `first` on: weight has their rows."""
    gemm(source, weight, total, False, True, 1.0, 0, first, weight.shape[0])


@kernel(
    before=bind,
    work=Change(("rows", "n")),
    source=reads(BUFFER, "m"),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "rows", "stride"),
    factor=FACTOR,
    first=WHOLE,
)
def update_gemm(source, signal, weight, factor, first):
    """weight += factor * source' signal, from source number `first` on."""
    gemm(source, signal, weight, True, False, factor, first, 0, signal.shape[1])


@kernel(
    before=bind,
    work=Making("multiply_adds", ("rows", "m", "n")),
    factor=reads(VALUES, "rows", "n"),
    weight=reads(VALUES, "m", "stride"),
    product=adds(VALUES, "rows", "m"),
)
def multiply_tied(factor, weight, product):
    """product += factor weight'."""
    gemm(factor, weight, product, False, True, 1.0, 0, 0, product.shape[1])
