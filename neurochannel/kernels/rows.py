"""Sums over the rows of active sources: what all-to-all bundles do for one example.

A source that is silent skips its whole row. `active` lists the numbers of those that are not,
`amount` their activities. Rows of weights may be wider than the receiving population: what is left
over is padding, which stays 0. Rows of buffers are taken from the first to the last, since the
whole vector at the end of one may reach into the next; what lies behind the last one is kept.
"""

# k = position in the list of active sources, s = source, d = receiver

from __future__ import annotations

import llvmlite.binding
from numba.extending import overload

from neurochannel.kernels import simd
from neurochannel.kernels.jit import inner

HAS_VECTORS: bool = "avx2" in llvmlite.binding.get_host_cpu_features().flatten()


def add_rows(active, amount, count, weight, total, exact):
    """total[d] += sum_k amount[k] * weight[active[k], d].

    Parameters
    ----------
    exact
        Whether what lies behind `total` must not even be stored as it was, since another thread may
        change it.
    """
    for k in range(count):
        row, a = weight[active[k]], amount[k]
        for d in range(total.shape[0]):
            total[d] += a * row[d]


def change_rows(active, amount, count, factor, signal, weight):
    """weight[active[k], d] += factor * amount[k] * signal[d]."""
    for k in range(count):
        row, a = weight[active[k]], factor * amount[k]
        for d in range(signal.shape[0]):
            row[d] += a * signal[d]


def set_row(source, out):
    """out[d] = source[d]; what lies behind both in the same 64 bytes is copied too."""
    for d in range(out.shape[0]):
        out[d] = source[d]


def clear_row(out):
    """out[d] = 0, and all that lies behind in the same 64 bytes."""
    for d in range(out.shape[0]):
        out[d] = 0.0


@inner
def leaves(batch, b):
    """Tell whether whole vectors of row b reach beyond the last row of several.

    There, another thread may be at work.
    """
    n, width = batch.shape
    lanes = simd.VECTOR_BYTES // batch.itemsize
    return n > 1 and b * width + (width + lanes - 1) // lanes * lanes > n * width


_set_row_plainly, _clear_row_plainly = inner(set_row), inner(clear_row)
_add_rows_plainly, _change_rows_plainly = inner(add_rows), inner(change_rows)


@overload(set_row)
def _overload_set_row(source, out):
    def with_vectors(source, out):
        like = out.dtype.type(0.0)
        for begin in range(0, out.shape[0] * out.itemsize, simd.VECTOR_BYTES):
            simd.copy_vector(like, source.ctypes.data + begin, out.ctypes.data + begin)

    def plainly(source, out):
        _set_row_plainly(source, out)

    return with_vectors if HAS_VECTORS else plainly


@overload(clear_row)
def _overload_clear_row(out):
    def with_vectors(out):
        like = out.dtype.type(0.0)
        for begin in range(0, out.shape[0] * out.itemsize, simd.VECTOR_BYTES):
            simd.clear_vector(like, out.ctypes.data + begin)

    def plainly(out):
        _clear_row_plainly(out)

    return with_vectors if HAS_VECTORS else plainly


@overload(add_rows)
def _overload_add_rows(active, amount, count, weight, total, exact):
    def with_vectors(active, amount, count, weight, total, exact):
        item, n, begin = total.itemsize, total.shape[0], 0
        lanes, stride = simd.VECTOR_BYTES // item, weight.shape[1] * item
        while begin < n:
            vectors = min((n - begin + lanes - 1) // lanes, simd.MOST_VECTORS)
            tail = min(n - begin - (vectors - 1) * lanes, lanes)
            simd.add_rows(
                total.dtype.type(0.0), vectors, tail, active.ctypes.data, amount.ctypes.data, count,
                weight.ctypes.data + begin * item, stride, total.ctypes.data + begin * item, exact,
            )  # fmt: skip
            begin += vectors * lanes

    def plainly(active, amount, count, weight, total, exact):
        _add_rows_plainly(active, amount, count, weight, total, exact)

    return with_vectors if HAS_VECTORS else plainly


@overload(change_rows)
def _overload_change_rows(active, amount, count, factor, signal, weight):
    def with_vectors(active, amount, count, factor, signal, weight):
        item, n, begin = signal.itemsize, signal.shape[0], 0
        lanes, stride = simd.VECTOR_BYTES // item, weight.shape[1] * item
        if weight.shape[1] % lanes != 0:
            _change_rows_plainly(active, amount, count, factor, signal, weight)
            return
        while begin < n:
            vectors = min((n - begin + lanes - 1) // lanes, simd.MOST_VECTORS)
            tail = min(n - begin - (vectors - 1) * lanes, lanes)
            simd.change_rows(
                factor, vectors, tail, active.ctypes.data, amount.ctypes.data, count,
                weight.ctypes.data + begin * item, stride, signal.ctypes.data + begin * item,
            )  # fmt: skip
            begin += vectors * lanes

    def plainly(active, amount, count, factor, signal, weight):
        _change_rows_plainly(active, amount, count, factor, signal, weight)

    return with_vectors if HAS_VECTORS else plainly
