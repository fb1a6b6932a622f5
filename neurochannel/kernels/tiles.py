"""Tiles: what all positions of a row or column, or all examples, make with the same weights.

Arrays are vectors whose elements are named by number; a block is told by its first element and the
steps from one to the next. `simd_tiles` does the same with vectors.
"""

# p = position or example, i = row of a window, j = number in such a row, t = tap, d = receiver

from __future__ import annotations

from numba.extending import overload

from neurochannel.kernels import simd, simd_tiles
from neurochannel.kernels.jit import inner
from neurochannel.kernels.routines import Routine
from neurochannel.kernels.rows import HAS_VECTORS


def add_block(source, x, weight, w, total, t, size):
    """total[p, d] += sum_i sum_j source[p, i, j] * weight[i, j, d].

    Parameters
    ----------
    source, total
        Vectors.
    x
        Element of source[0, 0, 0], and steps from one p and from one i to the next.
    weight
        Matrix.
    w
        Row of weight[0, 0], and step from one i to the next.
    t
        Element of total[0, 0], and step from one p to the next.
    size
        How many p, i, j and d there are.
    """
    at, step, down = x
    tap, below = w
    to, to_step = t
    count, rows, run, n = size
    for p in range(count):
        for i in range(rows):
            for j in range(run):
                a = source[at + p * step + i * down + j]
                for d in range(n):
                    total[to + p * to_step + d] += a * weight[tap + i * below + j, d]


def add_products(source, x, signal, s, factor, weight, w, size):
    """weight[t, d] += factor * sum_y sum_x source[y, x, t] * signal[y, x, d].

    Parameters
    ----------
    source, signal
        Vectors.
    x, s
        Element of source[0, 0, 0] and of signal[0, 0, 0], and steps from one y and from one x to
        the next.
    weight
        Matrix.
    w
        Row of weight[0].
    size
        How many y, x, t and d there are.
    """
    at, down, step = x
    there, below, along = s
    rows, columns, taps, n = size
    for t in range(taps):
        for y in range(rows):
            for i in range(columns):
                a = factor * source[at + y * down + i * step + t]
                for d in range(n):
                    weight[w + t, d] += a * signal[there + y * below + i * along + d]


def add_block_by_address(
    zero, item, source, step, down, rows, run, weight, stride, below, total, to_step, count, n
):
    """Do what `add_block` does; addresses, steps and the item in bytes."""
    lanes, begin = simd.VECTOR_BYTES // item, 0
    tiles = (count + simd_tiles.MOST_ROWS - 1) // simd_tiles.MOST_ROWS
    while begin < n:
        vectors = min((n - begin + lanes - 1) // lanes, simd_tiles.MOST_VECTORS)
        tail, first = min(n - begin - (vectors - 1) * lanes, lanes), 0
        for k in range(tiles):
            height = (count - first + tiles - k - 1) // (tiles - k)
            simd_tiles.add_tile(
                zero, vectors, height, tail, source + first * step, step, down, rows, run,
                weight + begin * item, stride, below, total + first * to_step + begin * item,
                to_step,
            )  # fmt: skip
            first += height
        begin += vectors * lanes


def add_products_by_address(
    factor, item, source, step, down, rows, columns, signal, along, below, weight, stride, taps, n
):
    """Do what `add_products` does; addresses, steps and the item in bytes."""
    lanes, begin = simd.VECTOR_BYTES // item, 0
    tiles = (taps + simd_tiles.MOST_ROWS - 1) // simd_tiles.MOST_ROWS
    while begin < n:
        vectors = min((n - begin + lanes - 1) // lanes, simd_tiles.MOST_VECTORS)
        tail, first = min(n - begin - (vectors - 1) * lanes, lanes), 0
        for k in range(tiles):
            height = (taps - first + tiles - k - 1) // (tiles - k)
            simd_tiles.add_products(
                factor, vectors, height, tail, source + first * item, step, down, rows, columns,
                signal + begin * item, along, below, weight + first * stride + begin * item, stride,
            )  # fmt: skip
            first += height
        begin += vectors * lanes


_block, _products = Routine(add_block_by_address), Routine(add_products_by_address)
_add_block_plainly, _add_products_plainly = inner(add_block), inner(add_products)


def bind_blocks(dtype: str) -> None:
    """Make `add_block` known to the linker."""
    if HAS_VECTORS:
        _block.bind(dtype)


def bind_products(dtype: str) -> None:
    """Make `add_products` known to the linker."""
    if HAS_VECTORS:
        _products.bind(dtype)


@overload(add_block)
def _overload_add_block(source, x, weight, w, total, t, size):
    call = _block.call

    def with_tiles(source, x, weight, w, total, t, size):
        at, step, down = x
        tap, below = w
        to, to_step = t
        count, rows, run, n = size
        item, stride = total.itemsize, weight.shape[1] * total.itemsize
        call(
            total.dtype.type(0.0),
            (
                item, source.ctypes.data + at * item, step * item, down * item, rows, run,
                weight.ctypes.data + tap * stride, stride, below * stride,
                total.ctypes.data + to * item, to_step * item, count, n,
            ),
        )  # fmt: skip

    def plainly(source, x, weight, w, total, t, size):
        _add_block_plainly(source, x, weight, w, total, t, size)

    return with_tiles if HAS_VECTORS else plainly


@overload(add_products)
def _overload_add_products(source, x, signal, s, factor, weight, w, size):
    call = _products.call

    def with_tiles(source, x, signal, s, factor, weight, w, size):
        at, down, step = x
        there, below, along = s
        rows, columns, taps, n = size
        item, stride = signal.itemsize, weight.shape[1] * signal.itemsize
        call(
            factor,
            (
                item, source.ctypes.data + at * item, step * item, down * item, rows, columns,
                signal.ctypes.data + there * item, along * item, below * item,
                weight.ctypes.data + w * stride, stride, taps, n,
            ),
        )  # fmt: skip

    def plainly(source, x, signal, s, factor, weight, w, size):
        _add_products_plainly(source, x, signal, s, factor, weight, w, size)

    return with_tiles if HAS_VECTORS else plainly
