"""Bundles of single edges, sorted by source: edges start[s] .. start[s + 1] leave source s."""

# b = example, s = source, e = edge, receivers[e] = its receiver

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import overload

from neurochannel.kernels import lanes, simd
from neurochannel.kernels.declare import (
    BUFFER,
    CHANGES,
    FACTOR,
    LANES,
    VALUES,
    WHOLE,
    WIRES,
    Change,
    Delivery,
    Making,
    adds,
    kernel,
    reads,
    sets,
)
from neurochannel.kernels.jit import inner, jit
from neurochannel.kernels.lanes import MOST_BYTES
from neurochannel.kernels.views import matrix, part, row, rows_from

FETCH_AHEAD = 1024
"""Bytes by which lists of edges are fetched ahead: memory is slow to notice two streams."""


def fetch_ahead(array, first, stop):
    """Ask for the part of a long list that lies ahead of elements first .. stop."""


@overload(fetch_ahead)
def _overload_fetch_ahead(array, first, stop):
    def with_prefetch(array, first, stop):
        begin = array.ctypes.data + np.int64(first) * array.itemsize + FETCH_AHEAD
        for line in range(0, np.int64(stop - first) * array.itemsize + 64, 64):
            simd.prefetch(begin + line)

    return with_prefetch


EDGES: dict[str, Any] = {"start": reads(WIRES, "m+1"), "receivers": reads(WIRES, "edges")}
"""The list of a bundle: edges start[s] .. start[s + 1] leave source s."""
BLOCKS: dict[str, Any] = {
    "ends": reads(WIRES, "blocks+1", "m"),
    "receivers": reads(WIRES, "edges"),
}
"""The same list by blocks of receivers: edges ends[k, s] .. ends[k + 1, s] lead from source s to
block k, whose lanes stay in the cache while all sources pass by."""
WEIGHT: dict[str, Any] = {"weight": reads(VALUES, "edges")}
FORWARD: dict[str, Any] = {"source": reads(BUFFER, "m"), "total": adds(BUFFER, "n")}
BACKWARD: dict[str, Any] = {"source": reads(BUFFER, "n"), "total": adds(BUFFER, "m")}
CHANGED: dict[str, Any] = {
    "source": reads(BUFFER, "m"),
    "signal": reads(BUFFER, "n"),
    "weight": adds(CHANGES, "edges"),
    "factor": FACTOR,
    "start": reads(WIRES, "rows+1"),
    "receivers": reads(WIRES, "edges"),
    "first": WHOLE,
}
"""Edges start[r] .. start[r + 1] leave source `first` + r: threads share a bundle's sources."""


@kernel(work=Delivery(("edges",)), **FORWARD, **WEIGHT, **EDGES)
def deliver_edges(source, total, weight, start, receivers):
    """total[b, receivers[e]] += source[b, s] * weight[e]; silent sources are skipped."""
    for b in range(source.shape[0]):
        for s in range(source.shape[1]):
            a = source[b, s]
            if a != 0.0:
                fetch_ahead(receivers, start[s], start[s + 1])
                fetch_ahead(weight, start[s], start[s + 1])
                for e in range(start[s], start[s + 1]):
                    total[b, receivers[e]] += a * weight[e]


@inner
def collect_edges(source, total, weight, start, receivers):
    """total[b, s] += sum over edges e of s: source[b, receivers[e]] * weight[e]."""
    for b in range(source.shape[0]):
        for s in range(total.shape[1]):
            fetch_ahead(receivers, start[s], start[s + 1])
            fetch_ahead(weight, start[s], start[s + 1])
            dot = weight.dtype.type(0.0)
            for e in range(start[s], start[s + 1]):
                dot += source[b, receivers[e]] * weight[e]
            total[b, s] += dot


@kernel(work=Delivery(("edges",), backwards=True), **BACKWARD, **WEIGHT, **EDGES)
def deliver_edges_tied(source, total, weight, start, receivers):
    """total[b, s] += sum over edges e of s: source[b, receivers[e]] * weight[e]."""
    collect_edges(source, total, weight, start, receivers)


@kernel(work=Change(("edges",)), **CHANGED)
def update_edges(source, signal, weight, factor, start, receivers, first):
    """weight[e] += factor * sum_b source[b, first + s] * signal[b, receivers[e]]."""
    for b in range(source.shape[0]):
        for s in range(start.shape[0] - 1):
            a = factor * source[b, first + s]
            if a != 0.0:
                fetch_ahead(receivers, start[s], start[s + 1])
                fetch_ahead(weight, start[s], start[s + 1])
                for e in range(start[s], start[s + 1]):
                    weight[e] += a * signal[b, receivers[e]]


@inner
def _blocks(weight, room, n_own, n_other, left):
    """Return the lanes of two populations for the next examples, of which `left` remain."""
    tile, item = simd.VECTOR_BYTES // weight.itemsize, weight.itemsize
    width = min(MOST_BYTES // item, (left + tile - 1) // tile * tile)
    zero = weight.dtype.type(0.0)
    own = matrix(zero, room, n_own, width)
    return own, matrix(zero, room + n_own * width * item, n_other, width)


@kernel(work=Delivery(("edges",)), **FORWARD, **WEIGHT, **EDGES, room=LANES)
def deliver_edges_by_lanes(source, total, weight, start, receivers, room):
    """Do the same as `deliver_edges`, many examples at a time.

    Parameters
    ----------
    room
        Address of scratch for the lanes of both populations, `MOST_BYTES` for each neuron.
    """
    n, begin = source.shape[0], 0
    while begin < n:
        own, other = _blocks(weight, room, source.shape[1], total.shape[1], n - begin)
        lanes.spread(source, begin, own)
        lanes.spread(total, begin, other)
        lanes.send(start, receivers, weight, own, other)
        lanes.gather(other, begin, total)
        begin += own.shape[1]


@kernel(work=Delivery(("edges",), backwards=True), **BACKWARD, **WEIGHT, **EDGES, room=LANES)
def deliver_edges_tied_by_lanes(source, total, weight, start, receivers, room):
    """Do the same as `deliver_edges_tied`, many examples at a time."""
    n, begin = source.shape[0], 0
    while begin < n:
        own, other = _blocks(weight, room, total.shape[1], source.shape[1], n - begin)
        lanes.spread(total, begin, own)
        lanes.spread(source, begin, other)
        lanes.collect(start, receivers, weight, own, other)
        lanes.gather(own, begin, total)
        begin += own.shape[1]


@kernel(work=Change(("edges",)), **CHANGED, room=LANES)
def update_edges_by_lanes(source, signal, weight, factor, start, receivers, first, room):
    """Do the same as `update_edges`, many examples at a time."""
    n, begin = source.shape[0], 0
    while begin < n:
        own, other = _blocks(weight, room, source.shape[1], signal.shape[1], n - begin)
        lanes.spread(source, begin, own)
        lanes.spread(signal, begin, other)
        some = rows_from(own, first, start.shape[0] - 1)
        lanes.change(factor, start, receivers, weight, some, other)
        begin += own.shape[1]


# --- populations too large for the cache -----------------------------------------------------


@kernel(work=Delivery(("edges",)), **FORWARD, **WEIGHT, **BLOCKS, room=LANES)
def deliver_edges_by_blocks(source, total, weight, ends, receivers, room):
    """Do the same as `deliver_edges_by_lanes`, block of receivers after block of receivers."""
    n, begin = source.shape[0], 0
    while begin < n:
        own, other = _blocks(weight, room, source.shape[1], total.shape[1], n - begin)
        lanes.spread(source, begin, own)
        lanes.spread(total, begin, other)
        for k in range(ends.shape[0] - 1):
            some = row(ends, k), row(ends, k + 1)
            lanes.send_apart(some, receivers, weight, own, other)
        lanes.gather(other, begin, total)
        begin += own.shape[1]


@kernel(work=Delivery(("edges",), backwards=True), **BACKWARD, **WEIGHT, **BLOCKS, room=LANES)
def deliver_edges_tied_by_blocks(source, total, weight, ends, receivers, room):
    """Do the same as `deliver_edges_tied_by_lanes`, likewise."""
    n, begin = source.shape[0], 0
    while begin < n:
        own, other = _blocks(weight, room, total.shape[1], source.shape[1], n - begin)
        lanes.spread(total, begin, own)
        lanes.spread(source, begin, other)
        for k in range(ends.shape[0] - 1):
            some = row(ends, k), row(ends, k + 1)
            lanes.collect_apart(some, receivers, weight, own, other)
        lanes.gather(own, begin, total)
        begin += own.shape[1]


@kernel(work=Change(("edges",)), **CHANGED, ends=BLOCKS["ends"], room=LANES)
def update_edges_by_blocks(source, signal, weight, factor, start, receivers, first, ends, room):
    """Do the same as `update_edges_by_lanes`, likewise."""
    n, rows, begin = source.shape[0], start.shape[0] - 1, 0
    while begin < n:
        own, other = _blocks(weight, room, source.shape[1], signal.shape[1], n - begin)
        lanes.spread(source, begin, own)
        lanes.spread(signal, begin, other)
        own = rows_from(own, first, rows)
        for k in range(ends.shape[0] - 1):
            some = part(row(ends, k), first, rows), part(row(ends, k + 1), first, rows)
            lanes.change_apart(factor, some, receivers, weight, own, other)
        begin += own.shape[1]


# --- weights made of single edges ------------------------------------------------------------


@kernel(
    work=Making("multiply_adds", ("rows", "edges")),
    factor=reads(VALUES, "rows", "n"),
    product=adds(VALUES, "rows", "m"),
    **WEIGHT,
    **EDGES,
)
def multiply_edges_tied(factor, product, weight, start, receivers):
    """product += factor weight', weight given by its single edges."""
    collect_edges(factor, product, weight, start, receivers)


@kernel(
    work=Making("copies", ("edges",)),
    out=adds(VALUES, "n", "m"),
    **WEIGHT,
    **EDGES,
)
def transpose_edges(out, weight, start, receivers):
    """out[receivers[e], s] += weight[e], out dense."""
    for s in range(out.shape[1]):
        for e in range(start[s], start[s + 1]):
            out[receivers[e], s] += weight[e]


@kernel(
    work=Making("copies", ("n",)),
    pool=reads(VALUES, "m"),
    positions=reads(WIRES, "n"),
    out=sets(VALUES, "n"),
)
def take(pool, positions, out):
    """out[e] = pool[positions[e]]."""
    for e in range(positions.shape[0]):
        out[e] = pool[positions[e]]


# --- lists of edges --------------------------------------------------------------------------


@jit
def is_sorted(sources, receivers):
    """Tell whether edges are sorted by source and, within a source, by receiver."""
    for e in range(1, sources.shape[0]):
        before, after = sources[e - 1], sources[e]
        if before > after or (before == after and receivers[e - 1] > receivers[e]):
            return False
    return True


@jit
def count_by_source(sources, start):
    """Overwrite start, zeros, with the first edge of each source."""
    for e in range(sources.shape[0]):
        start[sources[e] + np.uint32(1)] += np.uint32(1)
    for s in range(start.shape[0] - 1):
        start[s + 1] += start[s]


@jit
def split_pairs(pairs, n_target, start, receivers):
    """Turn sorted numbers source * n_target + receiver into an edge list; start holds zeros."""
    for e in range(pairs.shape[0]):
        s = pairs[e] // n_target
        receivers[e] = pairs[e] - s * n_target
        start[s + 1] += np.uint32(1)
    for s in range(start.shape[0] - 1):
        start[s + 1] += start[s]


@jit
def split_by_receivers(start, receivers, size, ends):
    """Overwrite ends[k, s] with the first edge of source s to a receiver from k * size on.

    Parameters
    ----------
    start, receivers
        Edges sorted by source and, within a source, by receiver.
    size
        Receivers of a block.
    ends
        (n_blocks + 1, n_source) uint32.
    """
    for s in range(start.shape[0] - 1):
        e, stop = start[s], start[s + 1]
        for k in range(ends.shape[0] - 1):
            while e < stop and receivers[e] < k * size:
                e += np.uint32(1)
            ends[k, s] = e
        ends[-1, s] = stop


@jit
def sort_by_source(sources, receivers, start, sorted_receivers, order):
    """Sort edges by source, keeping their order within a source (a counting sort).

    Parameters
    ----------
    sources, receivers
        (n_edges,) uint32.
    start
        (n_source + 1,) uint32, zeros; overwritten with the first edge of each source.
    sorted_receivers, order
        (n_edges,) uint32; overwritten, `order` with the old number of each edge unless it is empty.
    """
    count_by_source(sources, start)
    following = start.copy()
    for e in range(sources.shape[0]):
        place = following[sources[e]]
        sorted_receivers[place] = receivers[e]
        if order.shape[0] > 0:
            order[place] = e
        following[sources[e]] = place + np.uint32(1)
