"""Bundles from inputs that are mostly zero: the sparse copy of the data set is read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import overload

from neurochannel.kernels import simd
from neurochannel.kernels.declare import (
    ACTIVE,
    AMOUNT,
    BUFFER,
    CHANGES,
    EXAMPLES,
    FACTOR,
    FOLLOWING,
    PIXEL_INDEX,
    PIXEL_START,
    PIXEL_VALUE,
    VALUES,
    WHOLE,
    WORTH,
    Change,
    Delivery,
    adds,
    kernel,
    reads,
)
from neurochannel.kernels.dense import is_silent
from neurochannel.kernels.jit import inner
from neurochannel.kernels.rows import HAS_VECTORS, add_rows, change_rows, leaves
from neurochannel.kernels.views import row

CACHE_LINE = 64


def list_bytes(index, value, first, count, worth, active, amount):
    """active[k] = index[first + k], amount[k] = worth * value[first + k]."""
    for k in range(count):
        active[k] = index[first + k]
        amount[k] = value[first + k] * worth


_list_bytes_plainly = inner(list_bytes)


@overload(list_bytes)
def _overload_list_bytes(index, value, first, count, worth, active, amount):
    def with_vectors(index, value, first, count, worth, active, amount):
        simd.list_bytes(
            worth, count, index.ctypes.data + 2 * first, value.ctypes.data + first,
            active.ctypes.data, amount.ctypes.data,
        )  # fmt: skip

    def plainly(index, value, first, count, worth, active, amount):
        _list_bytes_plainly(index, value, first, count, worth, active, amount)

    return with_vectors if HAS_VECTORS else plainly


@inner
def list_pixels(start, index, value, worth, example, active, amount):
    """List the non-zero inputs of one example; return how many there are.

    Parameters
    ----------
    start, index, value
        The sparse copy: entries start[example] .. start[example + 1] are the example's.
    active, amount
        (>= n_inputs,) uint32 and real; overwritten.
    """
    first = np.int64(start[example])
    count = np.int64(start[example + np.uint32(1)]) - first
    list_bytes(index, value, first, count, worth, active, amount)
    return count


@inner
def list_some(start, index, value, worth, example, first, n, active, amount):
    """List the non-zero ones of n inputs, which are counted from number `first` on; likewise."""
    begin, stop = np.int64(start[example]), np.int64(start[example + np.uint32(1)])
    while begin < stop and index[begin] < first:
        begin += 1
    while begin < stop and index[stop - 1] >= first + n:
        stop -= 1
    list_bytes(index, value, begin, stop - begin, worth, active, amount)
    if first > 0:
        for k in range(stop - begin):
            active[k] -= np.uint32(first)
    return stop - begin


def fetch_ahead(address, n_bytes):
    """Ask for memory that will be read soon; says nothing to Python."""


@overload(fetch_ahead)
def _overload_fetch_ahead(address, n_bytes):
    def fetch(address, n_bytes):
        for line in range(0, n_bytes, CACHE_LINE):
            simd.prefetch(address + line)

    return fetch


@inner
def fetch_pixels(start, index, value, example):
    """Ask for the non-zero inputs of an example that comes next.

    Examples are met in random order, so the processor cannot guess where the next one lies.
    """
    first = np.int64(start[example])
    count = np.int64(start[example + np.uint32(1)]) - first
    fetch_ahead(index.ctypes.data + first * index.itemsize, count * index.itemsize)
    fetch_ahead(value.ctypes.data + first, count)


_DATA: dict[str, Any] = {
    "start": PIXEL_START,
    "index": PIXEL_INDEX,
    "value": PIXEL_VALUE,
    "worth": WORTH,
    "examples": EXAMPLES,
    "active": ACTIVE,
    "amount": AMOUNT,
}


@kernel(
    work=Delivery(("m", "n")),
    weight=reads(VALUES, "m", "stride"),
    total=adds(BUFFER, "n"),
    following=FOLLOWING,
    **_DATA,
)
def deliver_pixels(weight, total, following, start, index, value, worth, examples, active, amount):
    """total += x weight, x being the inputs of the batch."""
    last = examples.shape[0] - 1
    for b in range(last + 1):
        if b < last:
            fetch_pixels(start, index, value, examples[b + 1])
        elif following >= 0:
            fetch_pixels(start, index, value, np.uint32(following))
        count = list_pixels(start, index, value, worth, examples[b], active, amount)
        add_rows(active, amount, count, weight, row(total, b), leaves(total, b))


@kernel(
    work=Change(("rows", "n")),
    signal=reads(BUFFER, "n"),
    weight=adds(CHANGES, "rows", "stride"),
    factor=FACTOR,
    first=WHOLE,
    **_DATA,
)
def update_pixels(
    signal, weight, factor, first, start, index, value, worth, examples, active, amount
):
    """weight += factor * x' signal, x being the inputs of the batch from number `first` on."""
    n = weight.shape[0]
    for b in range(examples.shape[0]):
        if not is_silent(row(signal, b)):
            count = list_some(start, index, value, worth, examples[b], first, n, active, amount)
            change_rows(active, amount, count, factor, row(signal, b), weight)
