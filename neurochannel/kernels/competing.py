"""Stages that compare messages: the largest ones of an example are sent, or are a batch's scale."""

# b = example, d = neuron of the source

from __future__ import annotations

import math

import numpy as np

from neurochannel.kernels.declare import (
    AMOUNT,
    BUFFER,
    FLAT,
    VALUES,
    WHOLE,
    kernel,
    reads,
    sets,
)
from neurochannel.kernels.jit import inner
from neurochannel.kernels.magnitudes import rank, ranked
from neurochannel.kernels.views import row

FEW = 8
"""Budgets up to here are found by as many looks at all messages."""


@inner
def kth_largest(x, k, heap):
    """Return the k-th largest |x|, k being at most their number; NaN counts for nothing.

    Parameters
    ----------
    heap
        (>= k,); overwritten. The k largest so far, none of them larger than those at 2 i + 1 and
        2 i + 2.
    """
    count = 0
    for d in range(x.shape[0]):
        size = abs(x[d])
        if count < k:
            at, count = count, count + 1
            while at > 0 and heap[(at - 1) >> 1] > size:
                heap[at] = heap[(at - 1) >> 1]
                at = (at - 1) >> 1
            heap[at] = size
        elif size > heap[0]:
            at, below = 0, 1
            while below < k:
                if below + 1 < k and heap[below + 1] < heap[below]:
                    below += 1
                if heap[below] >= size:
                    break
                heap[at] = heap[below]
                at, below = below, 2 * below + 1
            heap[at] = size
    return heap[0]


@inner
def next_largest(x, above):
    """Return the largest rank of |x| below another one, 0 if there is none."""
    nothing = rank(x.dtype.type(0.0))
    most = nothing
    for d in range(x.shape[0]):
        own = rank(x[d])
        own = own if own < above else nothing
        most = own if own > most else most
    return most


@inner
def few_largest(x, k):
    """Return the k-th largest |x|, or less if some are equal: each look finds the next one."""
    least = next_largest(x, rank(x.dtype.type(np.inf)) + 1)
    for _ in range(1, k):
        least = next_largest(x, least)
    return ranked(least, x.dtype.type(0.0))


@inner
def keep_from(x, out, least):
    """out = x, but 0 where |x| is less; return how many were not."""
    count = np.int32(0)
    for d in range(x.shape[0]):
        fits = not abs(x[d]) < least
        out[d] = x[d] if fits else 0.0
        count += np.int32(fits)
    return count


@inner
def keep_budget(x, out, k, heap):
    """Keep the k largest |x|; of those that are equal to the last of them the first ones."""
    least, room = kth_largest(x, k, heap), k
    for d in range(x.shape[0]):
        room -= abs(x[d]) > least
    for d in range(x.shape[0]):
        fits = not abs(x[d]) < least
        if abs(x[d]) == least and least > 0.0:
            fits = room > 0
            room -= 1
        out[d] = x[d] if fits else 0.0


@kernel(x=reads(BUFFER, "n"), out=sets(BUFFER, "n"), budget=WHOLE, heap=AMOUNT)
def send_largest(x, out, budget, heap):
    """out[b] = 0 but for the numbers of the largest |x[b]|, ties going to those that come first."""
    exactly = budget > FEW or x.ctypes.data == out.ctypes.data
    for b in range(x.shape[0]):
        told, left = row(x, b), row(out, b)
        if budget >= x.shape[1]:
            keep_from(told, left, told.dtype.type(0.0))
        elif exactly or keep_from(told, left, few_largest(told, budget)) > budget:
            keep_budget(told, left, budget, heap)


@kernel(
    x=reads(BUFFER, "n"), out=sets(BUFFER, "n"), scale=sets(VALUES, "one"), power=WHOLE, whole=True
)
def divide_by_largest(x, out, scale, power):
    """scale = max |x| over the batch, rounded up to a power of 2 if asked; out = x / scale.

    Where all are 0 the scale is 1.
    """
    largest = x.dtype.type(0.0)
    for b in range(x.shape[0]):
        told = row(x, b)
        for d in range(x.shape[1]):
            size = abs(told[d])
            largest = size if size > largest else largest
    if largest == 0.0:
        largest = x.dtype.type(1.0)
    if power != 0:
        part, exponent = math.frexp(largest)
        largest = x.dtype.type(math.ldexp(1.0, exponent - (part == 0.5)))
    scale[0] = largest
    for b in range(x.shape[0]):
        told, left = row(x, b), row(out, b)
        for d in range(x.shape[1]):
            left[d] = told[d] / largest


@inner
def _multiply(x, out, factor):
    for k in range(out.shape[0]):
        out[k] = x[k] * factor


@kernel(x=reads(FLAT, "n"), out=sets(FLAT, "n"), scale=reads(VALUES, "one"))
def multiply_by_scale(x, out, scale):
    """out = x * scale."""
    if x.ctypes.data == out.ctypes.data:
        _multiply(out, out, scale[0])
    else:
        _multiply(x, out, scale[0])
