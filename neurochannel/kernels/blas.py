"""Matrix products through SciPy's BLAS, callable from compiled code and kept in its cache.

BLAS is bound as an external symbol: a ctypes pointer could not be cached, and np.dot cannot add to
its output.
"""

from __future__ import annotations

import llvmlite.binding
import numpy as np
from numba import types
from numba.extending import get_cython_function_address, overload

from neurochannel.kernels.jit import jit

WHOLE_SUM = 256
"""Most terms that BLAS is given at once: it would cut longer sums elsewhere with more threads, and
so round them differently."""

TRANSPOSED, STRAIGHT = np.int32(ord("T")), np.int32(ord("N"))


def _external(routine: str) -> types.ExternalFunction:
    symbol = f"neurochannel_{routine}"
    address = get_cython_function_address("scipy.linalg.cython_blas", routine)
    llvmlite.binding.add_symbol(symbol, address)
    return types.ExternalFunction(symbol, types.void(*[types.intp] * 13))


_sgemm = _external("sgemm")
_dgemm = _external("dgemm")


def _call(item, integers, factors, a, b, c):
    """Stand for sgemm or dgemm, whichever fits `item`; a, b and c are addresses."""


@overload(_call)
def _overload_call(item, integers, factors, a, b, c):
    routine = _sgemm if item == types.float32 else _dgemm

    def call(item, integers, factors, a, b, c):
        i, f = integers.ctypes.data, factors.ctypes.data
        routine(
            i, i + 4, i + 8, i + 12, i + 16, f, b, i + 20,
            a, i + 24, f + factors.itemsize, c, i + 28,
        )  # fmt: skip

    return call


def gemm(a, b, c, transpose_a, transpose_b, alpha, beta):
    """Compute c = alpha * op(a) op(b) + beta * c, op being the transpose where asked for.

    BLAS counts columns first, so the row-major product c = a b is asked for as c' = b' a'. Rows of
    b or c may be padded: the narrower one says how many columns count.

    Parameters
    ----------
    a, b, c
        Two-dimensional, row-major, of one dtype; c is overwritten.
    """
    left, right = (a.T if transpose_a else a), (b.T if transpose_b else b)
    n, k = min(right.shape[1], c.shape[1]), left.shape[1]
    product = left @ right[:k, :n]
    c[:, :n] = c.dtype.type(alpha) * product + c.dtype.type(beta) * c[:, :n]


@overload(gemm)
def _overload_gemm(a, b, c, transpose_a, transpose_b, alpha, beta):
    def compiled(a, b, c, transpose_a, transpose_b, alpha, beta):
        integers = np.empty(8, np.int32)
        integers[0] = TRANSPOSED if transpose_b else STRAIGHT
        integers[1] = TRANSPOSED if transpose_a else STRAIGHT
        integers[2] = min(b.shape[0] if transpose_b else b.shape[1], c.shape[1])
        integers[3] = c.shape[0]
        integers[5], integers[6], integers[7] = b.shape[1], a.shape[1], c.shape[1]
        factors = np.empty(2, c.dtype)
        factors[0], factors[1] = alpha, beta
        if integers[2] <= 0 or integers[3] <= 0:
            return
        inner = a.shape[0] if transpose_a else a.shape[1]
        step_a = a.itemsize * (a.shape[1] if transpose_a else 1)
        step_b = b.itemsize * (1 if transpose_b else b.shape[1])
        for k in range(0, inner, WHOLE_SUM):
            integers[4] = min(WHOLE_SUM, inner - k)
            first_a, first_b = a.ctypes.data + k * step_a, b.ctypes.data + k * step_b
            _call(c[0, 0], integers, factors, first_a, first_b, c.ctypes.data)
            factors[1] = 1.0

    return compiled


@jit
def multiply(a, b, c, beta):
    """c = a b + beta c; shapes (m, k), (k, n), (m, n)."""
    gemm(a, b, c, False, False, 1.0, beta)


@jit
def multiply_transposed(a, b, c, beta):
    """c = a b' + beta c; shapes (m, k), (n, k), (m, n)."""
    gemm(a, b, c, False, True, 1.0, beta)


@jit
def add_outer(a, b, c, alpha):
    """c += alpha a' b; shapes (batch, m), (batch, n), (m, n)."""
    gemm(a, b, c, True, False, alpha, 1.0)
