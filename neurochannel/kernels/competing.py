"""Stages that compare messages: the largest ones of an example are sent, or are a batch's scale."""

# b = example, d = neuron of the source

from __future__ import annotations

import math

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
from neurochannel.kernels.views import row


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


@kernel(x=reads(BUFFER, "n"), out=sets(BUFFER, "n"), budget=WHOLE, heap=AMOUNT)
def send_largest(x, out, budget, heap):
    """out[b] = 0 but for the numbers of the largest |x[b]|, ties going to those that come first."""
    n = x.shape[1]
    for b in range(x.shape[0]):
        told, left = row(x, b), row(out, b)
        least, room, equal = told.dtype.type(0.0), budget, 0
        if budget < n:
            least = kth_largest(told, budget, heap)
            for d in range(n):
                room -= abs(told[d]) > least
                equal += abs(told[d]) == least
        if equal <= room or least == 0.0:
            for d in range(n):
                left[d] = 0.0 if abs(told[d]) < least else told[d]
            continue
        for d in range(n):
            fits = not abs(told[d]) < least
            if abs(told[d]) == least:
                fits = room > 0
                room -= 1
            left[d] = told[d] if fits else 0.0


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


@kernel(x=reads(FLAT, "n"), out=sets(FLAT, "n"), scale=reads(VALUES, "one"))
def multiply_by_scale(x, out, scale):
    """out = x * scale."""
    factor = scale[0]
    for k in range(out.shape[0]):
        out[k] = x[k] * factor
