"""Pooling: the largest or the mean of each window, and the ways back.

Images lie row by row, the maps of a pixel side by side; windows lie wholly inside.
"""

# b = example, p = position of the window in the target, m = map

from __future__ import annotations

import numpy as np
from numba.extending import overload

from neurochannel.kernels import simd, simd_pools
from neurochannel.kernels.declare import BUFFER, WIRES, adds, kernel, reads, sets
from neurochannel.kernels.jit import inner
from neurochannel.kernels.rows import HAS_VECTORS
from neurochannel.kernels.views import flat
from neurochannel.kernels.windows import unpacked


def take_largest(source, at, window, out, winner, to, n):
    """out[to + m] = the largest source[at + i * down + j * along + m], winner[...] its tap.

    Parameters
    ----------
    window
        How many i and j there are, and the elements from one to the next.
    n
        How many m there are.
    """
    rows, columns, down, along = window
    for m in range(n):
        out[to + m], winner[to + m] = source[at + m], 0.0
    for tap in range(1, rows * columns):
        here = at + tap // columns * down + tap % columns * along
        for m in range(n):
            new, old = source[here + m], out[to + m]
            wins = new > old or (new != new and old == old)
            out[to + m] = new if wins else old
            winner[to + m] = tap if wins else winner[to + m]


def give_to_winners(signal, winner, to, window, total, at, n):
    """total[at + i * down + j * along + m] += signal[to + m] where i, j is the winner."""
    _, columns, down, along = window
    for m in range(n):
        tap = np.int64(winner[to + m])
        total[at + tap // columns * down + tap % columns * along + m] += signal[to + m]


_take_plainly, _give_plainly = inner(take_largest), inner(give_to_winners)


@overload(take_largest)
def _overload_take_largest(source, at, window, out, winner, to, n):
    def with_vectors(source, at, window, out, winner, to, n):
        rows, columns, down, along = window
        item, like = out.itemsize, out.dtype.type(0.0)
        lanes = simd.VECTOR_BYTES // item
        for m in range(0, n, lanes):
            simd_pools.take_largest(
                like, min(n - m, lanes), source.ctypes.data + (at + m) * item,
                rows, columns, down * item, along * item,
                out.ctypes.data + (to + m) * item, winner.ctypes.data + (to + m) * item,
            )  # fmt: skip

    def plainly(source, at, window, out, winner, to, n):
        _take_plainly(source, at, window, out, winner, to, n)

    return with_vectors if HAS_VECTORS else plainly


@overload(give_to_winners)
def _overload_give_to_winners(signal, winner, to, window, total, at, n):
    def with_vectors(signal, winner, to, window, total, at, n):
        rows, columns, down, along = window
        item, like = total.itemsize, total.dtype.type(0.0)
        lanes = simd.VECTOR_BYTES // item
        for m in range(0, n, lanes):
            simd_pools.give_to_winners(
                like, min(n - m, lanes), total.ctypes.data + (at + m) * item,
                rows, columns, down * item, along * item,
                signal.ctypes.data + (to + m) * item, winner.ctypes.data + (to + m) * item,
            )  # fmt: skip

    def plainly(signal, winner, to, window, total, at, n):
        _give_plainly(signal, winner, to, window, total, at, n)

    return with_vectors if HAS_VECTORS else plainly


@inner
def _corner(window, p):
    """Return the number of the source's first neuron in the window at position p."""
    return (
        (p // np.int64(window[4])) * np.int64(window[8]) * np.int64(window[1])
        + (p % np.int64(window[4])) * np.int64(window[9])
    ) * np.int64(window[2])


@kernel(
    source=reads(BUFFER, "m"),
    out=sets(BUFFER, "n"),
    winner=sets(BUFFER, "n"),
    window=reads(WIRES, "numbers"),
)
def pool_max(source, out, winner, window):
    """out[p, m] = the largest of a window, winner[p, m] = the tap i * columns + j of the first one.

    What is no number wins, so that it is seen.
    """
    image, target, kernel, _, _ = unpacked(window)
    n, size = image[2], (kernel[0], kernel[1], image[1] * image[2], image[2])
    for b in range(source.shape[0]):
        for p in range(target[0] * target[1]):
            at, to = b * source.shape[1] + _corner(window, p), b * out.shape[1] + p * n
            take_largest(flat(source), at, size, flat(out), flat(winner), to, n)


@kernel(
    source=reads(BUFFER, "n"),
    winner=reads(BUFFER, "n"),
    total=adds(BUFFER, "m"),
    window=reads(WIRES, "numbers"),
)
def unpool_max(source, winner, total, window):
    """total[winner of p, m] += source[p, m]."""
    image, target, kernel, _, _ = unpacked(window)
    n, size = image[2], (kernel[0], kernel[1], image[1] * image[2], image[2])
    for b in range(source.shape[0]):
        for p in range(target[0] * target[1]):
            at, to = b * total.shape[1] + _corner(window, p), b * source.shape[1] + p * n
            give_to_winners(flat(source), flat(winner), to, size, flat(total), at, n)


@kernel(source=reads(BUFFER, "m"), out=sets(BUFFER, "n"), window=reads(WIRES, "numbers"))
def pool_mean(source, out, window):
    """out[p, m] = the mean of a window."""
    image, target, kernel, _, _ = unpacked(window)
    width, n = image[1], image[2]
    share = source.dtype.type(1.0 / (kernel[0] * kernel[1]))
    for b in range(source.shape[0]):
        for p in range(target[0] * target[1]):
            corner = _corner(window, p)
            for m in range(n):
                out[b, p * n + m] = 0.0
            for tap in range(kernel[0] * kernel[1]):
                here = corner + (tap // kernel[1] * width + tap % kernel[1]) * n
                for m in range(n):
                    out[b, p * n + m] += share * source[b, here + m]


@kernel(source=reads(BUFFER, "n"), total=adds(BUFFER, "m"), window=reads(WIRES, "numbers"))
def unpool_mean(source, total, window):
    """total of each neuron of the window += source[p, m] / neurons of a window."""
    image, target, kernel, _, _ = unpacked(window)
    width, n = image[1], image[2]
    share = source.dtype.type(1.0 / (kernel[0] * kernel[1]))
    for b in range(source.shape[0]):
        for p in range(target[0] * target[1]):
            corner = _corner(window, p)
            for tap in range(kernel[0] * kernel[1]):
                here = corner + (tap // kernel[1] * width + tap % kernel[1]) * n
                for m in range(n):
                    total[b, here + m] += share * source[b, p * n + m]
