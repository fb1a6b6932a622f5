"""Magnitudes as whole numbers in the same order: their largest is found in whole vectors.

The largest of real numbers is not, since with NaN it would depend on the order. The bits of a
float that is not negative, read as a whole number, grow with it.
"""

# d = number of an element

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from neurochannel.kernels.jit import inner

_WHOLE: dict[Any, Any] = {
    types.float32: (np.float32, np.int32),
    types.float64: (np.float64, np.int64),
}


def rank(x):
    """Return a whole number that grows with |x| and is 0 for 0 and for NaN."""
    real = np.float64 if isinstance(x, float) else np.float32
    whole = np.int64 if isinstance(x, float) else np.int32
    return real(abs(x) if x == x else 0.0).view(whole)


@overload(rank)
def _overload_rank(x):
    real, whole = _WHOLE[x]

    def rank(x):
        size = abs(x)
        return real(size if size == size else real(0.0)).view(whole)

    return rank


def ranked(place, like):
    """Return the magnitude of this rank, of the type of `like`."""
    return place.view(type(like))


@overload(ranked)
def _overload_ranked(place, like):
    real, whole = _WHOLE[like]
    return lambda place, like: whole(place).view(real)


@inner
def largest(numbers):
    """Return the largest magnitude of some numbers; NaN counts for nothing."""
    like = numbers.dtype.type(0.0)
    most = rank(like)
    for d in range(numbers.shape[0]):
        own = rank(numbers[d])
        most = own if own > most else most
    return ranked(most, like)
