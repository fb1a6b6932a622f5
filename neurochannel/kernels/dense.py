"""All-to-all bundles: row kernels for small batches and for activities that are mostly zero.

Weights lie (source, receiver) row-major; their rows may be wider than the receiving population.
"""

# b = example, s = source, d = receiver, k = position in the list of active sources

from __future__ import annotations

import numpy as np
from numba.extending import overload

from neurochannel.kernels import simd
from neurochannel.kernels.jit import inner
from neurochannel.kernels.rows import add_rows, change_rows

CACHE_LINE = 64


@inner
def list_active(activity, active, amount):
    """List the sources that are not silent; return how many there are.

    Parameters
    ----------
    activity
        (n_source,).
    active, amount
        (>= n_source,) uint32 and real; overwritten.
    """
    count = 0
    for s in range(activity.shape[0]):
        active[count] = s
        amount[count] = activity[s]
        count += activity[s] != 0.0
    return count


@inner
def list_pixels(feed, example, active, amount):
    """List the non-zero inputs of one example from the sparse copy; return how many there are."""
    start, stop = feed.pixel_start[example], feed.pixel_start[example + np.uint32(1)]
    for k in range(stop - start):
        active[k] = feed.pixel_index[start + k]
        amount[k] = feed.pixel_value[start + k] * feed.scale
    return np.int64(stop - start)


def fetch_ahead(address, n_bytes):
    """Ask for memory that will be read soon; says nothing to Python."""


@overload(fetch_ahead)
def _overload_fetch_ahead(address, n_bytes):
    def fetch(address, n_bytes):
        for line in range(0, n_bytes, CACHE_LINE):
            simd.prefetch(address + line)

    return fetch


@inner
def fetch_pixels(feed, example):
    """Ask for the non-zero inputs of an example that comes next.

    Examples are met in random order, so the processor cannot guess where the next one lies.
    """
    start, stop = feed.pixel_start[example], feed.pixel_start[example + np.uint32(1)]
    index, value = feed.pixel_index, feed.pixel_value
    count = np.int64(stop - start)
    first = np.int64(start)
    fetch_ahead(index.ctypes.data + first * index.itemsize, count * index.itemsize)
    fetch_ahead(value.ctypes.data + first, count)


@inner
def is_silent(signal):
    """Tell whether every neuron's signal is exactly 0."""
    d = 0
    while d < signal.shape[0] and signal[d] == 0.0:
        d += 1
    return d == signal.shape[0]


@inner
def deliver_all_rows(activity, weight, total, numbers):
    """total += activity weight, no source being skipped; numbers = 0, 1, 2, ..."""
    for b in range(activity.shape[0]):
        add_rows(numbers, activity[b], activity.shape[1], weight, total[b])


@inner
def update_all_rows(activity, signal, factor, weight, numbers):
    """weight += factor * activity' signal, no source being skipped; numbers = 0, 1, 2, ..."""
    for b in range(activity.shape[0]):
        if not is_silent(signal[b]):
            change_rows(numbers, activity[b], activity.shape[1], factor, signal[b], weight)


@inner
def deliver_rows(activity, weight, total, active, amount):
    """total += activity weight, row by row; shapes (b, s), (s, d), (b, d)."""
    for b in range(activity.shape[0]):
        count = list_active(activity[b], active, amount)
        add_rows(active, amount, count, weight, total[b])


@inner
def deliver_rows_tied(message, weight, total):
    """total += message weight'; shapes (b, d), (s, d), (b, s)."""
    for b in range(message.shape[0]):
        for s in range(weight.shape[0]):
            dot = weight.dtype.type(0.0)
            for d in range(message.shape[1]):
                dot += message[b, d] * weight[s, d]
            total[b, s] += dot


@inner
def update_rows(activity, signal, factor, weight, active, amount):
    """weight += factor * activity' signal, row by row; shapes (b, s), (b, d), (s, d)."""
    for b in range(activity.shape[0]):
        if not is_silent(signal[b]):
            count = list_active(activity[b], active, amount)
            change_rows(active, amount, count, factor, signal[b], weight)


@inner
def deliver_pixels(feed, examples, weight, total, active, amount):
    """total += x weight, x being the data set's rows `examples`, in its sparse copy."""
    for b in range(examples.shape[0]):
        if b + 1 < examples.shape[0]:
            fetch_pixels(feed, examples[b + 1])
        count = list_pixels(feed, examples[b], active, amount)
        add_rows(active, amount, count, weight, total[b])


@inner
def update_pixels(feed, examples, signal, factor, weight, active, amount):
    """weight += factor * x' signal, x being the data set's rows `examples`, in its sparse copy."""
    for b in range(examples.shape[0]):
        if not is_silent(signal[b]):
            count = list_pixels(feed, examples[b], active, amount)
            change_rows(active, amount, count, factor, signal[b], weight)


@inner
def clear(out):
    """out = 0."""
    for i in range(out.shape[0]):
        out[i] = 0.0


@inner
def copy(source, out):
    """out = source."""
    for i in range(out.shape[0]):
        out[i] = source[i]


@inner
def add(change, out):
    """out += change; rows of `out` may be padded."""
    for s in range(change.shape[0]):
        for d in range(change.shape[1]):
            out[s, d] += change[s, d]


@inner
def set_bias(bias, total):
    """total[b, d] = bias[d]."""
    for b in range(total.shape[0]):
        for d in range(bias.shape[0]):
            total[b, d] = bias[d]


@inner
def update_bias(signal, factor, bias):
    """bias[d] += factor * sum_b signal[b, d]."""
    for b in range(signal.shape[0]):
        for d in range(signal.shape[1]):
            bias[d] += factor * signal[b, d]


@inner
def transpose_into(weight, out):
    """out[d, s] += weight[s, d]."""
    for s in range(out.shape[1]):
        for d in range(out.shape[0]):
            out[d, s] += weight[s, d]


@inner
def copy_signs(magnitude, example, out):
    """out = |magnitude| * sign(example): sign concordance."""
    for i in range(out.shape[0]):
        out[i] = abs(magnitude[i]) * np.sign(example[i])
