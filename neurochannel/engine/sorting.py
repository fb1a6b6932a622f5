"""Sorting of many edges by numbers that are small, and what numbers there are among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
DIGIT = 16
"""Bits by which numbers are sorted at once: NumPy sorts such by counting."""
MOST_MARKS = 2**24
"""Numbers up to which those that are there are marked, rather than sorted."""


def order_of(codes: Ints, n: int) -> Ints:
    """Return the order that sorts numbers below n; equal ones keep theirs."""
    if len(codes) < 2 or bool(np.all(codes[1:] >= codes[:-1])):
        return np.arange(len(codes))
    order = np.argsort(codes.astype(np.uint16), kind="stable")
    shift = DIGIT
    while (n - 1) >> shift:
        digit = (codes >> shift).astype(np.uint16)[order]
        order = order[np.argsort(digit, kind="stable")]
        shift += DIGIT
    return order


def order_of_edges(sources: Ints, targets: Ints) -> Ints:
    """Return the order that sorts edges by source, then by target."""
    keys = sources * (1 + int(targets.max(initial=0))) + targets
    if len(keys) < 2 or bool(np.all(keys[1:] >= keys[:-1])):
        return np.arange(len(keys))
    order: Ints = np.argsort(keys)
    return order


def different(codes: Ints, n: int) -> Ints:
    """Return the numbers below n that are there, sorted."""
    if n > max(MOST_MARKS, len(codes)):
        found: Ints = np.unique(codes)
        return found
    there = np.zeros(n, bool)
    there[codes] = True
    return np.flatnonzero(there)


def are_alike(values: NDArray[np.generic]) -> bool:
    """Tell whether all values are the same."""
    return not len(values) or bool(np.all(values == values[0]))
