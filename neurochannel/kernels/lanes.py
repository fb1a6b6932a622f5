"""Single edges, many examples side by side: one vector is read for each edge.

A block of examples is laid out neuron by neuron, (n, width): the lanes of neuron n are what it
does in each example. `own` are the lanes of the sources, `other` those of the receivers. Lanes
without an example hold 0.
"""

# s = source, e = edge, start[s] <= e < start[s + 1], i = lane

from __future__ import annotations

import numpy as np
from numba.extending import overload

from neurochannel.kernels import simd_lanes
from neurochannel.kernels.jit import inner
from neurochannel.kernels.rows import HAS_VECTORS
from neurochannel.kernels.simd import VECTOR_BYTES

MOST_BYTES = simd_lanes.MOST_VECTORS * VECTOR_BYTES
"""Widest block of one neuron: with more, the lanes of a population soon leave the cache."""


def send(start, receivers, weight, own, other):
    """other[receivers[e], i] += weight[e] * own[s, i]; silent sources are skipped."""
    for s in range(own.shape[0]):
        if own[s].any():
            for e in range(start[s], start[s + 1]):
                other[receivers[e]] += weight[e] * own[s]


def collect(start, receivers, weight, own, other):
    """own[s, i] += sum_e weight[e] * other[receivers[e], i]."""
    for s in range(own.shape[0]):
        for e in range(start[s], start[s + 1]):
            own[s] += weight[e] * other[receivers[e]]


def change(factor, start, receivers, weight, own, other):
    """weight[e] += factor * sum_i own[s, i] * other[receivers[e], i]; likewise."""
    for s in range(own.shape[0]):
        if own[s].any():
            for e in range(start[s], start[s + 1]):
                weight[e] += factor * (own[s] * other[receivers[e]]).sum()


def send_apart(ends, receivers, weight, own, other):
    """other[receivers[e], i] += weight[e] * own[s, i] over edges first[s] <= e < stop[s].

    Parameters
    ----------
    ends
        first, stop: edges of a source are those of one block, and do not follow those of the last.
    """
    first, stop = ends
    for s in range(own.shape[0]):
        if own[s].any():
            for e in range(first[s], stop[s]):
                other[receivers[e]] += weight[e] * own[s]


def collect_apart(ends, receivers, weight, own, other):
    """own[s, i] += sum_e weight[e] * other[receivers[e], i]; likewise."""
    first, stop = ends
    for s in range(own.shape[0]):
        for e in range(first[s], stop[s]):
            own[s] += weight[e] * other[receivers[e]]


def change_apart(factor, ends, receivers, weight, own, other):
    """weight[e] += factor * sum_i own[s, i] * other[receivers[e], i]; likewise."""
    first, stop = ends
    for s in range(own.shape[0]):
        if own[s].any():
            for e in range(first[s], stop[s]):
                weight[e] += factor * (own[s] * other[receivers[e]]).sum()


def collect_at(edges, weight, own, other):
    """own[r, i] += sum_e weight[places[e]] * other[senders[e], i], r being receivers.

    Parameters
    ----------
    edges
        start, senders, places: edges start[r] - start[0] .. start[r + 1] - start[0] lead to r.
    """
    start, senders, places = edges
    for r in range(own.shape[0]):
        for e in range(start[r] - start[0], start[r + 1] - start[0]):
            own[r] += weight[places[e]] * other[senders[e]]


def change_at(factor, edges, weight, own, other):
    """weight[places[e]] += factor * sum_i own[r, i] * other[senders[e], i]; likewise."""
    start, senders, places = edges
    for r in range(own.shape[0]):
        if own[r].any():
            for e in range(start[r] - start[0], start[r + 1] - start[0]):
                weight[places[e]] += factor * (own[r] * other[senders[e]]).sum()


def turn_tile(source, at, n_rows, out, to, n_columns, size):
    """Transpose a square tile: out[to + (j, i)] = source[at + (i, j)] for i, j < size.

    Rows of the source from `n_rows` on count as 0; rows of `out` from `n_columns` on stay.
    """
    for i in range(size):
        for j in range(n_columns):
            out[to[0] + j, to[1] + i] = source[at[0] + i, at[1] + j] if i < n_rows else 0.0


def turn_edge(source, at, n_rows, out, to, n_columns, n_stored):
    """Do the same with a part of a tile: nothing else is read, and nothing else is stored.

    Parameters
    ----------
    n_stored
        Elements of each row of `out` that are written, those from `n_rows` on with 0.
    """
    for i in range(n_stored):
        for j in range(n_columns):
            out[to[0] + j, to[1] + i] = source[at[0] + i, at[1] + j] if i < n_rows else 0.0


_send_plainly, _collect_plainly, _change_plainly = inner(send), inner(collect), inner(change)
_send_apart_plainly, _collect_apart_plainly = inner(send_apart), inner(collect_apart)
_change_apart_plainly = inner(change_apart)
_collect_at_plainly, _change_at_plainly = inner(collect_at), inner(change_at)
_turn_plainly, _edge_plainly = inner(turn_tile), inner(turn_edge)


@overload(send)
def _overload_send(start, receivers, weight, own, other):
    def with_vectors(start, receivers, weight, own, other):
        simd_lanes.send(
            weight.dtype.type(0.0), own.shape[1] * own.itemsize // VECTOR_BYTES,
            own.shape[0], start.ctypes.data, start.ctypes.data + 4, receivers.ctypes.data,
            weight.ctypes.data, own.ctypes.data, other.ctypes.data,
        )  # fmt: skip

    def plainly(start, receivers, weight, own, other):
        _send_plainly(start, receivers, weight, own, other)

    return with_vectors if HAS_VECTORS else plainly


@overload(collect)
def _overload_collect(start, receivers, weight, own, other):
    def with_vectors(start, receivers, weight, own, other):
        simd_lanes.collect(
            weight.dtype.type(0.0), own.shape[1] * own.itemsize // VECTOR_BYTES,
            own.shape[0], start.ctypes.data, start.ctypes.data + 4, receivers.ctypes.data,
            weight.ctypes.data, own.ctypes.data, other.ctypes.data,
        )  # fmt: skip

    def plainly(start, receivers, weight, own, other):
        _collect_plainly(start, receivers, weight, own, other)

    return with_vectors if HAS_VECTORS else plainly


@overload(change)
def _overload_change(factor, start, receivers, weight, own, other):
    def with_vectors(factor, start, receivers, weight, own, other):
        simd_lanes.change(
            factor, own.shape[1] * own.itemsize // VECTOR_BYTES,
            own.shape[0], start.ctypes.data, start.ctypes.data + 4, receivers.ctypes.data,
            weight.ctypes.data, own.ctypes.data, other.ctypes.data,
        )  # fmt: skip

    def plainly(factor, start, receivers, weight, own, other):
        _change_plainly(factor, start, receivers, weight, own, other)

    return with_vectors if HAS_VECTORS else plainly


@overload(send_apart)
def _overload_send_apart(ends, receivers, weight, own, other):
    def with_vectors(ends, receivers, weight, own, other):
        first, stop = ends
        simd_lanes.send_apart(
            weight.dtype.type(0.0), own.shape[1] * own.itemsize // VECTOR_BYTES,
            own.shape[0], first.ctypes.data, stop.ctypes.data, receivers.ctypes.data,
            weight.ctypes.data, own.ctypes.data, other.ctypes.data,
        )  # fmt: skip

    def plainly(ends, receivers, weight, own, other):
        _send_apart_plainly(ends, receivers, weight, own, other)

    return with_vectors if HAS_VECTORS else plainly


@overload(collect_apart)
def _overload_collect_apart(ends, receivers, weight, own, other):
    def with_vectors(ends, receivers, weight, own, other):
        first, stop = ends
        simd_lanes.collect_apart(
            weight.dtype.type(0.0), own.shape[1] * own.itemsize // VECTOR_BYTES,
            own.shape[0], first.ctypes.data, stop.ctypes.data, receivers.ctypes.data,
            weight.ctypes.data, own.ctypes.data, other.ctypes.data,
        )  # fmt: skip

    def plainly(ends, receivers, weight, own, other):
        _collect_apart_plainly(ends, receivers, weight, own, other)

    return with_vectors if HAS_VECTORS else plainly


@overload(change_apart)
def _overload_change_apart(factor, ends, receivers, weight, own, other):
    def with_vectors(factor, ends, receivers, weight, own, other):
        first, stop = ends
        simd_lanes.change_apart(
            factor, own.shape[1] * own.itemsize // VECTOR_BYTES,
            own.shape[0], first.ctypes.data, stop.ctypes.data, receivers.ctypes.data,
            weight.ctypes.data, own.ctypes.data, other.ctypes.data,
        )  # fmt: skip

    def plainly(factor, ends, receivers, weight, own, other):
        _change_apart_plainly(factor, ends, receivers, weight, own, other)

    return with_vectors if HAS_VECTORS else plainly


@overload(collect_at)
def _overload_collect_at(edges, weight, own, other):
    def with_vectors(edges, weight, own, other):
        start, senders, places = edges
        simd_lanes.collect_at(
            weight.dtype.type(0.0), own.shape[1] * own.itemsize // VECTOR_BYTES,
            own.shape[0], start.ctypes.data, start.ctypes.data + 4,
            senders.ctypes.data - 4 * np.int64(start[0]),
            weight.ctypes.data, own.ctypes.data, other.ctypes.data,
            places.ctypes.data - 4 * np.int64(start[0]),
        )  # fmt: skip

    def plainly(edges, weight, own, other):
        _collect_at_plainly(edges, weight, own, other)

    return with_vectors if HAS_VECTORS else plainly


@overload(change_at)
def _overload_change_at(factor, edges, weight, own, other):
    def with_vectors(factor, edges, weight, own, other):
        start, senders, places = edges
        simd_lanes.change_at(
            factor, own.shape[1] * own.itemsize // VECTOR_BYTES,
            own.shape[0], start.ctypes.data, start.ctypes.data + 4,
            senders.ctypes.data - 4 * np.int64(start[0]),
            weight.ctypes.data, own.ctypes.data, other.ctypes.data,
            places.ctypes.data - 4 * np.int64(start[0]),
        )  # fmt: skip

    def plainly(factor, edges, weight, own, other):
        _change_at_plainly(factor, edges, weight, own, other)

    return with_vectors if HAS_VECTORS else plainly


@overload(turn_tile)
def _overload_turn_tile(source, at, n_rows, out, to, n_columns, size):
    def with_vectors(source, at, n_rows, out, to, n_columns, size):
        item, width, out_width = source.itemsize, source.shape[1], out.shape[1]
        simd_lanes.transpose(
            source.dtype.type(0.0),
            source.ctypes.data + (at[0] * width + at[1]) * item, width * item, n_rows,
            out.ctypes.data + (to[0] * out_width + to[1]) * item, out_width * item, n_columns,
        )  # fmt: skip

    def plainly(source, at, n_rows, out, to, n_columns, size):
        _turn_plainly(source, at, n_rows, out, to, n_columns, size)

    return with_vectors if HAS_VECTORS else plainly


@overload(turn_edge)
def _overload_turn_edge(source, at, n_rows, out, to, n_columns, n_stored):
    def with_vectors(source, at, n_rows, out, to, n_columns, n_stored):
        item, width, out_width = source.itemsize, source.shape[1], out.shape[1]
        simd_lanes.transpose_edge(
            source.dtype.type(0.0),
            source.ctypes.data + (at[0] * width + at[1]) * item, width * item, n_rows,
            out.ctypes.data + (to[0] * out_width + to[1]) * item, out_width * item, n_columns,
            n_stored,
        )  # fmt: skip

    def plainly(source, at, n_rows, out, to, n_columns, n_stored):
        _edge_plainly(source, at, n_rows, out, to, n_columns, n_stored)

    return with_vectors if HAS_VECTORS else plainly


@inner
def spread(batch, begin, lanes):
    """lanes[n, i] = batch[begin + i, n], 0 where the batch has no such example."""
    tile, n = VECTOR_BYTES // batch.itemsize, batch.shape[1]
    tiled = n // tile * tile
    for first in range(0, lanes.shape[1], tile):
        left = min(batch.shape[0] - begin - first, tile)
        for k in range(0, tiled, tile):
            turn_tile(batch, (begin + first, k), left, lanes, (k, first), tile, tile)
        if tiled < n:
            turn_edge(batch, (begin + first, tiled), left, lanes, (tiled, first), n - tiled, tile)


@inner
def gather(lanes, begin, batch):
    """batch[begin + i, n] = lanes[n, i] for the examples that the batch has."""
    tile, n = VECTOR_BYTES // batch.itemsize, batch.shape[1]
    tiled = n // tile * tile
    for first in range(0, lanes.shape[1], tile):
        left = min(batch.shape[0] - begin - first, tile)
        for k in range(0, tiled, tile):
            turn_tile(lanes, (k, first), tile, batch, (begin + first, k), left, tile)
        if tiled < n:
            k, n_left = tiled, n - tiled
            turn_edge(lanes, (k, first), n_left, batch, (begin + first, k), left, n_left)
